// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <span>

namespace millrace {
namespace {

struct Unit {
  std::string_view name;
  int64_t factor;
};

struct Quantity {
  int64_t number = 0;
  std::string_view unit;
};

// Digits, then perhaps a blank, then a unit.
std::optional<Quantity> split(std::string_view text) {
  Quantity out;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.number);
  if (error != std::errc() || out.number < 0) return std::nullopt;
  out.unit = text.substr(static_cast<size_t>(end - text.data()));
  if (out.unit.starts_with(' ')) out.unit.remove_prefix(1);
  return out;
}

std::optional<int64_t> parse_quantity(std::string_view text, std::span<const Unit> units) {
  const std::optional<Quantity> parts = split(text);
  if (!parts) return std::nullopt;
  for (const Unit& unit : units) {
    int64_t out = 0;
    if (unit.name != parts->unit) continue;
    if (__builtin_mul_overflow(parts->number, unit.factor, &out)) return std::nullopt;
    return out;
  }
  return std::nullopt;
}

constexpr int64_t kKi = 1024, kMi = kKi * 1024, kGi = kMi * 1024, kTi = kGi * 1024;
constexpr std::array kDurations = {Unit{"ms", 1},        Unit{"s", 1000},
                                   Unit{"m", 60'000},    Unit{"min", 60'000},
                                   Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};
constexpr std::array kSizes = {Unit{"", 1},    Unit{"B", 1},     Unit{"K", kKi}, Unit{"KiB", kKi},
                               Unit{"M", kMi}, Unit{"MiB", kMi}, Unit{"G", kGi}, Unit{"GiB", kGi},
                               Unit{"T", kTi}, Unit{"TiB", kTi}};

// Days since 1970-01-01 of a date of the Gregorian calendar.
int64_t days_from_civil(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t of_era = year - era * 400;
  const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

// Reads fixed fields out of a time's text; any surprise makes ok() false.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  int64_t digits(size_t count) {
    int64_t value = 0;
    for (size_t i = 0; i < count; ++i) {
      const char c = take();
      ok_ = ok_ && c >= '0' && c <= '9';
      value = value * 10 + (c - '0');
    }
    return ok_ ? value : 0;
  }
  void one_of(std::string_view allowed) {
    const char c = take();
    ok_ = ok_ && allowed.find(c) != std::string_view::npos;
  }
  char take() {
    if (rest_.empty()) {
      ok_ = false;
      return '\0';
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  bool skip(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Microseconds of ".123..."; digits beyond the sixth are dropped.
  int64_t fraction_us() {
    int64_t us = 0;
    int64_t weight = 100'000;
    size_t count = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      us += (take() - '0') * weight;
      weight /= 10;
      ++count;
    }
    ok_ = ok_ && count > 0;
    return us;
  }
  bool at_end() const { return ok_ && rest_.empty(); }
  bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

bool days_fit(int64_t year, int64_t month, int64_t day) {
  if (month < 1 || month > 12 || day < 1) return false;
  constexpr std::array<int64_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= kDays[static_cast<size_t>(month - 1)] + (leap && month == 2 ? 1 : 0);
}

}  // namespace

Result<int64_t> parse_duration_ms(std::string_view text) {
  const std::optional<int64_t> out = parse_quantity(text, kDurations);
  if (!out) {
    return Error{Errc::kInvalid, fmt::format("\"{}\" is not a duration: a whole number and ms, s, "
                                             "m, h or d, for instance 24h",
                                             text)};
  }
  return *out;
}

Result<int64_t> parse_bytes(std::string_view text) {
  const std::optional<int64_t> out = parse_quantity(text, kSizes);
  if (!out) {
    return Error{Errc::kInvalid, fmt::format("\"{}\" is not a size: a whole number of bytes, or "
                                             "with KiB, MiB, GiB or TiB, for instance 10GiB",
                                             text)};
  }
  return *out;
}

std::string bytes_text(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr std::array<std::string_view, 5> kNames = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (value /= 1024; value >= 1024 && unit + 1 < kNames.size(); ++unit) value /= 1024;
  return value < 100 ? fmt::format("{:.1f} {}", value, kNames[unit])
                     : fmt::format("{:.0f} {}", value, kNames[unit]);
}

std::string duration_text(int64_t ms) {
  const int64_t s = ms / 1000;
  if (ms < 10'000) return fmt::format("{:.1f} s", static_cast<double>(ms) / 1000);
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {} s", s / 60, s % 60);
  if (s < 86400) return fmt::format("{} h {} min", s / 3600, s / 60 % 60);
  return fmt::format("{} d {} h", s / 86400, s / 3600 % 24);
}

Result<int64_t> parse_rfc3339_us(std::string_view text) {
  Scanner in(text);
  const int64_t year = in.digits(4);
  in.one_of("-");
  const int64_t month = in.digits(2);
  in.one_of("-");
  const int64_t day = in.digits(2);
  in.one_of("Tt ");
  const int64_t hour = in.digits(2);
  in.one_of(":");
  const int64_t minute = in.digits(2);
  in.one_of(":");
  const int64_t second = in.digits(2);
  const int64_t fraction_us = in.skip('.') ? in.fraction_us() : 0;
  int64_t offset_s = 0;
  const char zone = in.take();
  if (zone == '+' || zone == '-') {
    const int64_t hours = in.digits(2);
    in.one_of(":");
    offset_s = (hours * 60 + in.digits(2)) * 60 * (zone == '+' ? 1 : -1);
  }
  const bool known_zone = zone == 'Z' || zone == 'z' || zone == '+' || zone == '-';
  if (!in.at_end() || !known_zone || !days_fit(year, month, day) || hour > 23 || minute > 59 ||
      second > 60) {
    return Error{Errc::kInvalid, fmt::format("\"{}\" is not an RFC 3339 time, for instance "
                                             "2026-11-24T04:10:00Z",
                                             text)};
  }
  const int64_t seconds =
      days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset_s;
  return seconds * 1'000'000 + fraction_us;
}

std::string rfc3339_text(int64_t ms) {
  const int64_t days = (ms >= 0 ? ms : ms - 86'399'999) / 86'400'000;
  const int64_t of_day = ms - days * 86'400'000;
  // The reverse of days_from_civil().
  const int64_t z = days + 719468;
  const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const int64_t of_era = z - era * 146097;
  const int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * of_year + 2) / 153;
  const int64_t day = of_year - (153 * shifted + 2) / 5 + 1;
  const int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", year, month, day,
                     of_day / 3'600'000, of_day / 60'000 % 60, of_day / 1000 % 60, of_day % 1000);
}

}  // namespace millrace
