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

using HistoryEntry = std::variant<SnapshotBegin, Change, Input>;

std::string encode(const Change& change);
std::string encode(const Input& input);
// The whole catalog: SnapshotBegin, then its changes.
std::vector<std::string> encode_snapshot(const Catalog& catalog);

// kTruncated or kCorrupt for bytes that encode() did not make; kUnsupported for an entry of a later
// version. Names and texts are copied.
Result<HistoryEntry> decode_history_entry(Bytes entry);

// Follows entries in order into a catalog: what a start of a task does.
Status replay(const HistoryEntry& entry, Catalog& catalog);

}  // namespace millrace::schema
