// SPDX-License-Identifier: Apache-2.0
// DATE, TIME, DATETIME and TIMESTAMP, in the storage of before and after 5.6.4. Values are parts as
// MySQL holds them: zero dates and dates with zero parts are values like others; no zone is
// applied. The caller has checked that the bytes are there (cell_size).
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace millrace::cell {

struct Date {
  int year = 0, month = 0, day = 0;
  friend bool operator==(const Date&, const Date&) = default;
};
struct DateTime {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, micros = 0;
  friend bool operator==(const DateTime&, const DateTime&) = default;
};
// A span of -838:59:59 to 838:59:59; the parts are magnitudes.
struct Time {
  bool negative = false;
  int hour = 0, minute = 0, second = 0, micros = 0;
  friend bool operator==(const Time&, const Time&) = default;
};
// Seconds since the epoch, UTC, unsigned (MariaDB 11.5 goes to 2106); 0 and 0 is the zero
// timestamp.
struct Timestamp {
  int64_t seconds = 0;
  int micros = 0;
  friend bool operator==(const Timestamp&, const Timestamp&) = default;
};

// Octets of a fraction of 0 to 6 digits.
constexpr size_t fraction_size(unsigned digits) { return (digits + 1) / 2; }

Date read_date(const std::byte* in);                              // 3 bytes
Time read_old_time(const std::byte* in);                          // 3 bytes
DateTime read_old_datetime(const std::byte* in);                  // 8 bytes
Timestamp read_old_timestamp(const std::byte* in);                // 4 bytes
Time read_time2(const std::byte* in, unsigned digits);            // 3 + fraction
DateTime read_datetime2(const std::byte* in, unsigned digits);    // 5 + fraction
Timestamp read_timestamp2(const std::byte* in, unsigned digits);  // 4 + fraction

// The packed 64-bit form that JSON documents hold (spec 3.8).
DateTime unpack_datetime(int64_t packed);
Time unpack_time(int64_t packed);

// "2023-11-14", "22:13:21", "-838:59:59"; a fraction is six digits and only there when `fraction`
// says so. Each returns the end of what it wrote; kMaxTemporalText is room for any.
inline constexpr size_t kMaxTemporalText = 64;
char* print_date(char* out, int year, int month, int day);
char* print_time(char* out, const Time& time, bool fraction);
char* print_datetime(char* out, const DateTime& value, bool fraction);
// A timestamp as MySQL prints it in the session time zone UTC.
DateTime to_utc(const Timestamp& value);

}  // namespace millrace::cell
