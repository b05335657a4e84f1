// SPDX-License-Identifier: Apache-2.0
// Offsets looked up by time.
#include "kafka/server/server_test_support.h"
#include "kafka/wire/errors.h"

namespace millrace::kafka {
namespace {

using namespace testing;

class TimeLookUp : public ServerTest {
 protected:
  ListOffsetsPartition ask(int64_t timestamp, int16_t version = 5) {
    Client client(plain());
    ListOffsetsRequest request;
    request.topics = {{"shop", {{0, -1, timestamp}}}};
    return CALL(client, ListOffsets, version, request).topics.at(0).partitions.at(0);
  }
  void SetUp() override {
    start();
    backend.log("shop")->append("a", 1'700'000'000'500);
    backend.log("shop")->append("b", 1'700'000'010'000);
    backend.set_now(1'700'000'020'000);
  }
};

TEST_F(TimeLookUp, MillisecondsAreAnsweredInMilliseconds) {
  EXPECT_EQ(ask(1'700'000'000'000).timestamp, 1'700'000'000'500);
  EXPECT_EQ(ask(1'700'000'000'501).offset, 1);
}
TEST_F(TimeLookUp, SecondsAreAnsweredInSeconds) {
  EXPECT_EQ(ask(1'700'000'000).offset, 0);
  EXPECT_EQ(ask(1'700'000'000).timestamp, 1'700'000'000);
  EXPECT_EQ(ask(1'700'000'001).offset, 1);
  EXPECT_EQ(ask(1'700'000'001).timestamp, 1'700'000'010);
}
TEST_F(TimeLookUp, BetweenTheNewestRecordAndNowIsTheEnd) {
  EXPECT_EQ(ask(1'700'000'015).offset, 2);
  EXPECT_EQ(ask(1'700'000'015).timestamp, 1'700'000'015);
  EXPECT_EQ(ask(1'700'000'015'123).timestamp, 1'700'000'015'123);
}
TEST_F(TimeLookUp, LaterThanNowIsNoMatch) {
  EXPECT_EQ(ask(1'700'000'021).offset, -1);
  EXPECT_EQ(ask(1'700'000'021).timestamp, -1);
  EXPECT_EQ(ask(1'700'000'021).error, 0);
}
TEST_F(TimeLookUp, NowIsNeverEarlierThanTheNewestRecord) {
  backend.set_now(1'600'000'000'000);
  EXPECT_EQ(ask(1'700'000'010).offset, 1);
}
TEST_F(TimeLookUp, SpecialValuesBelongToTheirVersions) {
  EXPECT_EQ(ask(-1).offset, 2);
  EXPECT_EQ(ask(-1).timestamp, -1);
  EXPECT_EQ(ask(-2).offset, 0);
  EXPECT_EQ(ask(-3, 6).error, error::kUnsupportedVersion);
  EXPECT_EQ(ask(-3, 7).offset, 1);
  EXPECT_EQ(ask(-4, 7).error, error::kUnsupportedVersion);
  EXPECT_EQ(ask(-4, 8).offset, 0);
  EXPECT_EQ(ask(-5, 9).offset, -1);
  EXPECT_EQ(ask(-6, 10).error, error::kUnsupportedVersion);
}

TEST_F(ServerTest, TheSamePartitionTwiceInListOffsetsIsInvalid) {
  start();
  Client client(plain());
  ListOffsetsRequest request;
  request.topics = {{"shop", {{0, -1, -1}, {0, -1, -2}}}};
  const auto response = CALL(client, ListOffsets, 2, request);
  EXPECT_EQ(response.topics.at(0).partitions.at(0).error, 0);
  EXPECT_EQ(response.topics.at(0).partitions.at(1).error, error::kInvalidRequest);
}

}  // namespace
}  // namespace millrace::kafka
