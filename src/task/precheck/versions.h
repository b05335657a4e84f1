// SPDX-License-Identifier: Apache-2.0
// How well each version of a source is known. docs/sources.md says the same; a test compares.
#pragma once

#include <cstdint>

namespace millrace::task::precheck {

enum class Tested : uint8_t {
  kLive,      // the end-to-end tests run such a server
  kRecorded,  // tests read logs that it wrote
  kNo,
};

struct VersionRow {
  bool mariadb;
  int major, minor;
  Tested tested;
};
inline constexpr VersionRow kVersions[] = {
    {false, 5, 5, Tested::kRecorded}, {false, 5, 6, Tested::kLive},
    {false, 5, 7, Tested::kRecorded}, {false, 8, 0, Tested::kRecorded},
    {false, 8, 4, Tested::kRecorded}, {false, 9, 0, Tested::kRecorded},
    {false, 9, 7, Tested::kLive},     {true, 10, 2, Tested::kRecorded},
    {true, 10, 3, Tested::kRecorded}, {true, 10, 4, Tested::kRecorded},
    {true, 10, 5, Tested::kRecorded}, {true, 10, 6, Tested::kRecorded},
    {true, 10, 11, Tested::kLive},    {true, 11, 8, Tested::kLive},
};

constexpr Tested tested(bool mariadb, int major, int minor) {
  for (const VersionRow& row : kVersions) {
    if (row.mariadb == mariadb && row.major == major && row.minor == minor) return row.tested;
  }
  return Tested::kNo;
}

}  // namespace millrace::task::precheck
