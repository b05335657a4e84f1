// SPDX-License-Identifier: Apache-2.0
#include "task/gtid_state.h"

#include <gtest/gtest.h>

namespace millrace::task {
namespace {

constexpr const char* kA = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";

TEST(GtidState, UnitesMySqlSetsAndTakesOneTransactionOut) {
  GtidState state;
  ASSERT_TRUE(state.add(std::string(kA) + ":1-5"));
  ASSERT_TRUE(state.add(std::string(kA) + ":6-9," + kA + ":11"));
  EXPECT_EQ(state.text(), std::string(kA) + ":1-9:11");
  EXPECT_EQ(*state.without(std::string(kA) + ":11"), std::string(kA) + ":1-9");
  EXPECT_TRUE(*state.is_subset_of(std::string(kA) + ":1-20"));
  EXPECT_FALSE(*state.is_subset_of(std::string(kA) + ":1-10"));
  EXPECT_EQ(*state.missing_from(std::string(kA) + ":1-10"), std::string(kA) + ":11");
}

TEST(GtidState, KeepsTheLastOfEachMariaDbDomain) {
  GtidState state;
  ASSERT_TRUE(state.add("0-1-5,1-7-3"));
  ASSERT_TRUE(state.add("0-1-6,0-2-7"));
  EXPECT_EQ(state.text(), "0-2-7,1-7-3");
  ASSERT_TRUE(state.add(""));
  EXPECT_FALSE(state.empty());
  EXPECT_FALSE(state.add("nonsense"));
}

}  // namespace
}  // namespace millrace::task
