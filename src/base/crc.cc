// SPDX-License-Identifier: Apache-2.0
#include "base/crc.h"

#include <libdeflate.h>

#include <array>
#include <cstring>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#endif

namespace millrace {

#if defined(__SSE4_2__)
uint32_t crc32c(Bytes bytes, uint32_t crc) {
  uint64_t state = crc ^ 0xFFFFFFFFU;
  const std::byte* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, at, 8);
    state = _mm_crc32_u64(state, word);
  }
  auto narrow = static_cast<uint32_t>(state);
  for (; left > 0; --left, ++at) narrow = _mm_crc32_u8(narrow, std::to_integer<uint8_t>(*at));
  return narrow ^ 0xFFFFFFFFU;
}
#else
namespace {
constexpr std::array<uint32_t, 256> make_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82F63B78U : 0U);
    table[i] = value;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kTable = make_table();
}  // namespace
uint32_t crc32c(Bytes bytes, uint32_t crc) {
  crc ^= 0xFFFFFFFFU;
  for (std::byte b : bytes) crc = kTable[(crc ^ std::to_integer<uint8_t>(b)) & 0xFF] ^ (crc >> 8);
  return crc ^ 0xFFFFFFFFU;
}
#endif

uint32_t crc32(Bytes bytes, uint32_t crc) {
  return libdeflate_crc32(crc, bytes.data(), bytes.size());
}

}  // namespace millrace
