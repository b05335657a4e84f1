// SPDX-License-Identifier: Apache-2.0
#include "base/ticker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace millrace {
namespace {

TEST(Ticker, CallsUntilRemovedAndNotAfter) {
  Ticker ticker;
  std::atomic<int> calls{0};
  const uint64_t ticket = ticker.add([&] { ++calls; });
  while (calls.load() == 0) std::this_thread::yield();
  ticker.remove(ticket);
  const int seen = calls.load();
  std::atomic<int> others{0};
  ticker.add([&] { ++others; });
  while (others.load() == 0) std::this_thread::yield();
  EXPECT_EQ(calls.load(), seen);
}

}  // namespace
}  // namespace millrace
