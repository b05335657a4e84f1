// SPDX-License-Identifier: Apache-2.0
#include "task/precheck/versions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace millrace::task::precheck {
namespace {

// The lines "| MySQL 5.6 | live |..." of the page, counted.
int lines_with(const std::string& page, const std::string& line) {
  int count = 0;
  for (size_t at = page.find("\n" + line); at != std::string::npos;
       at = page.find("\n" + line, at + 1)) {
    ++count;
  }
  return count;
}

TEST(Versions, ThePageAboutSourcesSaysWhatThePrecheckSays) {
  std::ifstream file(MILLRACE_CORPUS "/../../docs/sources.md");
  const std::string page(std::istreambuf_iterator<char>(file), {});
  ASSERT_FALSE(page.empty());
  int rows = 0;
  for (const VersionRow& row : kVersions) {
    const std::string line =
        fmt::format("| {} {}.{} | {} |", row.mariadb ? "MariaDB" : "MySQL", row.major, row.minor,
                    row.tested == Tested::kLive ? "live" : "recorded logs");
    EXPECT_EQ(lines_with(page, line), 1) << line;
    ++rows;
  }
  EXPECT_EQ(lines_with(page, "| MySQL ") + lines_with(page, "| MariaDB "), rows)
      << "docs/sources.md claims a version that versions.h does not";
}

}  // namespace
}  // namespace millrace::task::precheck
