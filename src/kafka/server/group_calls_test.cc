// SPDX-License-Identifier: Apache-2.0
// A group's life and its offsets.
#include "kafka/server/server_test_support.h"
#include "kafka/wire/errors.h"

namespace millrace::kafka {
namespace {

using namespace testing;

using GroupCallsTest = ServerTest;

TEST_F(GroupCallsTest, AGroupJoinsCommitsAndReadsItsOffsets) {
  start();
  Client client(plain());
  JoinGroupRequest join;
  join.group = "dtsgroup";
  join.session_ms = 10'000;
  join.protocol_type = "consumer";
  join.protocols = {{"range", {std::string("\0\0\0\0\0\1\0\4shop\0\0\0\0", 16)}}};
  const auto first = CALL(client, JoinGroup, 5, join);
  EXPECT_EQ(first.error, error::kMemberIdRequired);
  join.member = first.member;
  const auto joined = CALL(client, JoinGroup, 5, join);
  EXPECT_EQ(joined.generation, 1);
  SyncGroupRequest sync;
  sync.group = "dtsgroup";
  sync.generation = 1;
  sync.member = joined.member;
  sync.assignments = {{joined.member, {"share"}}};
  EXPECT_EQ(CALL(client, SyncGroup, 3, sync).assignment.data, "share");
  OffsetCommitRequest commit;
  commit.group = "dtsgroup";
  commit.generation = 1;
  commit.member = joined.member;
  commit.topics = {{"shop", {{0, 42, 0, -1, "1700000000"}}}, {"other", {{0, 1, 0, -1, "x"}}}};
  const auto committed = CALL(client, OffsetCommit, 7, commit);
  EXPECT_EQ(committed.topics.at(0).partitions.at(0).error, 0);
  EXPECT_EQ(committed.topics.at(1).partitions.at(0).error, error::kTopicAuthorizationFailed);
  for (int16_t version = 1; version <= 9; ++version) {
    OffsetFetchRequest fetch;
    fetch.group = "dtsgroup";
    fetch.topics.emplace().push_back({"shop", {0, 1}});
    fetch.groups = {{"dtsgroup", std::nullopt, -1, fetch.topics}};
    const auto fetched = CALL(client, OffsetFetch, version, fetch);
    const auto& topics = version >= 8 ? fetched.groups.at(0).topics : fetched.topics;
    EXPECT_EQ(topics.at(0).partitions.at(0).offset, 42) << version;
    EXPECT_EQ(topics.at(0).partitions.at(0).metadata, "1700000000");
    EXPECT_EQ(topics.at(0).partitions.at(1).offset, -1);
    EXPECT_EQ(topics.at(0).partitions.at(1).error, 0);
  }
  OffsetFetchRequest everything;
  everything.group = "dtsgroup";
  EXPECT_EQ(CALL(client, OffsetFetch, 5, everything).topics.at(0).partitions.at(0).offset, 42);

  const auto view = server->group("dtsgroup");
  ASSERT_TRUE(view);
  EXPECT_EQ(view->state, GroupState::kStable);
  EXPECT_EQ(view->members.at(0).topics, std::vector<std::string>{"shop"});
  EXPECT_EQ(view->members.at(0).client_id, "test");
  EXPECT_EQ(view->offsets.at(0).offset, 42);
  EXPECT_FALSE(server->reset_offset("dtsgroup", "shop", 7, ""));
  EXPECT_FALSE(server->delete_group("dtsgroup", false));
  LeaveGroupRequest leave;
  leave.group = "dtsgroup";
  leave.member = joined.member;
  EXPECT_EQ(CALL(client, LeaveGroup, 1, leave).error, 0);
  EXPECT_TRUE(server->reset_offset("dtsgroup", "shop", 7, ""));
  EXPECT_EQ(server->group("dtsgroup")->offsets.at(0).offset, 7);
  EXPECT_TRUE(server->clear_offset("dtsgroup", "shop"));
  EXPECT_TRUE(server->group("dtsgroup")->offsets.empty());
}

TEST_F(GroupCallsTest, AForeignGroupIsRefusedEverywhere) {
  start();
  Client client(plain());
  JoinGroupRequest join;
  join.group = "foreign";
  EXPECT_EQ(CALL(client, JoinGroup, 5, join).error, error::kGroupAuthorizationFailed);
  HeartbeatRequest beat;
  beat.group = "foreign";
  EXPECT_EQ(CALL(client, Heartbeat, 1, beat).error, error::kGroupAuthorizationFailed);
  OffsetCommitRequest commit;
  commit.group = "foreign";
  commit.topics = {{"shop", {{0, 1, -1, -1, ""}}}};
  EXPECT_EQ(CALL(client, OffsetCommit, 2, commit).topics.at(0).partitions.at(0).error,
            error::kGroupAuthorizationFailed);
  OffsetFetchRequest fetch;
  fetch.group = "foreign";
  fetch.topics.emplace().push_back({"shop", {0}});
  EXPECT_EQ(CALL(client, OffsetFetch, 1, fetch).topics.at(0).partitions.at(0).error,
            error::kGroupAuthorizationFailed);
  EXPECT_EQ(CALL(client, OffsetFetch, 5, fetch).error, error::kGroupAuthorizationFailed);
  DescribeGroupsRequest describe{{"foreign"}, false};
  EXPECT_EQ(CALL(client, DescribeGroups, 4, describe).groups.at(0).error,
            error::kGroupAuthorizationFailed);
  DeleteGroupsRequest remove{{"dtsgroup"}};
  EXPECT_EQ(CALL(client, DeleteGroups, 1, remove).results.at(0).error,
            error::kGroupAuthorizationFailed);
  EXPECT_TRUE(CALL(client, ListGroups, 4, ListGroupsRequest{}).groups.empty());
}

TEST_F(GroupCallsTest, MetadataOfACommitIsLimited) {
  start();
  Client client(plain());
  OffsetCommitRequest commit;
  commit.group = "dtsgroup";
  commit.topics = {{"shop", {{0, 1, -1, -1, std::string(4096, 'm')}}}};
  EXPECT_EQ(CALL(client, OffsetCommit, 2, commit).topics.at(0).partitions.at(0).error, 0);
  commit.topics[0].partitions[0].metadata->push_back('m');
  EXPECT_EQ(CALL(client, OffsetCommit, 2, commit).topics.at(0).partitions.at(0).error,
            error::kOffsetMetadataTooLarge);
}

TEST_F(GroupCallsTest, OffsetsSurviveARestart) {
  start();
  EXPECT_TRUE(server->reset_offset("dtsgroup", "shop", 11, "note"));
  server.reset();
  start();
  EXPECT_EQ(server->group("dtsgroup")->offsets.at(0).metadata, "note");
}

}  // namespace
}  // namespace millrace::kafka
