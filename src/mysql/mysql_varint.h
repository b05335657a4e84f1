// SPDX-License-Identifier: Apache-2.0
// MySQL's variable-length integers of its newer messages (GTID_TAGGED, tagged GTID sets): the
// number of trailing one bits of the first byte, plus one, is the number's size in bytes (1 to 9);
// the value follows those bits, little-endian. Nine bytes are 0xFF and the whole value.
#pragma once

#include <bit>
#include <cstdint>

#include "base/buffer.h"
#include "base/byte_reader.h"

namespace millrace::mysql {

inline uint64_t read_mysql_uvarint(ByteReader& in) {
  const uint8_t first = in.u8();
  const int more = std::countr_one(first);
  if (more == 8) return in.u64();
  const uint64_t high = in.le(static_cast<size_t>(more));
  return high << (8 - 1 - more) | static_cast<uint64_t>(first >> (more + 1));
}

// Signed: the sign is the lowest bit; negative x is stored as -(x + 1).
inline int64_t read_mysql_varint(ByteReader& in) {
  const uint64_t code = read_mysql_uvarint(in);
  const auto value = static_cast<int64_t>(code >> 1);
  return (code & 1) != 0 ? -value - 1 : value;
}

inline void write_mysql_uvarint(Buffer& out, uint64_t value) {
  const int bits = 64 - std::countl_zero(value | 1);
  const int size = (bits + 6) / 7;
  if (size > 8) {
    out.put(0xFF);
    out.le(value, 8);
    return;
  }
  const uint64_t ones = (uint64_t{1} << (size - 1)) - 1;
  out.le(value << size | ones, static_cast<size_t>(size));
}

}  // namespace millrace::mysql
