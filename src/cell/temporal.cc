// SPDX-License-Identifier: Apache-2.0
#include "cell/temporal.h"

#include <charconv>

#include "cell/integer.h"

namespace millrace::cell {
namespace {

// `digits` digits of a second are stored as a whole number of hundredths (1, 2), of ten-thousandths
// (3, 4) or of microseconds (5, 6).
constexpr int kMicrosPerUnit[] = {0, 10000, 100, 1};

int read_fraction(const std::byte* in, unsigned digits) {
  const size_t size = fraction_size(digits);
  return static_cast<int>(read_big_endian(in, size)) * kMicrosPerUnit[size];
}

Time make_time(bool negative, uint64_t packed, int micros) {
  Time time;
  time.negative = negative;
  time.hour = static_cast<int>(packed >> 12 & 0x3FF);
  time.minute = static_cast<int>(packed >> 6 & 0x3F);
  time.second = static_cast<int>(packed & 0x3F);
  time.micros = micros;
  return time;
}

DateTime make_datetime(uint64_t packed, int micros) {
  const uint64_t year_month = packed >> 22;
  DateTime value;
  value.year = static_cast<int>(year_month / 13);
  value.month = static_cast<int>(year_month % 13);
  value.day = static_cast<int>(packed >> 17 & 0x1F);
  value.hour = static_cast<int>(packed >> 12 & 0x1F);
  value.minute = static_cast<int>(packed >> 6 & 0x3F);
  value.second = static_cast<int>(packed & 0x3F);
  value.micros = micros;
  return value;
}

// At least `width` digits.
char* print_padded(char* out, int value, int width) {
  char digits[12];
  const char* end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  for (auto size = end - digits; size < width; ++size) *out++ = '0';
  for (const char* at = digits; at < end; ++at) *out++ = *at;
  return out;
}

}  // namespace

Date read_date(const std::byte* in) {
  const auto packed = static_cast<int>(read_unsigned(in, 3));
  return {packed >> 9, packed >> 5 & 0x0F, packed & 0x1F};
}

Time read_old_time(const std::byte* in) {
  const int64_t packed = read_signed(in, 3);  // HHMMSS as a decimal number
  const auto digits = static_cast<int>(packed < 0 ? -packed : packed);
  return {packed < 0, digits / 10000, digits / 100 % 100, digits % 100, 0};
}

DateTime read_old_datetime(const std::byte* in) {
  const uint64_t digits = read_unsigned(in, 8);  // YYYYMMDDhhmmss as a decimal number
  const uint64_t date = digits / 1000000;
  const auto time = static_cast<int>(digits % 1000000);
  return {static_cast<int>(date / 10000 % 10000),
          static_cast<int>(date / 100 % 100),
          static_cast<int>(date % 100),
          time / 10000,
          time / 100 % 100,
          time % 100,
          0};
}

Timestamp read_old_timestamp(const std::byte* in) {
  return {static_cast<int64_t>(read_unsigned(in, 4)), 0};
}

Time read_time2(const std::byte* in, unsigned digits) {
  // Whole seconds and fraction are one signed number, so the bytes of -00:00:00.5 are those of -1
  // and +0.5: only the whole says what they mean.
  const size_t fraction = fraction_size(digits);
  const auto bits = static_cast<int>(8 * fraction);
  const int64_t value = static_cast<int64_t>(read_big_endian(in, 3 + fraction)) -
                        static_cast<int64_t>(UINT64_C(0x800000) << bits);
  const auto magnitude = static_cast<uint64_t>(value < 0 ? -value : value);
  const auto units = static_cast<int>(magnitude & ((UINT64_C(1) << bits) - 1));
  return make_time(value < 0, magnitude >> bits, units * kMicrosPerUnit[fraction]);
}

DateTime read_datetime2(const std::byte* in, unsigned digits) {
  const uint64_t packed = read_big_endian(in, 5) & 0x7FFFFFFFFF;  // the sign is always set
  return make_datetime(packed, read_fraction(in + 5, digits));
}

Timestamp read_timestamp2(const std::byte* in, unsigned digits) {
  return {static_cast<int64_t>(read_big_endian(in, 4)), read_fraction(in + 4, digits)};
}

DateTime unpack_datetime(int64_t packed) {
  const auto magnitude =
      packed < 0 ? 0 - static_cast<uint64_t>(packed) : static_cast<uint64_t>(packed);
  return make_datetime(magnitude >> 24, static_cast<int>(magnitude & 0xFFFFFF));
}

Time unpack_time(int64_t packed) {
  const auto magnitude =
      packed < 0 ? 0 - static_cast<uint64_t>(packed) : static_cast<uint64_t>(packed);
  return make_time(packed < 0, magnitude >> 24, static_cast<int>(magnitude & 0xFFFFFF));
}

char* print_date(char* out, int year, int month, int day) {
  out = print_padded(out, year, 4);
  *out++ = '-';
  out = print_padded(out, month, 2);
  *out++ = '-';
  return print_padded(out, day, 2);
}

char* print_time(char* out, const Time& time, bool fraction) {
  if (time.negative) *out++ = '-';
  out = print_padded(out, time.hour, 2);
  *out++ = ':';
  out = print_padded(out, time.minute, 2);
  *out++ = ':';
  out = print_padded(out, time.second, 2);
  if (!fraction) return out;
  *out++ = '.';
  return print_padded(out, time.micros, 6);
}

char* print_datetime(char* out, const DateTime& value, bool fraction) {
  out = print_date(out, value.year, value.month, value.day);
  *out++ = ' ';
  return print_time(out, {false, value.hour, value.minute, value.second, value.micros}, fraction);
}

DateTime to_utc(const Timestamp& value) {
  if (value.seconds == 0 && value.micros == 0) return {};
  // Days to a date by the 400-year cycle that begins on 1 March 0000, so that a leap day is the
  // last day of a cycle's year.
  const int64_t days = (value.seconds >= 0 ? value.seconds : value.seconds - 86399) / 86400;
  const auto second = static_cast<int>(value.seconds - days * 86400);
  const int64_t shifted = days + 719468;
  const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const auto day_of_era = static_cast<int>(shifted - era * 146097);
  const int year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int march_month = (5 * day_of_year + 2) / 153;
  const int month = march_month < 10 ? march_month + 3 : march_month - 9;
  const auto year = static_cast<int>(year_of_era + era * 400) + (month <= 2 ? 1 : 0);
  return {year,
          month,
          day_of_year - (153 * march_month + 2) / 5 + 1,
          second / 3600,
          second / 60 % 60,
          second % 60,
          value.micros};
}

}  // namespace millrace::cell
