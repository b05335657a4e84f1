// SPDX-License-Identifier: Apache-2.0
#include "capture/start_point.h"

#include <fmt/format.h>

#include <charconv>

#include "base/units.h"

namespace millrace::capture {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool all_digits(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (!is_digit(c)) return false;
  }
  return true;
}

// The first of a comma list, without blanks around it.
std::string_view first_of_list(std::string_view text) {
  text = text.substr(0, text.find(','));
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// `uuid:...`: the form is looked at, the set is read by whoever uses it.
bool looks_like_mysql_gtids(std::string_view text) {
  constexpr size_t kUuid = 36;
  const std::string_view first = first_of_list(text);
  if (first.size() < kUuid + 2 || first[kUuid] != ':') return false;
  for (size_t i = 0; i < kUuid; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? first[i] != '-' : !is_hex(first[i])) return false;
  }
  return true;
}

// `domain-server-sequence`
bool looks_like_mariadb_gtids(std::string_view text) {
  const std::string_view first = first_of_list(text);
  const size_t a = first.find('-');
  const size_t b = a == std::string_view::npos ? a : first.find('-', a + 1);
  return b != std::string_view::npos && all_digits(first.substr(0, a)) &&
         all_digits(first.substr(a + 1, b - a - 1)) && all_digits(first.substr(b + 1));
}

// `file:offset`
bool split_file(std::string_view text, StartPoint& out) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view number = text.substr(colon + 1);
  if (!all_digits(number)) return false;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), out.offset);
  if (parsed.ec != std::errc()) return false;
  out.kind = StartPoint::Kind::kFile;
  out.file = text.substr(0, colon);
  return true;
}

}  // namespace

Result<StartPoint> parse_start_point(std::string_view text) {
  StartPoint out;
  if (text == "latest") return out;
  if (text == "earliest") {
    out.kind = StartPoint::Kind::kEarliest;
    return out;
  }
  if (const Result<int64_t> time = parse_rfc3339_us(text)) {
    out.kind = StartPoint::Kind::kTime;
    out.time_us = *time;
    return out;
  }
  if (looks_like_mysql_gtids(text) || looks_like_mariadb_gtids(text)) {
    out.kind = StartPoint::Kind::kGtid;
    out.gtids = text;
    return out;
  }
  if (split_file(text, out)) return out;
  return Error{
      Errc::kInvalid,
      fmt::format("\"{}\" is no start point: give latest, earliest, a file and offset such "
                  "as mysql-bin.000412:4, a GTID set, or a time such as "
                  "2026-11-24T04:10:00Z",
                  text)};
}

std::string start_point_text(const StartPoint& point) {
  switch (point.kind) {
    case StartPoint::Kind::kLatest:
      return "latest";
    case StartPoint::Kind::kEarliest:
      return "earliest";
    case StartPoint::Kind::kFile:
      return fmt::format("{}:{}", point.file, point.offset);
    case StartPoint::Kind::kGtid:
      return point.gtids;
    case StartPoint::Kind::kTime:
      break;
  }
  const int64_t us = point.time_us % 1'000'000;
  std::string text = rfc3339_text(point.time_us / 1000);
  // All six digits where milliseconds do not say it all.
  if (us % 1000 != 0) text.insert(text.size() - 1, fmt::format("{:03}", us % 1000));
  return text;
}

}  // namespace millrace::capture
