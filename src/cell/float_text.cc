// SPDX-License-Identifier: Apache-2.0
#include "cell/float_text.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "cell/integer.h"

namespace millrace::cell {
namespace {

// MySQL's borders between 0.001 and 1e-3 (its MAX_DECPT_FOR_F_FORMAT): the place of the point,
// counted in digits from the first one.
constexpr int kMinPlainPoint = -14;
constexpr int kMaxPlainPoint = 15;

char* put(char* out, const char* from, int count) {
  std::memcpy(out, from, static_cast<size_t>(count));
  return out + count;
}

char* put_zeros(char* out, int count) {
  if (count > 0) std::memset(out, '0', static_cast<size_t>(count));
  return out + (count > 0 ? count : 0);
}

char* print_plain(char* out, const char* digits, int count, int point) {
  if (point <= 0) {
    *out++ = '0';
    *out++ = '.';
    out = put_zeros(out, -point);
    return put(out, digits, count);
  }
  if (count <= point) {
    out = put(out, digits, count);
    out = put_zeros(out, point - count);
    *out++ = '.';
    *out++ = '0';
    return out;
  }
  out = put(out, digits, point);
  *out++ = '.';
  return put(out, digits + point, count - point);
}

char* print_exponent(char* out, const char* digits, int count, int point) {
  *out++ = digits[0];
  if (count > 1) {
    *out++ = '.';
    out = put(out, digits + 1, count - 1);
  }
  *out++ = 'e';
  return std::to_chars(out, out + 6, point - 1).ptr;
}

}  // namespace

double read_double(const std::byte* in) { return std::bit_cast<double>(read_unsigned(in, 8)); }

double read_float(const std::byte* in) {
  const auto value = std::bit_cast<float>(static_cast<uint32_t>(read_unsigned(in, 4)));
  // Whole numbers of this size stand for themselves; what is not finite has no decimal.
  if (!std::isfinite(value) || (std::fabs(value) < 8388608.0F && std::trunc(value) == value))
    return static_cast<double>(value);
  // With an exponent: without one, the digits of a large whole number are exact and not the fewest.
  char text[32];
  const char* end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  double nearest = 0;
  std::from_chars(text, end, nearest);
  return nearest;
}

char* print_json_double(char* out, double value) {
  if (!std::isfinite(value)) value = 0;
  if (std::signbit(value)) *out++ = '-';
  char text[32];
  const char* end =
      std::to_chars(text, text + sizeof text, std::fabs(value), std::chars_format::scientific).ptr;
  // "d.ddde-NN": take the point out and the exponent off.
  const char* mark =
      static_cast<const char*>(std::memchr(text, 'e', static_cast<size_t>(end - text)));
  int exponent = 0;
  std::from_chars(mark[1] == '+' ? mark + 2 : mark + 1, end, exponent);
  char digits[24];
  int count = 0;
  for (const char* at = text; at < mark; ++at)
    if (*at != '.') digits[count++] = *at;
  const int point = exponent + 1;
  const bool plain = point >= kMinPlainPoint && (point <= kMaxPlainPoint || count > point);
  return plain ? print_plain(out, digits, count, point) : print_exponent(out, digits, count, point);
}

}  // namespace millrace::cell
