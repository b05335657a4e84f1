// SPDX-License-Identifier: Apache-2.0
// DECIMAL: print, parse the text, pack it again: the same bytes (but for a zero with a sign).
#include <string>

#include "base/check.h"
#include "cell/decimal.h"

namespace {

std::string packed(const std::string& digits, size_t scale, bool negative) {
  static constexpr size_t kWidths[] = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
  const size_t before = digits.size() - scale;
  std::string bytes;
  size_t at = 0;
  const auto group = [&](size_t count) {
    uint32_t value = 0;
    for (size_t i = 0; i < count; ++i)
      value = value * 10 + static_cast<uint32_t>(digits[at++] - '0');
    for (size_t i = kWidths[count]; i > 0; --i) bytes += static_cast<char>(value >> (8 * (i - 1)));
  };
  group(before % 9);
  for (size_t i = before / 9 + scale / 9; i > 0; --i) group(9);
  group(scale % 9);
  bytes[0] = static_cast<char>(bytes[0] ^ 0x80);
  if (negative)
    for (char& c : bytes) c = static_cast<char>(~c);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace;
  if (size < 2) return 0;
  const unsigned precision = data[0] % 70, scale = data[1] % 70;
  const size_t octets = cell::decimal_size(precision, scale);
  if (octets == 0 || size - 2 < octets) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 2, octets);
  char text[cell::kMaxDecimalText];
  const auto printed = cell::decimal_text(as_bytes(bytes).data(), precision, scale, text);
  if (!printed) return 0;
  const std::string whole(text, printed->size);
  std::string digits;
  for (const char c : whole)
    if (c >= '0' && c <= '9') digits += c;
  // The zero before the point of a value below 1 may be no digit of its own.
  while (digits.size() > precision) {
    CHECK(digits.front() == '0', whole);
    digits.erase(0, 1);
  }
  digits.insert(0, precision - digits.size(), '0');
  const bool zero = digits.find_first_not_of('0') == std::string::npos;
  const bool negative = (bytes[0] & 0x80) == 0;
  CHECK((whole[0] == '-') == (negative && !zero), whole);
  CHECK(packed(digits, scale, negative) == bytes, whole);
  return 0;
}
