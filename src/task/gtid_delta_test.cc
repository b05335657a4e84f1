// SPDX-License-Identifier: Apache-2.0
#include "task/gtid_delta.h"

#include <gtest/gtest.h>

namespace millrace::task {
namespace {

TEST(GtidDelta, GathersConsecutiveNumbersIntoRuns) {
  GtidDelta delta;
  for (const char* gtid : {"a:1", "a:2", "b:7", "a:3", "b:9", "b:10", "a:tag:1", "", "a:4"})
    delta.add(gtid);
  EXPECT_EQ(delta.take(), "a:1-4,b:7,b:9-10,a:tag:1");
  EXPECT_TRUE(delta.empty());
  EXPECT_EQ(delta.take(), "");
}

TEST(GtidDelta, KeepsTheLastOfEachMariaDbDomain) {
  GtidDelta delta;
  for (const char* gtid : {"0-1-5", "1-1-9", "0-2-6"}) delta.add(gtid);
  EXPECT_EQ(delta.take(), "0-2-6,1-1-9");
}

}  // namespace
}  // namespace millrace::task
