// SPDX-License-Identifier: Apache-2.0
#include "kafka/group/coordinator.h"

#include <gtest/gtest.h>

#include <array>
#include <map>

#include "kafka/testing.h"
#include "kafka/wire/errors.h"

namespace millrace::kafka {
namespace {

using testing::FakePersistence;

// A coordinator, its clock, and clients that remember what they were answered.
class CoordinatorTest : public ::testing::Test {
 protected:
  struct Client {
    std::optional<JoinGroupResponse> joined;
    std::optional<SyncGroupResponse> synced;
    int joins_answered = 0, syncs_answered = 0;
    std::string id() const { return joined ? joined->member : ""; }
  };

  CoordinatorTest() { make(); }
  void make() {
    groups = std::make_unique<Coordinator>(store, limits,
                                           [this] { return "uuid" + std::to_string(++uuids); });
    EXPECT_TRUE(groups->load(now));
  }
  void pass(int64_t ms) {
    // Every timer on its way fires at its own time.
    const int64_t end = now.ms + ms;
    while (groups->next_deadline_ms() <= end) {
      now.ms = std::max(now.ms, groups->next_deadline_ms());
      groups->advance(now);
    }
    now.ms = end;
    now.wall_ms += ms;
  }
  JoinGroupRequest join_request(const std::string& member = "", const std::string& instance = "",
                                const std::string& metadata = "m") {
    JoinGroupRequest request;
    request.group = "g";
    request.session_ms = 10'000;
    request.rebalance_ms = 60'000;
    request.member = member;
    if (!instance.empty()) request.instance = instance;
    request.protocol_type = "consumer";
    request.protocols = {{"range", {metadata}}};
    return request;
  }
  void join(Client& client, JoinGroupRequest request, int16_t version = 9,
            uint64_t connection = 1) {
    groups->join(now, Caller{version, "app", "/127.0.0.1", connection}, std::move(request),
                 [&client](JoinGroupResponse response) {
                   client.joined = std::move(response);
                   ++client.joins_answered;
                 });
  }
  // Both steps of a dynamic member: an ID first, then the join itself.
  void arrive(Client& client) {
    join(client, join_request());
    ASSERT_EQ(client.joined->error, error::kMemberIdRequired);
    join(client, join_request(client.joined->member));
  }
  void sync(Client& client, const std::vector<std::pair<std::string, std::string>>& shares = {},
            int16_t version = 5) {
    SyncGroupRequest request;
    request.group = "g";
    request.generation = client.joined->generation;
    request.member = client.id();
    request.protocol_type = "consumer";
    request.protocol = "range";
    for (const auto& [member, share] : shares) request.assignments.push_back({member, {share}});
    groups->sync(now, Caller{version, "app", "/127.0.0.1", 1}, request,
                 [&client](SyncGroupResponse response) {
                   client.synced = std::move(response);
                   ++client.syncs_answered;
                 });
  }
  int16_t heartbeat(const Client& client, int32_t generation = -2) {
    HeartbeatRequest request;
    request.group = "g";
    request.member = client.id();
    request.generation = generation == -2 ? client.joined->generation : generation;
    return groups->heartbeat(now, request);
  }
  int16_t leave(const std::string& member) {
    LeaveGroupRequest request;
    request.group = "g";
    request.member = member;
    return groups->leave(now, 2, request).error;
  }
  int16_t commit(int32_t generation, const std::string& member, int64_t offset,
                 int16_t version = 8) {
    Commit commit{.group = "g",
                  .generation = generation,
                  .member = member,
                  .instance = "",
                  .version = version,
                  .offsets = {}};
    commit.offsets.push_back({"shop", 0, offset, 0, "meta", 0});
    int16_t outcome = -100;
    groups->commit(now, std::move(commit), [&](int16_t error) { outcome = error; });
    groups->flush();
    return outcome;
  }
  GroupState state() const { return groups->find("g")->state; }
  // One member, stable.
  void settle(Client& client) {
    arrive(client);
    pass(limits.initial_rebalance_delay_ms);
    sync(client, {{client.id(), "all"}});
    ASSERT_EQ(state(), GroupState::kStable);
  }
  // A second one beside it, stable again.
  void settle(Client& first, Client& second) {
    settle(first);
    arrive(second);
    join(first, join_request(first.id()));
    ASSERT_EQ(second.joined->error, 0);
    sync(second);
    sync(first, {{first.id(), "a"}, {second.id(), "b"}});
    ASSERT_EQ(state(), GroupState::kStable);
  }

  FakePersistence store;
  Limits limits;
  Now now{1'000'000, 1'700'000'000'000};
  int uuids = 0;
  std::unique_ptr<Coordinator> groups;
};

TEST_F(CoordinatorTest, ANamelessMemberIsGivenAnIdAndJoinsWithIt) {
  Client a;
  join(a, join_request());
  EXPECT_EQ(a.joined->error, error::kMemberIdRequired);
  EXPECT_EQ(a.joined->member, "app-uuid1");
  join(a, join_request("app-uuid1"));
  EXPECT_EQ(a.joins_answered, 1) << "parked while the group waits for others";
  pass(limits.initial_rebalance_delay_ms);
  EXPECT_EQ(a.joined->error, 0);
  EXPECT_EQ(a.joined->generation, 1);
  EXPECT_EQ(a.joined->leader, a.id());
  EXPECT_EQ(a.joined->members.size(), 1U);
}

TEST_F(CoordinatorTest, AnOldClientJoinsInOneStep) {
  Client a;
  join(a, join_request(), 3);
  EXPECT_EQ(a.joins_answered, 0);
  pass(limits.initial_rebalance_delay_ms);
  EXPECT_EQ(a.joined->error, 0);
}

TEST_F(CoordinatorTest, OnlyTheLeaderSeesTheMembers) {
  Client a, b;
  settle(a, b);
  EXPECT_EQ(a.joined->members.size(), 2U);
  EXPECT_TRUE(b.joined->members.empty());
  EXPECT_EQ(b.joined->leader, a.id());
  EXPECT_EQ(a.synced->assignment.data, "a");
  EXPECT_EQ(b.synced->assignment.data, "b");
}

TEST_F(CoordinatorTest, NewcomersExtendTheInitialDelayButNotForEver) {
  Client a, b;
  join(a, join_request(), 3);
  pass(limits.initial_rebalance_delay_ms - 1);
  join(b, join_request(), 3);
  pass(2);
  EXPECT_EQ(a.joins_answered, 0);
  pass(limits.initial_rebalance_delay_ms);
  EXPECT_EQ(a.joined->generation, 1);
  EXPECT_EQ(a.joined->members.size(), 2U);
}

TEST_F(CoordinatorTest, AnUnchangedFollowerIsAnsweredAtOnce) {
  Client a, b;
  settle(a, b);
  join(b, join_request(b.id()));
  EXPECT_EQ(b.joined->generation, 2);
  EXPECT_EQ(state(), GroupState::kStable);
}

TEST_F(CoordinatorTest, ALeaderThatJoinsAgainStartsARebalance) {
  Client a, b;
  settle(a, b);
  join(a, join_request(a.id()));
  EXPECT_EQ(state(), GroupState::kPreparingRebalance);
  EXPECT_EQ(heartbeat(b), error::kRebalanceInProgress);
}

TEST_F(CoordinatorTest, AChangedSubscriptionStartsARebalance) {
  Client a, b;
  settle(a, b);
  join(b, join_request(b.id(), "", "other topics"));
  EXPECT_EQ(state(), GroupState::kPreparingRebalance);
}

TEST_F(CoordinatorTest, HeartbeatsAreFineWhileTheLeaderAssigns) {
  Client a;
  arrive(a);
  pass(limits.initial_rebalance_delay_ms);
  EXPECT_EQ(state(), GroupState::kCompletingRebalance);
  EXPECT_EQ(heartbeat(a), 0);
  EXPECT_EQ(heartbeat(a, 7), error::kIllegalGeneration);
  Client stranger;
  stranger.joined = a.joined;
  stranger.joined->member = "nobody";
  EXPECT_EQ(heartbeat(stranger), error::kUnknownMemberId);
}

TEST_F(CoordinatorTest, ASilentMemberIsRemovedAndTheOthersGoOn) {
  Client a, b;
  settle(a, b);
  pass(9'000);
  EXPECT_EQ(heartbeat(a), 0);
  pass(2'000);
  EXPECT_EQ(heartbeat(a), error::kRebalanceInProgress);
  join(a, join_request(a.id()));
  EXPECT_EQ(a.joined->generation, 3);
  EXPECT_EQ(a.joined->members.size(), 1U);
}

TEST_F(CoordinatorTest, TheLastOneOutLeavesAnEmptyGroupThatIsKept) {
  Client a;
  settle(a);
  EXPECT_EQ(leave(a.id()), 0);
  EXPECT_EQ(state(), GroupState::kEmpty);
  EXPECT_TRUE(store.groups.at("g").members.empty());
  EXPECT_EQ(leave(a.id()), error::kUnknownMemberId);
}

TEST_F(CoordinatorTest, APromisedMemberThatNeverComesHoldsTheOthersForItsSessionOnly) {
  Client a, pending;
  settle(a);
  join(pending, join_request());
  ASSERT_EQ(pending.joined->error, error::kMemberIdRequired);
  join(a, join_request(a.id()));
  EXPECT_EQ(state(), GroupState::kPreparingRebalance);
  pass(10'000);
  EXPECT_EQ(state(), GroupState::kCompletingRebalance);
  EXPECT_EQ(a.joined->generation, 2);
}

TEST_F(CoordinatorTest, MembersThatDoNotJoinInTimeAreLeftOut) {
  Client a, b;
  settle(a, b);
  join(a, join_request(a.id()));
  for (int i = 0; i < 13; ++i) {  // b lives, and does not join
    pass(5'000);
    heartbeat(b);
  }
  EXPECT_EQ(a.joined->generation, 3);
  EXPECT_EQ(a.joined->members.size(), 1U);
  EXPECT_EQ(heartbeat(b), error::kUnknownMemberId);
}

TEST_F(CoordinatorTest, ALeaderThatNeverAssignsIsReplaced) {
  Client a, b;
  settle(a, b);
  join(a, join_request(a.id()));
  join(b, join_request(b.id()));
  ASSERT_EQ(state(), GroupState::kCompletingRebalance);
  sync(b);
  EXPECT_EQ(b.syncs_answered, 1) << "parked: the first was of the generation before";
  pass(11'000);  // the leader's session ends
  EXPECT_EQ(b.synced->error, error::kRebalanceInProgress);
  join(b, join_request(b.id()));
  EXPECT_EQ(b.joined->leader, b.id());
}

TEST_F(CoordinatorTest, AMemberThatNeverSyncsIsRemovedEvenIfItHeartbeats) {
  Client a, b;
  settle(a);
  arrive(b);
  join(a, join_request(a.id()));
  sync(a, {{a.id(), "a"}, {b.id(), "b"}});
  EXPECT_EQ(state(), GroupState::kStable);
  for (int i = 0; i < 13; ++i) {
    pass(5'000);
    heartbeat(a);
    heartbeat(b);
  }
  EXPECT_EQ(heartbeat(b), error::kUnknownMemberId);
}

TEST_F(CoordinatorTest, SyncIsRefusedByGenerationMemberAndProtocol) {
  Client a;
  settle(a);
  Client wrong = a;
  wrong.joined->generation = 0;
  sync(wrong);
  EXPECT_EQ(wrong.synced->error, error::kIllegalGeneration);
  wrong = a;
  wrong.joined->member = "nobody";
  sync(wrong);
  EXPECT_EQ(wrong.synced->error, error::kUnknownMemberId);
  SyncGroupRequest request;
  request.group = "g";
  request.generation = 1;
  request.member = a.id();
  request.protocol_type = "consumer";
  request.protocol = "roundrobin";
  int16_t error = 0;
  groups->sync(now, Caller{5, "app", "", 1}, request,
               [&](SyncGroupResponse response) { error = response.error; });
  EXPECT_EQ(error, error::kInconsistentGroupProtocol);
}

TEST_F(CoordinatorTest, AMemberThatTheLeaderForgotGetsAnEmptyShare) {
  Client a, b;
  settle(a);
  arrive(b);
  join(a, join_request(a.id()));
  sync(b);
  sync(a, {{a.id(), "everything"}});
  EXPECT_EQ(b.synced->error, 0);
  EXPECT_EQ(b.synced->assignment.data, "");
}

TEST_F(CoordinatorTest, SessionTimeoutsOutsideTheLimitsAreRefused) {
  for (const int32_t session : {5'999, 1'800'001}) {
    Client a;
    JoinGroupRequest request = join_request();
    request.session_ms = session;
    join(a, request);
    EXPECT_EQ(a.joined->error, error::kInvalidSessionTimeout);
  }
}

TEST_F(CoordinatorTest, AFullGroupAdmitsNoMoreButKeepsItsOwn) {
  limits.max_group_members = 2;
  make();
  Client a, b, c;
  settle(a, b);
  join(c, join_request());
  EXPECT_EQ(c.joined->error, error::kGroupMaxSizeReached);
  join(b, join_request(b.id()));
  EXPECT_EQ(b.joined->error, 0);
}

TEST_F(CoordinatorTest, WithoutACommonProtocolNobodyJoins) {
  Client a, b;
  settle(a);
  JoinGroupRequest request = join_request();
  request.protocols = {{"roundrobin", {"m"}}};
  join(b, request);
  EXPECT_EQ(b.joined->error, error::kInconsistentGroupProtocol);
  request = join_request();
  request.protocol_type = "connect";
  join(b, request);
  EXPECT_EQ(b.joined->error, error::kInconsistentGroupProtocol);
}

TEST_F(CoordinatorTest, TheProtocolThatAllHaveAndMostPreferIsChosen) {
  Client a, b;
  JoinGroupRequest request = join_request();
  request.protocols = {{"cooperative", {"1"}}, {"range", {"2"}}, {"range", {"again"}}};
  join(a, request, 3);
  request.protocols = {{"range", {"3"}}};
  join(b, request, 3);
  pass(2 * limits.initial_rebalance_delay_ms);
  EXPECT_EQ(a.joined->protocol, "range");
  EXPECT_EQ(a.joined->members.at(0).metadata.data, "2");
}

TEST_F(CoordinatorTest, AStaticMemberComesBackWithoutARebalance) {
  Client a, b;
  join(a, join_request("", "one"));
  join(b, join_request("", "two"));
  pass(2 * limits.initial_rebalance_delay_ms);
  sync(a, {{a.id(), "a"}, {b.id(), "b"}});
  sync(b);
  ASSERT_EQ(state(), GroupState::kStable);
  Client again;
  join(again, join_request("", "two"));
  EXPECT_EQ(again.joined->error, 0);
  EXPECT_EQ(again.joined->generation, 1);
  EXPECT_NE(again.id(), b.id());
  EXPECT_EQ(state(), GroupState::kStable);
  sync(again);
  EXPECT_EQ(again.synced->assignment.data, "b");
  HeartbeatRequest zombie;
  zombie.group = "g";
  zombie.generation = 1;
  zombie.member = b.id();
  zombie.instance = "two";
  EXPECT_EQ(groups->heartbeat(now, zombie), error::kFencedInstanceId);
}

TEST_F(CoordinatorTest, AStaticLeaderThatComesBackDoesNotAssignAgain) {
  Client a;
  join(a, join_request("", "one"));
  pass(limits.initial_rebalance_delay_ms);
  sync(a, {{a.id(), "a"}});
  Client newer;
  join(newer, join_request("", "one"), 9);
  EXPECT_TRUE(newer.joined->skip_assignment);
  EXPECT_EQ(newer.joined->leader, newer.id());
  EXPECT_EQ(newer.joined->members.size(), 1U);
  Client older;
  join(older, join_request("", "one"), 8);
  EXPECT_EQ(older.joined->leader, newer.id()) << "told that another leads";
  EXPECT_TRUE(older.joined->members.empty());
}

TEST_F(CoordinatorTest, AStaticMemberCanBeRemovedByItsInstance) {
  Client a;
  join(a, join_request("", "one"));
  pass(limits.initial_rebalance_delay_ms);
  LeaveGroupRequest request;
  request.group = "g";
  request.members = {{"", "one", std::nullopt}, {"", "nobody", std::nullopt}};
  const LeaveGroupResponse response = groups->leave(now, 4, request);
  EXPECT_EQ(response.error, 0);
  EXPECT_EQ(response.members.at(0).error, 0);
  EXPECT_EQ(response.members.at(1).error, error::kUnknownMemberId);
}

TEST_F(CoordinatorTest, AStaticMemberRemovedByItsInstanceLeavesItsShareToTheOthers) {
  Client a, b;
  join(a, join_request("", "one"));
  pass(limits.initial_rebalance_delay_ms);
  sync(a, {{a.id(), "all"}});
  arrive(b);
  join(a, join_request(a.id(), "one"));
  sync(b);
  sync(a, {{a.id(), "half"}, {b.id(), "half"}});
  ASSERT_EQ(state(), GroupState::kStable);
  LeaveGroupRequest request;
  request.group = "g";
  request.members = {{"", "one", std::nullopt}};
  EXPECT_EQ(groups->leave(now, 4, request).members.at(0).error, 0);
  EXPECT_EQ(heartbeat(b), error::kRebalanceInProgress);
  join(b, join_request(b.id()));
  sync(b, {{b.id(), "all"}});
  EXPECT_EQ(b.synced->assignment.data, "all");
  EXPECT_EQ(heartbeat(a), error::kUnknownMemberId);
}

TEST_F(CoordinatorTest, OfThreeMembersOneLeavesAndTwoShareAnew) {
  Client a, b, c;
  settle(a, b);
  arrive(c);
  join(a, join_request(a.id()));
  join(b, join_request(b.id()));
  sync(b);
  sync(c);
  sync(a, {{a.id(), "1"}, {b.id(), "2"}, {c.id(), "3"}});
  ASSERT_EQ(state(), GroupState::kStable);
  const int32_t before = a.joined->generation;
  EXPECT_EQ(leave(c.id()), 0);
  EXPECT_EQ(heartbeat(a), error::kRebalanceInProgress);
  EXPECT_EQ(heartbeat(b), error::kRebalanceInProgress);
  EXPECT_EQ(heartbeat(c), error::kUnknownMemberId);
  join(a, join_request(a.id()));
  join(b, join_request(b.id()));
  EXPECT_EQ(a.joined->generation, before + 1);
  EXPECT_EQ(a.joined->members.size(), 2U);
  sync(b);
  sync(a, {{a.id(), "1"}, {b.id(), "2 and 3"}});
  EXPECT_EQ(b.synced->assignment.data, "2 and 3");
}

TEST_F(CoordinatorTest, AnEmptyGroupKnowsNoMember) {
  Client a;
  settle(a);
  EXPECT_EQ(leave(a.id()), 0);
  EXPECT_EQ(state(), GroupState::kEmpty);
  EXPECT_EQ(heartbeat(a), error::kUnknownMemberId);
}

TEST_F(CoordinatorTest, AnotherProtocolsBlobsPassUnread) {
  Client worker;
  JoinGroupRequest request = join_request("", "", std::string("\xff\xfe\0 no subscription", 19));
  request.protocol_type = "connect";
  request.protocols[0].name = "sessioned";
  join(worker, request);
  request.member = worker.joined->member;
  join(worker, request);
  pass(limits.initial_rebalance_delay_ms);
  ASSERT_EQ(worker.joined->error, 0);
  EXPECT_EQ(worker.joined->members.at(0).metadata.data, request.protocols[0].metadata.data);
  const std::string share("\0\xff opaque", 9);
  SyncGroupRequest sync{"g", 1, worker.id(), {}, "connect", "sessioned", {{worker.id(), {share}}}};
  groups->sync(now, Caller{5, "app", "/127.0.0.1", 1}, sync,
               [&](SyncGroupResponse response) { worker.synced = std::move(response); });
  EXPECT_EQ(worker.synced->assignment.data, share);
  EXPECT_TRUE(groups->find("g")->view().members.at(0).topics.empty());
  Client consumer;
  join(consumer, join_request());
  EXPECT_EQ(consumer.joined->error, error::kInconsistentGroupProtocol);
}

TEST_F(CoordinatorTest, WhatMembersSayOfThemselvesIsBounded) {
  limits.max_member_metadata_bytes = 100;
  limits.max_group_metadata_bytes = 150;
  make();
  Client a, b;
  join(a, join_request("", "", std::string(101, 'm')));
  EXPECT_EQ(a.joined->error, error::kInconsistentGroupProtocol);
  join(a, join_request("", "one", std::string(90, 'm')));
  join(b, join_request("", "two", std::string(90, 'm')));
  EXPECT_EQ(b.joined->error, error::kGroupMaxSizeReached);
  join(b, join_request("", "two", std::string(40, 'm')));
  pass(limits.initial_rebalance_delay_ms * 2);
  EXPECT_EQ(a.joined->error, 0);
  EXPECT_EQ(b.joined->error, 0);
}

TEST_F(CoordinatorTest, ALostNewcomerThatNeverLearnedItsIdGoesAtOnce) {
  Client a;
  join(a, join_request(), 3, 42);
  groups->connection_closed(now, 42);
  EXPECT_EQ(state(), GroupState::kEmpty);
}

TEST_F(CoordinatorTest, ARetriedJoinAnswersTheEarlierOneToo) {
  Client a, retry;
  settle(a);
  Client b;
  arrive(b);
  Client lost;
  join(lost, join_request(b.id()));
  EXPECT_EQ(b.joined->error, error::kRebalanceInProgress);
  join(a, join_request(a.id()));
  EXPECT_EQ(lost.joined->error, 0);
}

TEST_F(CoordinatorTest, MembersLiveOnAfterARestart) {
  Client a, b;
  settle(a, b);
  make();
  EXPECT_EQ(state(), GroupState::kStable);
  EXPECT_EQ(heartbeat(a), 0);
  EXPECT_EQ(heartbeat(b), 0);
  sync(b);
  EXPECT_EQ(b.synced->assignment.data, "b");
  EXPECT_EQ(commit(2, b.id(), 5), 0);
}

TEST_F(CoordinatorTest, FiveMembersNoticeNothingOfARestart) {
  std::array<Client, 5> clients;
  for (size_t i = 0; i < clients.size(); ++i)
    join(clients[i], join_request("", "i" + std::to_string(i)));
  pass(limits.initial_rebalance_delay_ms * 2);
  for (size_t i = 1; i < clients.size(); ++i) sync(clients[i]);
  std::vector<std::pair<std::string, std::string>> shares;
  for (const Client& client : clients) shares.emplace_back(client.id(), "of " + client.id());
  sync(clients[0], shares);
  ASSERT_EQ(state(), GroupState::kStable);
  const int32_t generation = groups->find("g")->generation;
  make();
  for (Client& client : clients) {
    EXPECT_EQ(heartbeat(client), 0);
    sync(client);
    EXPECT_EQ(client.synced->assignment.data, "of " + client.id());
  }
  pass(9'000);
  for (const Client& client : clients) EXPECT_EQ(heartbeat(client), 0);
  EXPECT_EQ(groups->find("g")->generation, generation);
}

TEST_F(CoordinatorTest, AnAssignmentThatCannotBeKeptIsNotGivenOut) {
  Client a;
  arrive(a);
  pass(limits.initial_rebalance_delay_ms);
  store.broken = true;
  sync(a, {{a.id(), "all"}});
  EXPECT_EQ(a.synced->error, error::kCoordinatorNotAvailable);
  EXPECT_EQ(state(), GroupState::kPreparingRebalance);
}

TEST_F(CoordinatorTest, ASimpleConsumerCommitsWithoutJoining) {
  EXPECT_EQ(commit(-1, "", 7), 0);
  const CommittedOffset kept = groups->find("g")->offsets.at({"shop", 0});
  EXPECT_EQ(kept.offset, 7);
  EXPECT_EQ(kept.metadata, "meta");
  EXPECT_EQ(kept.commit_time_ms, now.wall_ms);
  EXPECT_EQ(commit(-1, "", 3), 0) << "backwards is normal";
}

TEST_F(CoordinatorTest, ACommitOfAGenerationWithoutAGroupIsRefused) {
  EXPECT_EQ(commit(1, "m", 7, 8), error::kIllegalGeneration);
  EXPECT_EQ(commit(1, "m", 7, 9), error::kGroupIdNotFound);
}

TEST_F(CoordinatorTest, CommitsFollowTheGroupsState) {
  Client a;
  settle(a);
  EXPECT_EQ(commit(1, a.id(), 1), 0);
  EXPECT_EQ(commit(0, a.id(), 1), error::kIllegalGeneration);
  EXPECT_EQ(commit(1, "nobody", 1), error::kUnknownMemberId);
  EXPECT_EQ(commit(-1, "", 1), error::kUnknownMemberId) << "an admin must stop the members first";
  Client b;
  arrive(b);
  EXPECT_EQ(commit(1, a.id(), 2), 0) << "before it joins again, a member saves what it has done";
  join(a, join_request(a.id()));
  EXPECT_EQ(commit(2, a.id(), 3), error::kRebalanceInProgress);
}

TEST_F(CoordinatorTest, ACommitKeepsItsMemberAlive) {
  Client a;
  settle(a);
  for (int i = 0; i < 5; ++i) {
    pass(9'000);
    EXPECT_EQ(commit(1, a.id(), i), 0);
  }
}

TEST_F(CoordinatorTest, CommitsThatWaitTogetherAreWrittenTogether) {
  int answered = 0;
  for (int i = 0; i < 10; ++i) {
    Commit commit{.group = "g",
                  .generation = -1,
                  .member = "",
                  .instance = "",
                  .version = 2,
                  .offsets = {{"shop", 0, i, -1, "", 0}}};
    groups->commit(now, std::move(commit), [&](int16_t) { ++answered; });
  }
  EXPECT_EQ(answered, 0);
  groups->flush();
  EXPECT_EQ(answered, 10);
  EXPECT_EQ(store.commit_writes, 1);
  EXPECT_EQ(groups->find("g")->offsets.at({"shop", 0}).offset, 9);
}

TEST_F(CoordinatorTest, ACommitThatCannotBeKeptIsNotShown) {
  EXPECT_EQ(commit(-1, "", 7), 0);
  store.broken = true;
  EXPECT_EQ(commit(-1, "", 8), error::kCoordinatorNotAvailable);
  EXPECT_EQ(groups->find("g")->offsets.at({"shop", 0}).offset, 7);
}

TEST_F(CoordinatorTest, AGroupWithMembersIsDeletedByForceOnly) {
  Client a;
  settle(a);
  EXPECT_EQ(groups->delete_group("g", false), error::kNonEmptyGroup);
  EXPECT_EQ(groups->delete_group("g", true), 0);
  EXPECT_EQ(groups->find("g"), nullptr);
  EXPECT_TRUE(store.groups.empty());
  EXPECT_EQ(heartbeat(a), error::kUnknownMemberId);
  EXPECT_EQ(groups->delete_group("g", false), error::kGroupIdNotFound);
}

TEST_F(CoordinatorTest, ADeletedTopicTakesItsOffsetsAlong) {
  EXPECT_EQ(commit(-1, "", 7), 0);
  EXPECT_EQ(groups->forget_topic("shop"), 0);
  EXPECT_TRUE(groups->find("g")->offsets.empty());
  EXPECT_TRUE(store.offsets.empty());
}

TEST_F(CoordinatorTest, GroupsAndOffsetsNeverExpire) {
  Client a;
  settle(a);
  EXPECT_EQ(commit(1, a.id(), 7), 0);
  EXPECT_EQ(leave(a.id()), 0);
  pass(400LL * 24 * 3600 * 1000);
  EXPECT_EQ(groups->find("g")->offsets.at({"shop", 0}).offset, 7);
}

TEST_F(CoordinatorTest, AnUnknownGroupIsDescribedAsDead) {
  const DescribeGroupsGroup shown = groups->describe("nothing");
  EXPECT_EQ(shown.error, 0);
  EXPECT_EQ(shown.state, "Dead");
}

}  // namespace
}  // namespace millrace::kafka
