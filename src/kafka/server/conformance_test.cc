// SPDX-License-Identifier: Apache-2.0
// Cases of the conformance list (kafka-endpoint spec 7) that no client library can provoke, and
// that belong to no single request: docs/coverage.md says which is which.
#include <filesystem>

#include "kafka/server/server_test_support.h"
#include "kafka/wire/errors.h"

namespace millrace::kafka {
namespace {

using namespace testing;

class ConformanceTest : public ServerTest {
 protected:
  // A frame with this header and body, its length being what it is.
  static Buffer frame(int16_t key, int16_t version, std::string_view body,
                      int32_t correlation = 1) {
    Buffer out;
    out.be(10 + body.size(), 4);
    out.be(static_cast<uint16_t>(key), 2);
    out.be(static_cast<uint16_t>(version), 2);
    out.be(static_cast<uint32_t>(correlation), 4);
    out.be(0xFFFF, 2);  // no client ID
    out.append(body);
    return out;
  }
  static std::vector<int16_t> keys(const ApiVersionsResponse& response) {
    std::vector<int16_t> out;
    for (const auto& each : response.keys) out.push_back(each.key);
    return out;
  }
  static size_t open_files() {
    const std::filesystem::directory_iterator files("/proc/self/fd");
    return static_cast<size_t>(std::distance(begin(files), end(files)));
  }
};

// 7.1

TEST_F(ConformanceTest, AfterABadSoftwareNameTheOldestVersionIsAnswered) {
  start();
  Client client(plain());
  const ApiVersionsRequest bad{"bad name!", "1"};
  EXPECT_EQ(CALL(client, ApiVersions, 3, bad).error, error::kInvalidRequest);
  EXPECT_EQ(CALL(client, ApiVersions, 0, ApiVersionsRequest{}).error, 0);
}

TEST_F(ConformanceTest, VersionsAreTheSameBeforeAndAfterTheLogin) {
  start();
  Client client(sasl());
  const auto before = CALL(client, ApiVersions, 0, ApiVersionsRequest{});
  log_in(client, "cache-dtsgroup", "secret");
  for (int i = 0; i < 3; ++i) {
    const auto after = CALL(client, ApiVersions, 0, ApiVersionsRequest{});
    EXPECT_EQ(after, before);
  }
}

TEST_F(ConformanceTest, TheVersionsThatOldClientsLookForAreThere) {
  for (const ApiKey key : {ApiKey::kFindCoordinator, ApiKey::kJoinGroup, ApiKey::kSyncGroup,
                           ApiKey::kHeartbeat, ApiKey::kLeaveGroup, ApiKey::kSaslHandshake,
                           ApiKey::kSaslAuthenticate, ApiKey::kApiVersions, ApiKey::kMetadata})
    EXPECT_TRUE(find_api(static_cast<int16_t>(key))->serves(0)) << static_cast<int>(key);
  for (const ApiKey key : {ApiKey::kOffsetFetch, ApiKey::kOffsetCommit, ApiKey::kListOffsets})
    EXPECT_TRUE(find_api(static_cast<int16_t>(key))->serves(1)) << static_cast<int>(key);
  EXPECT_TRUE(find_api(0)->serves(3));
  EXPECT_TRUE(find_api(1)->serves(4));
}

TEST_F(ConformanceTest, WhatIsOutsideTheTableClosesAndIsLoggedOnce) {
  start();
  for (const auto& [key, version] : std::vector<std::pair<int16_t, int16_t>>{
           {9999, 0}, {1, 3}, {1, 18}, {11, 99}, {68, 0}, {20, 1}, {37, 0}, {44, 0}, {30, 1}}) {
    Client client(plain());
    client.send_bytes(frame(key, version, std::string(20, '\0')).view());
    EXPECT_TRUE(client.closed()) << key;
  }
  const std::string log = log_text();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
  EXPECT_NE(log.find("API key 9999 version 0"), std::string::npos) << log;
}

TEST_F(ConformanceTest, WhatIsNotServedIsNotAdvertised) {
  start();
  Client client(plain());
  const auto served = keys(CALL(client, ApiVersions, 0, ApiVersionsRequest{}));
  // DeleteTopics, DeleteRecords, transactions, ACLs, AlterConfigs, CreatePartitions, telemetry.
  for (const int key : {20, 21, 24, 25, 26, 27, 28, 30, 31, 33, 37, 43, 44, 51, 71, 72})
    EXPECT_EQ(std::count(served.begin(), served.end(), key), 0) << key;
}

// 7.2

TEST_F(ConformanceTest, AMissingTopicIsNeverMade) {
  start();
  Client boss(sasl());
  log_in(boss, "boss", "bosspass");
  MetadataRequest request;
  request.allow_auto_create = true;
  request.topics.emplace().push_back({Uuid{}, std::string("missing")});
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(CALL(boss, Metadata, 4, request).topics.at(0).error, error::kUnknownTopicOrPartition);
  EXPECT_EQ(CALL(boss, Metadata, 4, MetadataRequest{}).topics.size(), 2U);
}

TEST_F(ConformanceTest, IllegalTopicNamesAreToldApart) {
  start();
  Client client(plain());
  MetadataRequest request;
  request.topics.emplace();
  const std::vector<std::string> names = {"",
                                          ".",
                                          "..",
                                          std::string(250, 'a'),
                                          "a b",
                                          "a/b",
                                          "\xC3\xBC",
                                          "a\nb",
                                          std::string("a\0b", 3),
                                          "\xFF\xFE",
                                          std::string(32'767, 'x')};
  for (const std::string& name : names) request.topics->push_back({Uuid{}, name});
  const auto response = CALL(client, Metadata, 9, request);
  ASSERT_EQ(response.topics.size(), names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(response.topics[i].error, error::kInvalidTopic) << i;
    EXPECT_EQ(response.topics[i].name, names[i]) << "as it was asked for";
  }
}

TEST_F(ConformanceTest, IdsAreTheSameOnEveryListener) {
  start();
  Client one(plain()), other(sasl());
  log_in(other, "cache-dtsgroup", "secret");
  const auto here = CALL(one, Metadata, 12, MetadataRequest{});
  const auto there = CALL(other, Metadata, 12, MetadataRequest{});
  EXPECT_EQ(here.topics, there.topics);
  EXPECT_EQ(here.cluster_id, there.cluster_id);
  EXPECT_EQ(here.controller_id, there.controller_id);
  EXPECT_EQ(here.brokers.at(0).node_id, there.brokers.at(0).node_id);
  FindCoordinatorRequest find;
  find.key = "dtsgroup";
  EXPECT_EQ(CALL(other, FindCoordinator, 3, find).host, "db.example");
  EXPECT_EQ(CALL(one, FindCoordinator, 3, find).port, plain());
}

TEST_F(ConformanceTest, TheLeaderEpochStays) {
  start();
  std::optional<int32_t> epoch;
  for (int round = 0; round < 2; ++round) {
    Client client(plain());
    for (int i = 0; i < 500; ++i) {
      const auto response = CALL(client, Metadata, 7, MetadataRequest{});
      const int32_t now = response.topics.at(0).partitions.at(0).leader_epoch;
      EXPECT_GE(now, 0);
      EXPECT_EQ(now, epoch.value_or(now));
      epoch = now;
    }
    server.reset();
    start();
  }
}

// 7.4

TEST_F(ConformanceTest, EveryVersionFindsTimesAndEpochs) {
  start();
  backend.log("shop")->append("a", 1'700'000'000'000);
  backend.log("shop")->append("b", 1'700'000'010'000);
  backend.set_now(1'700'000'020'000);
  Client client(plain());
  for (int16_t version = 1; version <= 10; ++version) {
    const auto ask = [&](int64_t timestamp) {
      ListOffsetsRequest request;
      request.topics = {{"shop", {{0, -1, timestamp}}}};
      return CALL(client, ListOffsets, version, request).topics.at(0).partitions.at(0);
    };
    EXPECT_EQ(ask(1'700'000'000'000).offset, 0) << version;
    EXPECT_EQ(ask(1'700'000'000'001).offset, 1);
    EXPECT_EQ(ask(1'700'000'000'001).timestamp, 1'700'000'010'000);
    EXPECT_EQ(ask(1'600'000'000).offset, 0);
    EXPECT_EQ(ask(1'600'000'000).timestamp, 1'700'000'000);
    EXPECT_EQ(ask(1'700'000'015).offset, 2);
    EXPECT_EQ(ask(1'700'000'021'000).offset, -1);
    EXPECT_EQ(ask(-1).leader_epoch, version >= 4 ? 0 : -1);
    EXPECT_EQ(ask(-5).error, version >= 9 ? 0 : error::kUnsupportedVersion) << version;
  }
  for (int16_t version = 2; version <= 4; ++version) {
    OffsetForLeaderEpochRequest epochs;
    epochs.topics = {{"shop", {{0, -1, 0}, {0, -1, 7}}}};
    const auto response = CALL(client, OffsetForLeaderEpoch, version, epochs);
    EXPECT_EQ(response.topics.at(0).partitions.at(0).end_offset, 2) << version;
    EXPECT_EQ(response.topics.at(0).partitions.at(1).end_offset, -1);
    EXPECT_EQ(response.topics.at(0).partitions.at(1).leader_epoch, -1);
  }
}

// 7.5, 7.6

TEST_F(ConformanceTest, AForeignPrincipalDoesNotDisturbAGroup) {
  start();
  Client member(plain());
  JoinGroupRequest join;
  join.group = "dtsgroup";
  join.session_ms = 10'000;
  join.protocol_type = "consumer";
  join.protocols = {{"range", {"m"}}};
  join.member = CALL(member, JoinGroup, 5, join).member;
  const auto joined = CALL(member, JoinGroup, 5, join);
  SyncGroupRequest sync{"dtsgroup", joined.generation, joined.member, {}, {}, {}, {}};
  CALL(member, SyncGroup, 3, sync);
  const auto before = server->group("dtsgroup");
  ASSERT_TRUE(before);
  Client boss(sasl());
  log_in(boss, "boss", "bosspass");
  JoinGroupRequest intruder = join;
  intruder.member = "";
  EXPECT_EQ(CALL(boss, JoinGroup, 3, intruder).error, error::kGroupAuthorizationFailed);
  EXPECT_EQ(CALL(boss, JoinGroup, 5, join).error, error::kGroupAuthorizationFailed);
  LeaveGroupRequest leave;
  leave.group = "dtsgroup";
  leave.member = joined.member;
  EXPECT_EQ(CALL(boss, LeaveGroup, 1, leave).error, error::kGroupAuthorizationFailed);
  OffsetCommitRequest commit;
  commit.group = "dtsgroup";
  commit.topics = {{"shop", {{0, 1, -1, -1, ""}}}};
  EXPECT_EQ(CALL(boss, OffsetCommit, 7, commit).topics.at(0).partitions.at(0).error,
            error::kUnknownMemberId)
      << "a reset of a group with members";
  const auto after = server->group("dtsgroup");
  ASSERT_TRUE(after);
  EXPECT_EQ(after->generation, before->generation);
  EXPECT_EQ(after->state, GroupState::kStable);
  EXPECT_TRUE(after->offsets.empty());
}

TEST_F(ConformanceTest, EveryVersionCommitsAndFetchesByteForByte) {
  start();
  Client client(plain());
  const std::string metadata("16\0\xFF\xC3", 5);
  for (int16_t version = 1; version <= 9; ++version) {
    OffsetCommitRequest commit;
    commit.group = "dtsgroup";
    commit.topics = {{"shop", {{0, 40 + version, version >= 6 ? 3 : -1, -1, metadata}}}};
    EXPECT_EQ(CALL(client, OffsetCommit, version, commit).topics.at(0).partitions.at(0).error, 0);
    for (int16_t fetch_version = 1; fetch_version <= 9; ++fetch_version) {
      OffsetFetchRequest fetch;
      fetch.group = "dtsgroup";
      if (fetch_version < 2) fetch.topics.emplace().push_back({"shop", {0}});
      fetch.groups = {{"dtsgroup", std::nullopt, -1, std::nullopt},
                      {"foreign", std::nullopt, -1, std::nullopt}};
      const auto fetched = CALL(client, OffsetFetch, fetch_version, fetch);
      const auto& topics = fetch_version >= 8 ? fetched.groups.at(0).topics : fetched.topics;
      const OffsetFetchPartition& partition = topics.at(0).partitions.at(0);
      EXPECT_EQ(partition.offset, 40 + version) << fetch_version;
      EXPECT_EQ(partition.metadata, metadata);
      if (fetch_version >= 5) {
        EXPECT_EQ(partition.leader_epoch, version >= 6 ? 3 : -1);
      }
      if (fetch_version >= 8) {
        EXPECT_EQ(fetched.groups.at(1).error, error::kGroupAuthorizationFailed);
      }
    }
  }
}

// 7.7

TEST_F(ConformanceTest, AdministrativeReadsHaveTheirAnswers) {
  start();
  Client client(plain()), boss(sasl());
  log_in(boss, "boss", "bosspass");
  for (int16_t version = 1; version <= 3; ++version) {
    EXPECT_EQ(CALL(client, DescribeAcls, version, DescribeAclsRequest{}).error,
              error::kClusterAuthorizationFailed);
    EXPECT_EQ(CALL(boss, DescribeAcls, version, DescribeAclsRequest{}).error,
              error::kSecurityDisabled);
  }
  const auto moves =
      CALL(client, ListPartitionReassignments, 0, ListPartitionReassignmentsRequest{});
  EXPECT_EQ(moves.error, 0);
  EXPECT_TRUE(moves.topics.empty());
  for (int16_t version = 1; version <= 4; ++version) {
    DescribeConfigsRequest configs;
    configs.resources = {{2, "shop", std::vector<std::string>{"retention.ms"}},
                         {2, "other", std::nullopt},
                         {4, "1", std::nullopt},
                         {8, "1", std::nullopt}};
    const auto described = CALL(client, DescribeConfigs, version, configs);
    EXPECT_EQ(described.results.at(0).configs.at(0).name, "retention.ms");
    EXPECT_EQ(described.results.at(1).error, error::kTopicAuthorizationFailed);
    EXPECT_EQ(described.results.at(2).error, error::kClusterAuthorizationFailed);
    EXPECT_EQ(described.results.at(3).error, error::kInvalidRequest);
    EXPECT_EQ(CALL(client, DescribeLogDirs, version, DescribeLogDirsRequest{}).results.size(), 0U);
    EXPECT_EQ(CALL(boss, DescribeLogDirs, version, DescribeLogDirsRequest{}).results.size(), 1U);
  }
}

// 7.8

TEST_F(ConformanceTest, AScramExchangeThatIsTamperedWithEndsTheConnection) {
  start();
  const auto begin_scram = [&](Client& client, std::string& server_first) {
    CALL(client, SaslHandshake, 1, SaslHandshakeRequest{"SCRAM-SHA-256"});
    SaslAuthenticateRequest token;
    token.auth.data = "n,,n=cache-dtsgroup,r=abcdef";
    const auto first = CALL(client, SaslAuthenticate, 2, token);
    EXPECT_EQ(first.error, 0);
    server_first = first.auth.data;
  };
  for (const std::string& wrong : {std::string("c=biws,r=NONCE,p=") + std::string(43, 'A') + "=",
                                   std::string("c=eSws,r=NONCE,p=") + std::string(43, 'A') + "=",
                                   std::string("c=biws,r=other,p=") + std::string(43, 'A') + "=",
                                   std::string("n,,n=cache-dtsgroup,r=abcdef"), std::string()}) {
    Client client(sasl());
    std::string first;
    begin_scram(client, first);
    SaslAuthenticateRequest last;
    last.auth.data = wrong;
    const std::string nonce = first.substr(2, first.find(',') - 2);
    if (const size_t at = wrong.find("NONCE"); at != std::string::npos)
      last.auth.data.replace(at, 5, nonce);
    EXPECT_EQ(CALL(client, SaslAuthenticate, 2, last).error, error::kSaslAuthenticationFailed);
    EXPECT_TRUE(client.closed());
  }
}

// 7.9

TEST_F(ConformanceTest, BytesAfterARequestAreIgnored) {
  start();
  Client client(plain());
  client.send_bytes(frame(12, 0,
                          std::string("\0\x08"
                                      "dtsgroup"
                                      "\0\0\0\1"
                                      "\0\1m"
                                      "more than there is",
                                      35))
                        .view());
  EXPECT_EQ(client.receive<HeartbeatResponse>(ApiKey::kHeartbeat, 0).error,
            error::kUnknownMemberId);
}

TEST_F(ConformanceTest, HugeRequestsAreRefusedByTheirLengthAlone) {
  start();
  for (const uint32_t length : {uint32_t{1}, uint32_t{8 << 20} + 1, uint32_t{100 << 20}}) {
    Client client(plain());
    Buffer head;
    head.be(length, 4);
    client.send_bytes(head.view());
    EXPECT_TRUE(client.closed()) << length;
  }
  Client unknown(sasl());
  Buffer head;
  head.be((64 << 10) + 1, 4);
  unknown.send_bytes(head.view());
  EXPECT_TRUE(unknown.closed()) << "before the login the limit is lower";
}

TEST_F(ConformanceTest, ARequestThatTricklesInIsNotWaitedForForever) {
  options.limits.frame_ms = 50;
  start();
  Client slow(plain()), good(plain());
  slow.send_bytes(as_bytes(std::string_view("\0\0\0\x20\0\x03", 6)));
  EXPECT_TRUE(slow.closed());
  EXPECT_EQ(CALL(good, Metadata, 1, MetadataRequest{}).topics.size(), 1U);
}

TEST_F(ConformanceTest, WhoDoesNotLogInInTimeIsCutOff) {
  options.limits.login_ms = 50;
  start();
  Client silent(sasl()), stays(plain());
  EXPECT_TRUE(silent.closed());
  EXPECT_EQ(CALL(stays, Metadata, 1, MetadataRequest{}).topics.size(), 1U);
}

TEST_F(ConformanceTest, OddCorrelationIdsAreEchoed) {
  start();
  Client client(plain());
  for (const int32_t correlation : {-1, 7, 7, INT32_MIN, 0}) {
    client.send(ApiKey::kMetadata, 9, MetadataRequest{}, correlation);
    client.receive<MetadataResponse>(ApiKey::kMetadata, 9, correlation);
  }
}

TEST_F(ConformanceTest, AClientIdIsEscapedInTheLog) {
  start();
  Client client(plain());
  Buffer frame;
  const std::string id = "evil\n2026-01-01 forged \x1b[31m\"";
  frame.be(10 + id.size(), 4);
  frame.be(3, 2);
  frame.be(1, 2);
  frame.be(1, 4);
  frame.be(id.size(), 2);
  frame.append(id);  // and no body
  client.send_bytes(frame.view());
  EXPECT_TRUE(client.closed());
  const std::string log = log_text();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
  EXPECT_EQ(log.find('\x1b'), std::string::npos) << log;
}

TEST_F(ConformanceTest, DescriptorsComeBackAfterAStormOfConnections) {
  start();
  {
    Client first(plain());
    CALL(first, ApiVersions, 0, ApiVersionsRequest{});
  }
  eventually([&] { return server->counts().connections == 0; });
  const size_t before = open_files();
  for (int i = 0; i < 500; ++i) {
    Client client(i % 2 == 0 ? plain() : sasl());
    if (i % 4 == 1) client.send_bytes(as_bytes(std::string_view("\0\0\0", 3)));
    if (i % 4 == 2) client.send(ApiKey::kFetch, 11, fetch_request(0, 60'000));
  }
  eventually([&] { return server->counts().connections == 0 && server->counts().accepted >= 501; });
  EXPECT_EQ(open_files(), before);
  EXPECT_EQ(server->counts().parked_fetches, 0U);
}

}  // namespace
}  // namespace millrace::kafka
