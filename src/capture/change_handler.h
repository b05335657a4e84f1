// SPDX-License-Identifier: Apache-2.0
// What the assembler hands on, in the order of the binlog: begin, rows, commit; or one ddl; then a
// border. Called on one thread. An Error stops the assembler with it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_reader.h"
#include "base/bytes.h"
#include "base/result.h"
#include "change/position.h"
#include "change/row.h"
#include "change/transaction.h"

namespace millrace::capture {

// Where a record's event stands; the handler counts the ids.
struct EventPlace {
  uint32_t file_number = 0;
  uint64_t end_offset = 0;
  uint32_t safe_file_number = 0;
  uint64_t safe_offset = 0;
};

// The place between two transactions that was just reached. Views live for the call.
struct Border {
  std::string_view file;
  uint64_t offset = 0;
  // The transaction that ended here, filtered out or not; empty start for borders that no
  // transaction made (rotation, heartbeat).
  bool transaction = false;
  std::string_view transaction_file;
  uint64_t transaction_start = 0;
  uint32_t transaction_crc = 0;  // CRC-32C of its events as they came
  int64_t commit_time_us = 0;    // immediate commit time
  int64_t original_commit_time_us = 0;
  std::string_view gtid;  // of that transaction; empty without
  bool records = false;   // whether it gave any record
  // Of transactions before it that had no border of their own.
  std::span<const std::string> earlier_gtids = {};
};

class ChangeHandler {
 public:
  virtual ~ChangeHandler() = default;
  // Only before the first selected row: a transaction without any gives nothing at all.
  virtual Status begin(const change::Transaction& txn, const EventPlace& place) = 0;
  // The rows of one event, one after another until `rows` is at its end.
  virtual Status rows(const change::Transaction& txn, const EventPlace& place, change::RowKind kind,
                      const change::RowShape& shape, const change::RowColumns& columns,
                      ByteReader& rows) = 0;
  virtual Status commit(const change::Transaction& txn, const EventPlace& place) = 0;
  // The open transaction leaves nothing: a ROLLBACK.
  virtual void roll_back() = 0;
  // Savepoints of a transaction that has begun.
  virtual void savepoint(std::string_view name) = 0;
  // False when the savepoint was set before begin(): nothing of the transaction is left then, and
  // begin() comes again with its next row.
  virtual bool roll_back_to(std::string_view name) = 0;
  virtual Status ddl(const change::Transaction& txn, const EventPlace& place,
                     const change::Ddl& ddl) = 0;
  // Entries for the history (schema/history.h) that hold from the next border on.
  virtual void history(std::vector<std::string> entries) = 0;
  virtual Status border(const Border& border) = 0;
  // The server says that nothing more is there now.
  virtual void idle() = 0;
};

}  // namespace millrace::capture
