// SPDX-License-Identifier: Apache-2.0
// Where tracking begins, as a person says it: `latest`, `earliest`, `file:offset`, a GTID set or an
// RFC 3339 time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace::capture {

struct StartPoint {
  enum class Kind : uint8_t { kLatest, kEarliest, kFile, kGtid, kTime };
  Kind kind = Kind::kLatest;
  std::string file;     // kFile
  uint64_t offset = 0;  // kFile
  std::string gtids;    // kGtid, MySQL's or MariaDB's form
  int64_t time_us = 0;  // kTime, since the epoch
  friend bool operator==(const StartPoint&, const StartPoint&) = default;
};

// kInvalid shows the forms. Whether the position is still on the source is found out by the
// capture.
Result<StartPoint> parse_start_point(std::string_view text);
std::string start_point_text(const StartPoint& point);

}  // namespace millrace::capture
