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
  EXPECT_EQ(*state.missing_from(std::string(kA) + ":1-20"), "");
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

TEST(GtidState, ADomainThatEndsBeforeOursIsMissing) {
  GtidState state;
  ASSERT_TRUE(state.add("0-1-5,1-7-3"));
  EXPECT_EQ(*state.missing_from("0-2-6,1-7-3,2-1-1"), "");
  EXPECT_EQ(*state.missing_from("0-2-4,1-7-3"), "0-1-5");
  EXPECT_EQ(*state.missing_from("0-1-5"), "1-7-3") << "a domain that is not there at all";
  EXPECT_EQ(*state.missing_from(""), "0-1-5,1-7-3");
}

TEST(GtidState, WhatIsPurgedAndNotReadIsMissingHere) {
  GtidState state;
  ASSERT_TRUE(state.add(std::string(kA) + ":1-5"));
  EXPECT_EQ(*state.missing_here(std::string(kA) + ":1-4"), "");
  EXPECT_EQ(*state.missing_here(std::string(kA) + ":1-8"), std::string(kA) + ":6-8");
  EXPECT_TRUE(*GtidState::has(std::string(kA) + ":1-5", std::string(kA) + ":5"));
  EXPECT_FALSE(*GtidState::has(std::string(kA) + ":1-5", std::string(kA) + ":6"));
}

}  // namespace
}  // namespace millrace::task
