// SPDX-License-Identifier: Apache-2.0
#include "control/lag.h"

#include <gtest/gtest.h>

#include "control/fake_log.h"

namespace millrace::control {
namespace {

constexpr size_t kAll = 1 << 20;

TEST(Lag, IsZeroAtTheEnd) {
  FakeLog log;
  log.add_commit(1000);
  const Lag lag = *measure_lag(log, {1}, kAll);
  EXPECT_EQ(lag.records, 0);
  EXPECT_EQ(lag.heartbeats, 0);
  EXPECT_EQ(lag.delay_ms(9000), 0);
  EXPECT_EQ(lag.read_to_ms, 1000);
}

TEST(Lag, IsZeroWhenOnlyHeartbeatsAreUnread) {
  FakeLog log;
  log.add_commit(1000);
  log.add_heartbeat(2000);
  log.add_heartbeat(3000);
  const Lag lag = *measure_lag(log, {1}, kAll);
  EXPECT_EQ(lag.records, 0);
  EXPECT_EQ(lag.heartbeats, 2);
  EXPECT_EQ(lag.delay_ms(9000), 0);
}

TEST(Lag, CountsFromTheOldestUnreadRecordThatIsNoHeartbeat) {
  FakeLog log;
  log.add_heartbeat(1000);
  log.add_commit(2000);
  log.add_heartbeat(3000);
  log.add_commit(4000);
  const Lag lag = *measure_lag(log, {0}, kAll);
  EXPECT_EQ(lag.records, 2);
  EXPECT_EQ(lag.heartbeats, 2);
  EXPECT_TRUE(lag.exact);
  EXPECT_EQ(lag.delay_ms(9000), 7000);
  EXPECT_EQ(lag.delay_ms(1500), 0);  // our clock is behind
  EXPECT_EQ(lag.read_to_ms, std::nullopt);
}

TEST(Lag, SaysThatItDidNotReadAll) {
  FakeLog log;
  for (int i = 0; i < 10; ++i) log.add_heartbeat(1000);
  const Lag lag = *measure_lag(log, {0}, 1);
  EXPECT_FALSE(lag.exact);
  EXPECT_EQ(lag.records + lag.heartbeats, 10);
}

TEST(Lag, TellsWhatRetentionTook) {
  FakeLog log;
  for (int i = 0; i < 5; ++i) log.add_commit(1000);
  log.cut_to(3);
  const Lag lag = *measure_lag(log, {1}, kAll);
  EXPECT_EQ(lag.lost, 2);
  EXPECT_EQ(lag.records, 2);
}

TEST(Lag, APositionPastTheEndIsNotBehind) {
  FakeLog log;
  log.add_commit(1000);
  const Lag lag = *measure_lag(log, {99}, kAll);
  EXPECT_EQ(lag.records, 0);
  EXPECT_EQ(lag.lost, 0);
}

}  // namespace
}  // namespace millrace::control
