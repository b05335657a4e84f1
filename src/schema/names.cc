// SPDX-License-Identifier: Apache-2.0
#include "schema/names.h"

#include <cstdint>

namespace millrace::schema {
namespace {

// The lower case of a letter with two UTF-8 bytes; others are themselves.
uint32_t fold(uint32_t c) {
  if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9) ||
      (c >= 0x410 && c <= 0x42F)) {
    return c + 32;
  }
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  if (c >= 0x531 && c <= 0x556) return c + 48;
  if (c == 0x178) return 0xFF;
  // Pairs, the capital first: on even numbers here, on odd ones there.
  const bool even = (c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14A && c <= 0x177) ||
                    (c >= 0x460 && c <= 0x481) || (c >= 0x48A && c <= 0x4BF) ||
                    (c >= 0x4D0 && c <= 0x52F);
  if (even) return c | 1;
  const bool odd =
      (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E) || (c >= 0x4C1 && c <= 0x4CE);
  if (odd && c % 2 == 1) return c + 1;
  return c;
}

}  // namespace

std::string fold_name(std::string_view utf8) {
  std::string out(utf8);
  for (size_t i = 0; i < out.size(); ++i) {
    const auto byte = static_cast<uint8_t>(out[i]);
    if (byte >= 'A' && byte <= 'Z') out[i] = static_cast<char>(byte + 32);
    if ((byte & 0xE0) != 0xC0 || i + 1 == out.size()) continue;
    const uint32_t letter =
        static_cast<uint32_t>(byte & 0x1F) << 6 | (static_cast<uint8_t>(out[i + 1]) & 0x3F);
    const uint32_t folded = fold(letter);
    out[i] = static_cast<char>(0xC0 | folded >> 6);
    out[++i] = static_cast<char>(0x80 | (folded & 0x3F));
  }
  return out;
}

bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto x = static_cast<uint8_t>(a[i]);
    const auto y = static_cast<uint8_t>(b[i]);
    if (x == y) continue;
    if (x >= 0x80 || y >= 0x80) return fold_name(a) == fold_name(b);
    const bool letter = (x | 0x20) >= 'a' && (x | 0x20) <= 'z';
    if (!letter || (x ^ y) != 0x20) return false;
  }
  return true;
}

}  // namespace millrace::schema
