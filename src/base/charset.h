// SPDX-License-Identifier: Apache-2.0
// MySQL's and MariaDB's character sets and collations, and text of theirs as UTF-8. All names that
// this gives out are the current ones: what servers before 8.0.28 and 10.6 call "utf8" is
// "utf8mb3", "utf8_bin" is "utf8mb3_bin". The tables are those of MySQL 5.6 and 9.7 and of MariaDB
// 10.11 and 11.8 (tests/tools/charset_tables.py asked the servers).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace millrace {

struct Charset {
  std::string_view name;
  uint8_t mbmaxlen;  // greatest bytes of one character
  uint8_t mbminlen;
  std::string_view default_collation;  // of a server that does not say otherwise
  std::string_view binary_collation;
  std::string_view iconv_name;  // glibc's name; empty where we have our own table
};

struct Collation {
  uint16_t id;
  std::string_view name;
  const Charset* charset;
};

// Any case, "utf8" included; null for a name that no server knows.
const Charset* find_charset(std::string_view name);
// Null for an id that no server has. MariaDB calls five of MySQL's (croatian) otherwise.
const Collation* find_collation(uint32_t id, bool is_mariadb = false);
// Any case; names of before "utf8mb3" too. Five names (croatian) have another id on MariaDB.
const Collation* find_collation(std::string_view name, bool is_mariadb = false);
// As above within a charset: MariaDB has names that stand for one collation of each charset, such
// as "uca1400_ai_ci". Null if the collation is of another charset.
const Collation* find_collation(std::string_view name, const Charset& charset,
                                bool is_mariadb = false);

// Text in `charset` as UTF-8, as the server itself would convert it, with U+FFFD for what is no
// character there. "binary" is taken for UTF-8. Always valid UTF-8, also from utf8mb3 and utf8mb4.
std::string to_utf8(const Charset& charset, Bytes bytes);
// The same by the name, which may be one that nobody knows: then as UTF-8.
std::string to_utf8(std::string_view charset, Bytes text);

// Whether the text is valid UTF-8 as MySQL and RFC 3629 define it (no surrogates, shortest form).
bool is_valid_utf8(std::string_view text);

}  // namespace millrace
