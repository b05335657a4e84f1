// SPDX-License-Identifier: Apache-2.0
#include "cell/decimal.h"

#include <array>
#include <cstring>

namespace millrace::cell {
namespace {

constexpr unsigned kGroupDigits = 9;
constexpr std::array<uint8_t, kGroupDigits + 1> kBytesOfDigits = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
constexpr std::array<uint32_t, kGroupDigits + 1> kPowers = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

// Reads groups one after another and undoes the complement of negative values.
class Groups {
 public:
  explicit Groups(const std::byte* in)
      : in_(in), mask_((std::to_integer<uint8_t>(in[0]) & 0x80) != 0 ? 0x00 : 0xFF) {}
  bool negative() const { return mask_ != 0; }

  // Writes a group as exactly `digits` digits; false when its value needs more.
  bool print(unsigned digits, char* out) {
    uint32_t value = 0;
    for (unsigned i = 0; i < kBytesOfDigits[digits]; ++i) value = value << 8 | next();
    if (value >= kPowers[digits]) return false;
    for (unsigned i = digits; i > 0; --i) {
      out[i - 1] = static_cast<char>('0' + value % 10);
      value /= 10;
    }
    return true;
  }

 private:
  uint32_t next() {
    auto byte = static_cast<uint8_t>(std::to_integer<uint8_t>(*in_++) ^ mask_);
    if (first_) byte ^= 0x80;
    first_ = false;
    return byte;
  }
  const std::byte* in_;
  uint8_t mask_;
  bool first_ = true;
};

// All digits, those before the point first, none left out.
bool print_digits(Groups& groups, unsigned before, unsigned after, char* out) {
  if (const unsigned odd = before % kGroupDigits; odd != 0) {
    if (!groups.print(odd, out)) return false;
    out += odd;
  }
  for (unsigned i = before / kGroupDigits + after / kGroupDigits; i > 0; --i) {
    if (!groups.print(kGroupDigits, out)) return false;
    out += kGroupDigits;
  }
  const unsigned odd = after % kGroupDigits;
  return odd == 0 || groups.print(odd, out);
}

}  // namespace

size_t decimal_size(unsigned precision, unsigned scale) {
  if (precision == 0 || precision > kMaxDecimalDigits || scale > precision) return 0;
  const unsigned before = precision - scale;
  return 4 * (before / kGroupDigits) + kBytesOfDigits[before % kGroupDigits] +
         4 * (scale / kGroupDigits) + kBytesOfDigits[scale % kGroupDigits];
}

std::optional<DecimalText> decimal_text(const std::byte* in, unsigned precision, unsigned scale,
                                        char* out) {
  Groups groups(in);
  std::array<char, kMaxDecimalDigits> digits{};
  const unsigned before = precision - scale;
  if (!print_digits(groups, before, scale, digits.data())) return std::nullopt;
  unsigned zeros = 0;  // leading ones
  while (zeros < precision && digits[zeros] == '0') ++zeros;

  DecimalText text;
  text.digits = zeros == precision ? 1 : precision - zeros;
  char* end = out;
  if (groups.negative() && zeros < precision) *end++ = '-';
  if (zeros >= before) {
    *end++ = '0';
  } else {
    std::memcpy(end, digits.data() + zeros, before - zeros);
    end += before - zeros;
  }
  if (scale > 0) {
    *end++ = '.';
    std::memcpy(end, digits.data() + before, scale);
    end += scale;
  }
  text.size = static_cast<size_t>(end - out);
  return text;
}

}  // namespace millrace::cell
