// SPDX-License-Identifier: Apache-2.0
// What a statement means depends on where it ran: the parts of its session and server that came
// with it in the binlog (mysql-source spec 2.5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::schema::ddl {

enum class Flavour : uint8_t { kMySql, kMariaDb };

// Bits of sql_mode that change how text is read.
inline constexpr uint64_t kRealAsFloat = 0x1;
inline constexpr uint64_t kAnsiQuotes = 0x4;
inline constexpr uint64_t kOracle = 0x200;  // MariaDB; MySQL's bit of that number only adds others
// In these a server writes CREATE TABLE for CREATE ... SELECT and the like without charsets: those
// of other databases, NO_..._OPTIONS, MYSQL323, MYSQL40 and ANSI.
inline constexpr uint64_t kTerse = 0x7FF00;
inline constexpr uint64_t kMaxDb = 0x1000;  // MariaDB, and MySQL before 8.0
inline constexpr uint64_t kNoBackslashEscapes = 0x100000;

struct DdlContext {
  // Of the server where the statement ran, which is not the one that we read from when that is a
  // replica of it.
  Flavour flavour = Flavour::kMySql;
  uint32_t version = 80000;  // major * 10000 + minor * 100 + patch: 50651, 80034, 101106
  uint64_t sql_mode = 0;     // status 1
  std::string database;      // the session's default; empty: none
  uint16_t error_code = 0;   // of the QUERY event: not 0 is a statement that failed, maybe half-way
  // Collation ids; 0: the event does not say.
  uint16_t client_collation = 0;      // status 4: of the text before it became UTF-8
  uint16_t connection_collation = 0;  // status 4: of string literals
  uint16_t server_collation = 0;      // status 4: of a new database that names none
  uint16_t database_collation = 0;    // status 8: of the default database
  uint16_t utf8mb4_collation = 0;     // status 18: what utf8mb4 alone means
  // Status 131: charset (any collation's id of it) and what that charset alone means. Absent: the
  // version's own pairs; empty: each charset's oldest default.
  std::optional<std::vector<std::pair<uint16_t, uint16_t>>> charset_collations;
  // Status 16, or MariaDB's flag; absent: the server's setting.
  std::optional<bool> explicit_defaults_for_timestamp;

  bool is_mariadb() const { return flavour == Flavour::kMariaDb; }
};

// "10.11.6-MariaDB-log" is 101106, "8.0.34" 80034, "5.5.5-10.4.1-MariaDB" 100401; 0 if it is none.
uint32_t version_number(std::string_view text);
Flavour version_flavour(std::string_view text);

}  // namespace millrace::schema::ddl
