// SPDX-License-Identifier: Apache-2.0
#include "cmd/millrace/group_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace millrace::cmd {
namespace {

kafka::GroupRecord group() {
  kafka::GroupRecord group;
  group.id = "g";
  group.protocol_type = "consumer";
  group.protocol = "range";
  group.leader = "m1";
  group.generation = 7;
  group.state_since_ms = 1'700'000'000'000;
  for (const char* id : {"m1", "m2"}) {
    group.members.push_back({.id = id,
                             .instance_id = "",
                             .client_id = "kcat",
                             .host = "/127.0.0.1",
                             .session_timeout_ms = 30'000,
                             .rebalance_timeout_ms = 60'000,
                             .metadata = std::string("\0\1\xFF", 3),
                             .assignment = "a"});
  }
  return group;
}

TEST(GroupRecord, ComesBackAsItWas) {
  const Result<kafka::GroupRecord> back = decode_group("g", encode_group(group()));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(*back, group());
}

TEST(GroupRecord, EveryTruncationIsAnErrorAndNeverAnOverread) {
  const std::string whole = encode_group(group());
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::unique_ptr<char[]> cut(new char[size]);
    std::copy_n(whole.data(), size, cut.get());
    EXPECT_FALSE(decode_group("g", {cut.get(), size})) << size;
  }
}

TEST(GroupRecord, RefusesWhatFollowsAndWhatIsNewer) {
  EXPECT_EQ(decode_group("g", encode_group(group()) + "x").error().code, Errc::kCorrupt);
  std::string newer = encode_group(group());
  newer[0] = 2;
  EXPECT_EQ(decode_group("g", newer).error().code, Errc::kCorrupt);
}

}  // namespace
}  // namespace millrace::cmd
