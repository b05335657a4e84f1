// SPDX-License-Identifier: Apache-2.0
// The list of prechecks (mysql-source spec 6), the table of checks and the page about sources.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "task/precheck/checks.h"

namespace millrace::task::precheck {
namespace {

constexpr int kListed = 62;

std::string page() {
  std::ifstream file(MILLRACE_CORPUS "/../../docs/sources.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(PrecheckList, EveryNumberHasACheckOrAReason) {
  std::multiset<int> numbers(std::begin(kConnectivityNumbers), std::end(kConnectivityNumbers));
  for (const Check& check : kChecks) {
    EXPECT_NE(check.numbers.front(), 0) << check.id;
    for (const int number : check.numbers) {
      if (number != 0) numbers.insert(number);
    }
  }
  std::set<int> left_out;
  for (const LeftOut& item : kLeftOut) {
    EXPECT_FALSE(item.why.empty());
    left_out.insert(item.number);
  }
  for (int number = 1; number <= kListed; ++number) {
    EXPECT_NE(numbers.contains(number), left_out.contains(number)) << number;
  }
  EXPECT_TRUE(std::all_of(numbers.begin(), numbers.end(), [](int n) { return n <= kListed; }));
}

TEST(PrecheckList, ThePageAboutSourcesHasEveryCheckOnceAndTheReasons) {
  const std::string whole = page();
  const size_t begin = whole.find("\n## The precheck\n");
  ASSERT_NE(begin, std::string::npos);
  const std::string text = whole.substr(begin, whole.find("\n## ", begin + 1) - begin);
  std::set<std::string> ids = {std::string(kConnectivityId), std::string(kAddressesId)};
  for (const Check& check : kChecks) ids.insert(std::string(check.id));
  for (const std::string& id : ids) {
    const std::string row = fmt::format("\n| `{}` |", id);
    const size_t at = text.find(row);
    EXPECT_NE(at, std::string::npos) << id;
    EXPECT_EQ(text.find(row, at + 1), std::string::npos) << id;
  }
  for (const LeftOut& item : kLeftOut)
    EXPECT_NE(text.find(item.why), std::string::npos) << item.why;
}

}  // namespace
}  // namespace millrace::task::precheck
