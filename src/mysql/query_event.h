// SPDX-License-Identifier: Apache-2.0
// QUERY: a statement as text, with the session's settings that its meaning depends on. Body:
//
//   offset  size  field
//        0     4  thread id
//        4     4  execution time, seconds
//        8     1  length of the database's name
//        9     2  error code that the statement ended with
//       11     2  length of the status block
//       13     …  status block, database, NUL, statement to the end
//
// The statement is in the client's character set (status.client_collation).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace millrace::mysql {

// The status block: code 1, then the code's own value. No item has a length, so a code that nobody
// knows ends the reading; what was read before it holds.
struct QueryStatusBlock {
  std::optional<uint32_t> flags2;
  std::optional<uint64_t> sql_mode;
  std::optional<uint16_t> client_collation;
  std::optional<uint16_t> connection_collation;
  std::optional<uint16_t> server_collation;
  std::optional<uint16_t> database_collation;  // of the session's default database
  std::optional<uint16_t> utf8mb4_collation;   // what utf8mb4 without COLLATE means
  std::optional<bool> explicit_defaults_for_timestamp;
  std::optional<uint32_t> microseconds;  // of the header's second
  std::optional<uint64_t> ddl_xid;
  std::optional<uint8_t> gtid_flags3;  // MariaDB's ALTER in two phases
  uint64_t start_alter_sequence = 0;   // with gtid_flags3: which ALTER ends here
  std::string_view time_zone;          // empty: not told
  // MariaDB 11.5: pairs of u16 character set and u16 collation; absent if its session never set
  // them.
  std::optional<Bytes> charset_collations;
  std::optional<uint8_t> unknown_code;

  // The collation that MariaDB's session maps a character set (by its default collation) to.
  std::optional<uint16_t> collation_for(uint16_t charset) const;
  // The three collations in one number as records carry them: client << 32 | connection << 16 |
  // server.
  std::optional<uint64_t> charset() const;
};

struct QueryEvent {
  uint32_t thread_id = 0;
  uint32_t execution_s = 0;
  uint16_t error_code = 0;
  QueryStatusBlock status;
  std::string_view database;
  std::string_view statement;
};

Result<QueryEvent> decode_query(Bytes body);

// EXECUTE_LOAD_QUERY: a LOAD DATA in statement format, as the QUERY that it contains.
Result<QueryEvent> decode_execute_load_query(Bytes body);

// Where the statement begins in a QUERY's body; for those who replace it.
Result<size_t> query_statement_offset(Bytes body);

}  // namespace millrace::mysql
