// SPDX-License-Identifier: Apache-2.0
#include "task/backoff.h"

#include <gtest/gtest.h>

namespace millrace::task {
namespace {

TEST(Backoff, DoublesUpToHalfAMinuteWithinItsJitter) {
  Backoff backoff;
  int64_t whole = 500;
  for (int i = 0; i < 20; ++i) {
    const auto least = backoff.next(0).count();
    EXPECT_EQ(least, whole / 2);
    if (whole < 32000) whole *= 2;
  }
  backoff.reset();
  EXPECT_LT(backoff.next(UINT64_MAX).count(), 500);
}

}  // namespace
}  // namespace millrace::task
