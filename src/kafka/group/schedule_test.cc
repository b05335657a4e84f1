// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>

#include "kafka/group/schedule_test_support.h"

namespace millrace::kafka {
namespace {

// A broken rule ends the program, with what was seen.
TEST(Schedule, AnyOrderOfRequestsKeepsTheRules) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::byte> steps(3 * 200);
    for (std::byte& byte : steps) byte = static_cast<std::byte>(random());
    testing::run_schedule(steps);
  }
}

}  // namespace
}  // namespace millrace::kafka
