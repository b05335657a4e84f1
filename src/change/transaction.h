// SPDX-License-Identifier: Apache-2.0
// What the records of one source transaction have in common, and a DDL statement.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::change {

// The parts of a QUERY event's status block that records carry as tags (DTS spec 4.5).
struct QueryStatus {
  std::optional<uint64_t> sql_mode;
  std::optional<uint32_t> flags2;
  std::optional<uint64_t> charset;  // client << 32 | connection << 16 | server collation ids
};

// One transaction (or one DDL) of the source. Views live as long as the transaction is being
// encoded.
struct Transaction {
  int64_t commit_time_us = 0;  // microseconds since the epoch; records carry its ms and its seconds
  uint32_t server_id = 0;      // of the server that committed first
  uint32_t thread_id = 0;      // session; 0 when the log does not say
  std::string gtid;            // `uuid:n`, `uuid:tag:n` or MariaDB's `d-s-n`; empty without
  std::string server_version;  // of the file's FORMAT_DESCRIPTION
  QueryStatus status;
};

// Where one record stands: its own number and its event's place in the binlog.
struct RecordPlace {
  int64_t id = 0;            // counts DML, DDL, BEGIN and COMMIT from 1
  uint32_t file_number = 0;  // of the binlog file
  uint64_t end_offset = 0;   // end of the event
  uint32_t safe_file_number = 0;
  uint64_t safe_offset = 0;  // after the transaction's BEGIN; for DDL the same as end_offset
};

struct Ddl {
  std::string_view database;   // default database of the session, else the one named, else empty
  std::string_view statement;  // UTF-8
  std::optional<bool> lower_case_table_names;
};

}  // namespace millrace::change
