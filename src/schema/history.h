// SPDX-License-Identifier: Apache-2.0
// Entries of a task's history: definitions and inputs as bytes (docs/formats/history.md). Storage
// keeps them in order with the position that they hold from; here they are encoded and read back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "schema/catalog.h"

namespace millrace::schema {

// The catalog that follows replaces all before it: the entries of Catalog::snapshot() come next.
struct SnapshotBegin {
  uint64_t changes = 0;  // how many
};
// Something that a person or a setting decided and that changes records: objects, data types,
// online_ddl, format options, accepted gaps. The names and texts are the task's.
struct Input {
  std::string name;
  std::string value;
  friend bool operator==(const Input&, const Input&) = default;
};

// A definition that was found out for rows that fitted none. It holds from a place in the log on,
// which may lie inside a transaction: where rows of the table `at_table` were met.
struct Healed {
  enum class How : uint8_t {
    kReadAgain = 1,  // from the source; an input, used at its place
    kGiven = 2,      // by a person; likewise
    kMetadata = 3,   // told by the log itself; holds from where the entry stands
  };
  How how = How::kReadAgain;
  // The event whose rows needed it, and its transaction's GTID, if it has one.
  std::string file;
  uint64_t offset = 0;
  std::string gtid;
  std::string at_table;   // database.table of those rows: what was in doubt with it has its place
  int64_t time_ms = 0;    // when it was found out
  std::string read_at;    // kReadAgain: the source's position then, as file:offset
  std::string statement;  // that put the table in doubt; empty: none that was logged
  TablePtr table;
};

using HistoryEntry = std::variant<SnapshotBegin, Change, Input, Healed>;

std::string encode(const Change& change);
std::string encode(const Input& input);
std::string encode(const Healed& healed);
// The whole catalog: SnapshotBegin, then its changes.
std::vector<std::string> encode_snapshot(const Catalog& catalog);

// kTruncated or kCorrupt for bytes that encode() did not make; kUnsupported for an entry of a later
// version. Names and texts are copied.
Result<HistoryEntry> decode_history_entry(Bytes entry);

// The change that a definition from elsewhere makes.
Change table_set(TablePtr table);

// Follows entries in order into a catalog: what a start of a task does.
Status replay(const HistoryEntry& entry, Catalog& catalog);

}  // namespace millrace::schema
