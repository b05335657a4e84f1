// SPDX-License-Identifier: Apache-2.0
#include "base/executor.h"

#include <gtest/gtest.h>

#include "base/byte_queue.h"

namespace millrace {
namespace {

TEST(Strand, NeverRunsTwiceAtOnceAndMissesNoWake) {
  std::atomic<int> inside{0};
  std::atomic<int> overlaps{0};
  std::atomic<int> seen{0};
  std::atomic<int> posted{0};
  {
    Executor executor(4);
    auto strand = Strand::make(executor, [&] {
      if (inside.fetch_add(1) != 0) overlaps.fetch_add(1);
      seen.store(posted.load());
      inside.fetch_sub(1);
    });
    std::vector<std::thread> wakers;
    for (int t = 0; t < 4; ++t) {
      wakers.emplace_back([&] {
        for (int i = 0; i < 5000; ++i) {
          posted.fetch_add(1);
          strand->wake();
        }
      });
    }
    for (std::thread& waker : wakers) waker.join();
  }
  EXPECT_EQ(overlaps.load(), 0);
  EXPECT_EQ(seen.load(), 20000) << "the last wake must be followed by a run";
}

TEST(Strand, DoesNotRunAfterClose) {
  Executor executor(2);
  std::atomic<int> runs{0};
  auto strand = Strand::make(executor, [&] { runs.fetch_add(1); });
  strand->close();
  strand->wake();
  auto other = Strand::make(executor, [] {});
  other->wake();
  other->close();
  EXPECT_EQ(runs.load(), 0);
}

TEST(ByteQueue, StopsItsWriterWhenFullAndLetsALargeElementInWhenEmpty) {
  ByteQueue<int> queue(10);
  int value = 1;
  EXPECT_TRUE(queue.try_push(value, 100));
  EXPECT_FALSE(queue.try_push(value, 1));
  EXPECT_FALSE(queue.push(value, 1, std::chrono::milliseconds(1)));
  EXPECT_EQ(queue.try_pop(), 1);
  EXPECT_TRUE(queue.try_push(value, 6));
  EXPECT_FALSE(queue.try_push(value, 5));
  queue.close();
  EXPECT_FALSE(queue.try_push(value, 1));
  EXPECT_TRUE(queue.try_pop().has_value());
}

}  // namespace
}  // namespace millrace
