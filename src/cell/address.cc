// SPDX-License-Identifier: Apache-2.0
#include "cell/address.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace millrace::cell {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr size_t kGroups = 8;

template <size_t kSize>
std::array<uint8_t, kSize> padded(Bytes value) {
  std::array<uint8_t, kSize> whole{};
  for (size_t i = 0; i < std::min(kSize, value.size()); ++i)
    whole[i] = std::to_integer<uint8_t>(value[i]);
  return whole;
}

struct Run {
  size_t begin = kGroups;
  size_t size = 0;
};

// The first of the longest runs of zero groups; a single group counts.
Run longest_zero_run(const std::array<uint16_t, kGroups>& groups) {
  Run best, run;
  for (size_t i = 0; i < kGroups; ++i) {
    if (groups[i] != 0) {
      run = {};
      continue;
    }
    if (run.size == 0) run.begin = i;
    ++run.size;
    if (run.size > best.size) best = run;
  }
  return best;
}

}  // namespace

char* print_uuid(char* out, Bytes value) {
  const auto bytes = padded<16>(value);
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    *out++ = kHex[bytes[i] >> 4];
    *out++ = kHex[bytes[i] & 0x0F];
  }
  return out;
}

char* print_inet4(char* out, Bytes value) {
  const auto bytes = padded<4>(value);
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i > 0) *out++ = '.';
    out = std::to_chars(out, out + 3, bytes[i]).ptr;
  }
  return out;
}

char* print_inet6(char* out, Bytes value) {
  const auto bytes = padded<16>(value);
  std::array<uint16_t, kGroups> groups{};
  for (size_t i = 0; i < kGroups; ++i)
    groups[i] = static_cast<uint16_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  const Run run = longest_zero_run(groups);
  const bool holds_inet4 =
      run.begin == 0 && (run.size == 6 || (run.size == 5 && groups[5] == 0xFFFF));
  for (size_t i = 0; i < kGroups; ++i) {
    if (i == run.begin) {
      if (i == 0) *out++ = ':';
      *out++ = ':';
      i += run.size - 1;
      continue;
    }
    if (i == 6 && holds_inet4)
      return print_inet4(out, Bytes(value).subspan(std::min<size_t>(12, value.size())));
    out = std::to_chars(out, out + 4, groups[i], 16).ptr;
    if (i + 1 < kGroups) *out++ = ':';
  }
  return out;
}

}  // namespace millrace::cell
