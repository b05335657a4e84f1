// SPDX-License-Identifier: Apache-2.0
// TINYINT to BIGINT, YEAR and BIT: whole numbers of a known width. The caller has checked that the
// bytes are there (cell_size).
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace millrace::cell {

static_assert(std::endian::native == std::endian::little);

// Little-endian, `width` 1 to 8. Widths that are powers of two are one load.
inline uint64_t read_unsigned(const std::byte* in, size_t width) {
  uint64_t value = 0;
  std::memcpy(&value, in, width);
  return value;
}

// The same with the top bit of `width` bytes as the sign.
inline int64_t read_signed(const std::byte* in, size_t width) {
  const auto shift = static_cast<int>(64 - 8 * width);
  return static_cast<int64_t>(read_unsigned(in, width) << shift) >> shift;
}

// Big-endian, `width` 1 to 8: BIT, and the parts of the temporal types.
inline uint64_t read_big_endian(const std::byte* in, size_t width) {
  uint64_t value = 0;
  for (size_t i = 0; i < width; ++i) value = value << 8 | std::to_integer<uint64_t>(in[i]);
  return value;
}

// BIT(n), n 1 to 64: bits above n are not ours to see.
inline size_t bit_size(uint16_t bits) { return (size_t{bits} + 7) / 8; }
inline uint64_t read_bit(const std::byte* in, uint16_t bits) {
  const uint64_t value = read_big_endian(in, bit_size(bits));
  return bits >= 64 ? value : value & ((UINT64_C(1) << bits) - 1);
}

// YEAR: 0 stands for 0000, n for 1900 + n.
inline int read_year(std::byte in) {
  const int stored = std::to_integer<int>(in);
  return stored == 0 ? 0 : 1900 + stored;
}

}  // namespace millrace::cell
