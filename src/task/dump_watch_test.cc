// SPDX-License-Identifier: Apache-2.0
#include "task/dump_watch.h"

#include <gtest/gtest.h>

#include <vector>

namespace millrace::task {
namespace {

class DumpWatchTest : public testing::Test {
 protected:
  // An event of this type; a heartbeat's text is the place that it tells.
  Status event(uint8_t type, std::string_view text = "bin.000001:99") {
    std::vector<std::byte> raw(4, std::byte{now_++});
    raw.push_back(std::byte{type});
    const Bytes body = as_bytes(text);
    raw.insert(raw.end(), body.begin(), body.end());
    return watch_.event(raw);
  }
  Status beat(std::string_view text = "bin.000001:99") {
    clock_.advance_ms(1000);
    return event(27, text);
  }
  int beats_until_error(int most) {
    for (int n = 1; n <= most; ++n)
      if (!beat()) return n;
    return 0;
  }

  io::SimClock clock_;
  change::Position end_{"bin.000001", 99, ""};
  Status refusal_ = Done{};
  int asked_ = 0;
  uint8_t now_ = 0;
  DumpWatch watch_{clock_, [this]() -> Result<change::Position> {
                     ++asked_;
                     if (!refusal_) return refusal_.error();
                     return end_;
                   }};
};

constexpr uint8_t kXid = 16;

TEST_F(DumpWatchTest, AQuietSourceIsAskedNowAndThenAndThatIsAll) {
  EXPECT_EQ(beats_until_error(100), 0);
  EXPECT_GT(asked_, 10);
  EXPECT_LT(asked_, 30);
}

TEST_F(DumpWatchTest, ALogThatGoesOnWithoutTheDumpIsNoticed) {
  EXPECT_EQ(beats_until_error(10), 0);
  end_ = {"bin.000001", 4, ""};
  EXPECT_GT(beats_until_error(20), 3);
}

TEST_F(DumpWatchTest, WhatComesRightAfterTheQuestionIsNoStandstill) {
  for (uint64_t n = 0; n < 50; ++n) {
    EXPECT_EQ(beats_until_error(6), 0);
    end_.offset = 100 + n;  // committed, and asked for before it came
    EXPECT_TRUE(beat() && beat());
    EXPECT_TRUE(event(kXid));
  }
}

TEST_F(DumpWatchTest, ADumpThatSkipsIsNoStandstill) {
  for (uint64_t n = 0; n < 50; ++n) {
    end_.offset = 100 + n;
    EXPECT_TRUE(beat("bin.000001:" + std::to_string(n)));
  }
}

TEST_F(DumpWatchTest, ASourceThatDoesNotAnswerIsAnError) {
  refusal_ = Error{Errc::kUnavailable, "gone"};
  EXPECT_EQ(beats_until_error(10), 1);
}

TEST_F(DumpWatchTest, EventsAloneAskNothing) {
  for (int n = 0; n < 100; ++n) EXPECT_TRUE(event(kXid));
  EXPECT_EQ(asked_, 0);
  EXPECT_TRUE(watch_.event({}));
}

}  // namespace
}  // namespace millrace::task
