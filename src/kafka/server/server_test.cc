// SPDX-License-Identifier: Apache-2.0
// The endpoint as a whole: listeners, what it says of itself, what it refuses, how it stops.
#include "kafka/server/server_test_support.h"
#include "kafka/wire/errors.h"

namespace millrace::kafka {
namespace {

using namespace testing;

TEST_F(ServerTest, ATakenPortIsNamedWithWhatToDo) {
  start();
  ServerOptions second = options;
  second.listeners.resize(1);
  second.listeners[0].bind_port = plain();
  FakePersistence other;
  const auto refused = Server::start(backend, other, second);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find(std::to_string(plain())), std::string::npos);
  EXPECT_NE(refused.error().what.find("--kafka"), std::string::npos) << refused.error().what;
}

TEST_F(ServerTest, AWildcardIsNeverAdvertised) {
  options.listeners[0].advertised_host = "0.0.0.0";
  EXPECT_FALSE(Server::start(backend, store, options));
}

TEST_F(ServerTest, APlaintextListenerMustNameItsGroup) {
  options.listeners[0].plaintext_group = "";
  EXPECT_FALSE(Server::start(backend, store, options));
}

TEST_F(ServerTest, EveryApiVersionsVersionListsTheTable) {
  start();
  Client client(plain());
  for (int16_t version = 0; version <= 4; ++version) {
    ApiVersionsRequest request{"kcat", "1.7.1"};
    const auto response = CALL(client, ApiVersions, version, request);
    ASSERT_EQ(response.keys.size(), std::size(kApis)) << version;
    for (size_t i = 0; i < response.keys.size(); ++i) EXPECT_EQ(response.keys[i].key, kApis[i].key);
  }
}

TEST_F(ServerTest, AnUnknownApiVersionsVersionIsToldWhatWeSpeak) {
  start();
  Client client(plain());
  for (const int16_t version : {int16_t{5}, int16_t{32767}}) {
    Buffer frame;
    frame.be(12, 4);
    frame.be(18, 2);
    frame.be(static_cast<uint16_t>(version), 2);
    frame.be(1, 4);
    frame.append("\xfe\xfe\xfe\xfe");
    client.send_bytes(frame.view());
    const auto response = client.receive<ApiVersionsResponse>(ApiKey::kApiVersions, 0);
    EXPECT_EQ(response.error, error::kUnsupportedVersion);
    ASSERT_EQ(response.keys.size(), 1U);
    EXPECT_EQ(response.keys[0].max, 4);
  }
  EXPECT_EQ(CALL(client, ApiVersions, 0, ApiVersionsRequest{}).error, 0);
}

TEST_F(ServerTest, ABadSoftwareNameIsAnInvalidRequest) {
  start();
  Client client(plain());
  const ApiVersionsRequest request{"bad name!", "1"};
  const auto response = CALL(client, ApiVersions, 3, request);
  EXPECT_EQ(response.error, error::kInvalidRequest);
  EXPECT_TRUE(response.keys.empty());
}

TEST_F(ServerTest, MetadataShowsOwnTopicsAndHidesWhetherOthersExist) {
  start();
  Client client(plain());
  for (int16_t version = 0; version <= 13; ++version) {
    MetadataRequest all;
    if (version == 0) all.topics.emplace();
    const auto response = CALL(client, Metadata, version, all);
    ASSERT_EQ(response.topics.size(), 1U) << version;
    EXPECT_EQ(response.topics[0].name, "shop");
    EXPECT_EQ(response.topics[0].partitions.at(0).leader, 1);
    if (version >= 10) {
      EXPECT_EQ(response.topics[0].topic_id[0], std::byte{0x11});
    }
    EXPECT_EQ(response.brokers.at(0).port, plain());
    if (version >= 2) {
      EXPECT_EQ(response.cluster_id, backend.cluster_id());
    }
  }
  MetadataRequest named;
  named.topics.emplace();
  for (const char* name : {"other", "missing", "."})
    named.topics->push_back({Uuid{}, std::string(name)});
  const auto response = CALL(client, Metadata, 9, named);
  EXPECT_EQ(response.topics.at(0).error, error::kTopicAuthorizationFailed);
  EXPECT_EQ(response.topics.at(1).error, error::kTopicAuthorizationFailed);
  EXPECT_EQ(response.topics.at(2).error, error::kInvalidTopic);
  MetadataRequest none;
  none.topics.emplace();
  EXPECT_TRUE(CALL(client, Metadata, 1, none).topics.empty());
  MetadataRequest by_id;
  by_id.topics.emplace(1).at(0).topic_id.fill(std::byte{0x11});
  EXPECT_EQ(CALL(client, Metadata, 12, by_id).topics.at(0).name, "shop");
  by_id.topics->at(0).topic_id.fill(std::byte{0x77});
  EXPECT_EQ(CALL(client, Metadata, 12, by_id).topics.at(0).error, error::kUnknownTopicId);
}

TEST_F(ServerTest, EachListenerAdvertisesItsOwnAddress) {
  start();
  Client client(sasl());
  log_in(client, "cache-dtsgroup", "secret");
  const auto metadata = CALL(client, Metadata, 9, MetadataRequest{});
  EXPECT_EQ(metadata.brokers.at(0).host, "db.example");
  EXPECT_EQ(metadata.brokers.at(0).port, 19092);
  FindCoordinatorRequest find;
  find.key = "dtsgroup";
  find.keys = {"dtsgroup", "foreign"};
  EXPECT_EQ(CALL(client, FindCoordinator, 0, find).host, "db.example");
  const auto batch = CALL(client, FindCoordinator, 4, find);
  EXPECT_EQ(batch.coordinators.at(0).host, "db.example");
  EXPECT_EQ(batch.coordinators.at(1).error, error::kGroupAuthorizationFailed);
  EXPECT_EQ(CALL(client, DescribeCluster, 1, DescribeClusterRequest{}).brokers.at(0).host,
            "db.example");
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  Client client(plain());
  for (int32_t i = 0; i < 200; ++i) {
    if (i % 2 == 0) {
      client.send(ApiKey::kMetadata, 1, MetadataRequest{}, i);
    } else {
      client.send(ApiKey::kHeartbeat, 0, HeartbeatRequest{"dtsgroup", 1, "m", std::nullopt}, i);
    }
  }
  for (int32_t i = 0; i < 200; ++i) {
    if (i % 2 == 0) {
      client.receive<MetadataResponse>(ApiKey::kMetadata, 1, i);
    } else {
      EXPECT_EQ(client.receive<HeartbeatResponse>(ApiKey::kHeartbeat, 0, i).error,
                error::kUnknownMemberId);
    }
  }
}

TEST_F(ServerTest, AnAdminDescribesAllAndReadsNothing) {
  start();
  Client client(sasl());
  log_in(client, "boss", "bosspass");
  EXPECT_EQ(CALL(client, Metadata, 9, MetadataRequest{}).topics.size(), 2U);
  EXPECT_EQ(CALL(client, Fetch, 11, fetch_request(0)).topics.at(0).partitions.at(0).error,
            error::kTopicAuthorizationFailed);
  OffsetCommitRequest commit;
  commit.group = "dtsgroup";
  commit.topics = {{"shop", {{0, 9, -1, -1, ""}}}};
  EXPECT_EQ(CALL(client, OffsetCommit, 2, commit).topics.at(0).partitions.at(0).error, 0);
  EXPECT_EQ(CALL(client, ListGroups, 4, ListGroupsRequest{}).groups.at(0).group, "dtsgroup");
  const auto dirs = CALL(client, DescribeLogDirs, 2, DescribeLogDirsRequest{});
  EXPECT_EQ(dirs.results.at(0).topics.size(), 2U);
  DescribeConfigsRequest configs;
  configs.resources = {{2, "shop", std::nullopt}, {4, "1", std::nullopt}};
  const auto described = CALL(client, DescribeConfigs, 4, configs);
  EXPECT_FALSE(described.results.at(0).configs.empty());
  EXPECT_FALSE(described.results.at(1).configs.empty());
  OffsetDeleteRequest drop{"dtsgroup", {{"shop", {{0}}}}};
  EXPECT_EQ(CALL(client, OffsetDelete, 0, drop).topics.at(0).partitions.at(0).error, 0);
  EXPECT_EQ(CALL(client, DeleteGroups, 1, DeleteGroupsRequest{{"dtsgroup"}}).results.at(0).error,
            0);
}

TEST_F(ServerTest, WritesAreRefusedForGood) {
  start();
  Client client(plain());
  for (int16_t version = 0; version <= 12; ++version) {
    ProduceRequest produce;
    produce.acks = -1;
    produce.topics = {{"shop", {{0, Records{as_bytes("not opened"), 0}}}}};
    EXPECT_EQ(CALL(client, Produce, version, produce).topics.at(0).partitions.at(0).error,
              error::kTopicAuthorizationFailed);
  }
  EXPECT_EQ(CALL(client, InitProducerId, 4, InitProducerIdRequest{}).error,
            error::kClusterAuthorizationFailed);
  CreateTopicsRequest create;
  create.topics.emplace_back().name = "new";
  EXPECT_EQ(CALL(client, CreateTopics, 5, create).topics.at(0).error,
            error::kTopicAuthorizationFailed);
  ProduceRequest silent;
  client.send(ApiKey::kProduce, 7, silent);
  EXPECT_TRUE(client.closed()) << "acks=0 has no answer";
}

TEST_F(ServerTest, GarbageClosesItsOwnConnectionOnly) {
  start();
  Client good(plain());
  for (const std::string& garbage :
       {std::string("GET / HTTP/1.1\r\n\r\n"),
        std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03", 10),
        std::string("\xff\xff\xff\xff", 4), std::string("\x00\x00\x00\x00", 4),
        std::string("\x00\x00\x00\x07", 4), std::string("\x7f\xff\xff\xff", 4),
        // An API and a version that we do not serve, body to come.
        std::string("\x00\x00\x01\x00\x27\x0f\x00\x00\0\0\0\0", 12),
        std::string("\x00\x00\x01\x00\x00\x01\x00\x12\0\0\0\0", 12)}) {
    Client bad(plain());
    bad.send_bytes(as_bytes(garbage));
    EXPECT_TRUE(bad.closed());
  }
  EXPECT_EQ(CALL(good, Metadata, 1, MetadataRequest{}).topics.size(), 1U);
  EXPECT_NE(log_text().find("HTTP"), std::string::npos) << log_text();
}

TEST_F(ServerTest, ATruncatedBodyClosesTheConnection) {
  start();
  Client client(plain());
  Buffer frame;
  frame.be(12, 4);
  frame.be(3, 2);
  frame.be(1, 2);
  frame.be(1, 4);
  frame.be(0xFFFF, 2);
  frame.be(0, 2);  // a topic count of which half is missing
  client.send_bytes(frame.view());
  EXPECT_TRUE(client.closed());
}

TEST_F(ServerTest, AListenerIsForItsNetworksOnly) {
  options.listeners[0].networks = *parse_networks({"10.0.0.0/8"});
  options.listeners[1].networks = *parse_networks({"10.0.0.0/8", "127.0.0.0/8"});
  start();
  Client refused(plain());
  EXPECT_TRUE(refused.closed());
  EXPECT_EQ(server->counts().refused, 1U);
  Client taken(sasl());
  CALL(taken, ApiVersions, 0, ApiVersionsRequest{});
  EXPECT_NE(log_text().find("not for its network"), std::string::npos) << log_text();
}

TEST_F(ServerTest, TooManyConnectionsFromOneAddressAreRefused) {
  options.limits.max_connections_per_ip = 3;
  options.limits.spare_loopback = false;
  start();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<Client>(plain()));
    CALL(*clients.back(), ApiVersions, 0, ApiVersionsRequest{});
  }
  Client fourth(plain());
  EXPECT_TRUE(fourth.closed());
  EXPECT_EQ(server->counts().refused, 1U);
  clients.clear();
  eventually([&] { return server->counts().connections == 0; });
  Client fifth(plain());
  CALL(fifth, ApiVersions, 0, ApiVersionsRequest{});
}

TEST_F(ServerTest, AStopAnswersParkedFetchesAndKeepsCommits) {
  start();
  Client client(plain());
  client.send(ApiKey::kFetch, 11, fetch_request(0, 60'000));
  eventually([&] { return server->counts().parked_fetches == 1; });
  server->stop();
  client.receive<FetchResponse>(ApiKey::kFetch, 11);
  EXPECT_TRUE(client.closed());
}

}  // namespace
}  // namespace millrace::kafka
