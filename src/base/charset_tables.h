// SPDX-License-Identifier: Apache-2.0
// The data behind charset.h: what real servers answered. charset.cc is its only reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace millrace {

struct CollationRow {
  uint16_t id;
  std::string_view name;
  std::string_view charset;
};
// By id; where both flavours have one, with MySQL's name. Ids from 2048 on follow a rule, see
// charset.cc.
extern const CollationRow kCollations[];
extern const size_t kCollationCount;
// Those that MariaDB names otherwise than MySQL.
extern const CollationRow kMariaDbNames[];
extern const size_t kMariaDbNameCount;

// Bytes 0x80 to 0xFF; U+FFFD is no character. Below 0x80 all are ASCII but for swe7.
struct OneByteTable {
  std::string_view charset;
  const char16_t* upper;
};
extern const OneByteTable kOneByteTables[];
extern const size_t kOneByteTableCount;

struct Override {
  uint32_t code;  // the character's bytes, big-endian
  char32_t character;
};
extern const Override kSwe7Low[];
extern const size_t kSwe7LowCount;

// What the servers map otherwise than glibc, by code.
struct OverrideTable {
  std::string_view charset;
  const Override* rows;
  size_t count;
};
extern const OverrideTable kOverrides[];
extern const size_t kOverrideCount;

}  // namespace millrace
