// SPDX-License-Identifier: Apache-2.0
#include "task/start_order.h"

#include <gtest/gtest.h>

#include <string>

#include "task/accepted.h"

namespace millrace::task {
namespace {

StartOrder order(void (*set)(StartOrder&)) {
  StartOrder out;
  set(out);
  return out;
}

TEST(StartOrder, WordsThatMakeNoSenseTogetherAreInvalid) {
  const StartOrder wrong[] = {
      order([](StartOrder& o) { o.binlog_dir = "/b", o.from = capture::StartPoint{}; }),
      order([](StartOrder& o) { o.binlog_dir = "/b", o.accept_gap = true; }),
      order([](StartOrder& o) { o.binlog_dir = "/b", o.accept_server = true; }),
      order([](StartOrder& o) { o.binlog_dir = "b"; }),
      order([](StartOrder& o) { o.schema_sql = "CREATE TABLE d.t (a INT)", o.accept_gap = true; }),
      order([](StartOrder& o) { o.schema_sql = "CREATE TABLE d.t (a INT"; }),
  };
  for (const StartOrder& one : wrong) {
    const Status status = check_order(one);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::kInvalid);
  }
  EXPECT_TRUE(check_order(StartOrder{}));
  EXPECT_TRUE(check_order(order([](StartOrder& o) {
    o.from = capture::StartPoint{}, o.accept_gap = o.accept_server = true;
    o.schema_sql = "CREATE TABLE d.t (a INT)";
  })));
}

TEST(Accepted, ComesBackFromTheHistoryAndTagsItsMarker) {
  Accepted lost;
  lost.what = Accepted::What::kLostXa;
  lost.reason = "a \"word\"\n";
  lost.from = position_text({"bin.000001", 4, "u:1-5"});
  lost.to = "bin.000002:4";
  lost.time_ms = 1'700'000'000'000;
  lost.place = {"bin.000001", uint64_t{5} << 32, "u:6"};
  const auto back = parse_accepted(accepted_text(lost));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(back->what, lost.what);
  EXPECT_EQ(back->place, lost.place);
  EXPECT_EQ(accepted_text(*back), accepted_text(lost));
  const auto tags = marker_tags(*back);
  ASSERT_EQ(tags.size(), 4U);
  EXPECT_EQ(tags[0], format::Tag("millrace.event", "lost_xa"));
  EXPECT_EQ(tags[2], format::Tag("millrace.from", "bin.000001:4 u:1-5"));
  EXPECT_FALSE(parse_accepted("{}"));
  EXPECT_FALSE(parse_accepted("no"));
}

}  // namespace
}  // namespace millrace::task
