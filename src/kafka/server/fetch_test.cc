// SPDX-License-Identifier: Apache-2.0
// Fetch, and who waits in it.
#include "kafka/server/server_test_support.h"
#include "kafka/wire/errors.h"

namespace millrace::kafka {
namespace {

using namespace testing;

using FetchTest = ServerTest;

TEST_F(FetchTest, FetchGivesTheSameRecordsInEveryVersion) {
  start();
  backend.log("shop")->append("first");
  backend.log("shop")->append("second");
  Client client(plain());
  std::string seen;
  for (int16_t version = 4; version <= 17; ++version) {
    const auto response = CALL(client, Fetch, version, fetch_request(0));
    const FetchPartition& partition = response.topics.at(0).partitions.at(0);
    EXPECT_EQ(partition.error, 0) << version;
    EXPECT_EQ(partition.high_watermark, 2);
    EXPECT_EQ(partition.last_stable, 2);
    EXPECT_FALSE(partition.aborted) << "nobody asked for committed records only";
    const std::string records(as_text(partition.records->bytes));
    if (seen.empty()) seen = records;
    EXPECT_FALSE(records.empty());
    EXPECT_EQ(records, seen) << version;
  }
}

TEST_F(FetchTest, ALargeRangeArrivesWhole) {
  start();
  for (int i = 0; i < 40; ++i) {
    const std::string value(100'000, static_cast<char>('a' + i % 26));
    backend.log("shop")->append(value);
  }
  const auto range = backend.log("shop")->read({0}, SIZE_MAX, true);
  Buffer expected;
  ASSERT_TRUE(storage::read_range(*range, expected));
  Client client(plain());
  FetchRequest request = fetch_request(0);
  request.topics[0].partitions[0].partition_max_bytes = 20 << 20;
  const auto response = CALL(client, Fetch, 11, request);
  const Bytes got = response.topics.at(0).partitions.at(0).records->bytes;
  ASSERT_EQ(got.size(), expected.size());
  EXPECT_TRUE(as_text(got) == as_text(expected.view()));
}

TEST_F(FetchTest, AnEmptyTailIsAnsweredEmptyAndNotNull) {
  start();
  Client client(plain());
  const auto response = CALL(client, Fetch, 11, fetch_request(0, 1));
  const FetchPartition& partition = response.topics.at(0).partitions.at(0);
  EXPECT_EQ(partition.error, 0);
  ASSERT_TRUE(partition.records);
  EXPECT_TRUE(partition.records->bytes.empty());
}

TEST_F(FetchTest, AParkedFetchIsAnsweredByAnAppend) {
  start();
  Client client(plain());
  client.send(ApiKey::kFetch, 11, fetch_request(0, 60'000));
  eventually([&] { return server->counts().parked_fetches == 1; });
  backend.log("shop")->append("news");
  const auto response = client.receive<FetchResponse>(ApiKey::kFetch, 11);
  EXPECT_FALSE(response.topics.at(0).partitions.at(0).records->bytes.empty());
  EXPECT_EQ(backend.log("shop")->watchers(), 0U);
}

TEST_F(FetchTest, AParkedFetchWaitsForItsLeastBytes) {
  start();
  Client client(plain());
  client.send(ApiKey::kFetch, 11, fetch_request(0, 60'000, 10'000));
  eventually([&] { return server->counts().parked_fetches == 1; });
  for (int i = 0; i < 9; ++i) {
    backend.log("shop")->append(std::string(1'000, 'x'));
    EXPECT_EQ(server->connections().size(), 1U);  // the loop has seen the append
    EXPECT_EQ(server->counts().parked_fetches, 1U) << i;
  }
  backend.log("shop")->append(std::string(1'000, 'x'));
  const auto response = client.receive<FetchResponse>(ApiKey::kFetch, 11);
  EXPECT_GE(response.topics.at(0).partitions.at(0).records->bytes.size(), 10'000U);
}

TEST_F(FetchTest, AtItsEndAFetchGivesWhatIsThere) {
  start();
  backend.log("shop")->append(std::string(1'000, 'x'));
  Client client(plain());
  const auto response = CALL(client, Fetch, 11, fetch_request(0, 20, 10'000));
  EXPECT_GE(response.topics.at(0).partitions.at(0).records->bytes.size(), 1'000U);
}

TEST_F(FetchTest, ARequestBehindAParkedFetchCompletesIt) {
  start();
  Client client(plain());
  client.send(ApiKey::kFetch, 11, fetch_request(0, 60'000), 1);
  eventually([&] { return server->counts().parked_fetches == 1; });
  client.send(ApiKey::kMetadata, 1, MetadataRequest{}, 2);
  client.receive<FetchResponse>(ApiKey::kFetch, 11, 1);
  client.receive<MetadataResponse>(ApiKey::kMetadata, 1, 2);
}

TEST_F(FetchTest, AClientThatGoesWhileParkedLeavesNothingBehind) {
  start();
  for (int i = 0; i < 50; ++i) {
    Client client(plain());
    client.send(ApiKey::kFetch, 11, fetch_request(0, 60'000));
    eventually([&] { return server->counts().parked_fetches >= 1; });
  }
  eventually([&] { return server->counts().connections == 0; });
  EXPECT_EQ(server->counts().parked_fetches, 0U);
  EXPECT_EQ(backend.log("shop")->watchers(), 0U);
}

TEST_F(FetchTest, TheFirstBatchComesWholeWhateverTheLimits) {
  start();
  backend.log("shop")->append(std::string(100'000, 'x'));
  Client client(plain());
  FetchRequest request = fetch_request(0);
  request.max_bytes = 1;
  request.topics[0].partitions[0].partition_max_bytes = 1;
  request.topics[0].partitions.push_back(request.topics[0].partitions[0]);
  const auto response = CALL(client, Fetch, 11, request);
  EXPECT_GT(response.topics.at(0).partitions.at(0).records->bytes.size(), 100'000U);
  EXPECT_TRUE(response.topics.at(0).partitions.at(1).records->bytes.empty());
}

TEST_F(FetchTest, OffsetsOutsideTheLogAreOutOfRange) {
  start();
  for (int i = 0; i < 5; ++i) backend.log("shop")->append("x");
  backend.log("shop")->cut_before(2);
  Client client(plain());
  for (const int64_t offset : {int64_t{1}, int64_t{6}, int64_t{-1}}) {
    const auto response = CALL(client, Fetch, 11, fetch_request(offset));
    const FetchPartition& partition = response.topics.at(0).partitions.at(0);
    EXPECT_EQ(partition.error, error::kOffsetOutOfRange) << offset;
    EXPECT_EQ(partition.high_watermark, -1);
  }
}

TEST_F(FetchTest, FetchRefusesWhatIsNotTheReaders) {
  start();
  Client client(plain());
  FetchRequest request = fetch_request(0);
  for (const char* name : {"other", "missing"}) {
    request.topics[0].topic = name;
    EXPECT_EQ(CALL(client, Fetch, 11, request).topics.at(0).partitions.at(0).error,
              error::kTopicAuthorizationFailed);
  }
  request.topics[0].topic_id.fill(std::byte{0x22});
  EXPECT_EQ(CALL(client, Fetch, 13, request).topics.at(0).partitions.at(0).error,
            error::kTopicAuthorizationFailed);
  request.topics[0].topic_id.fill(std::byte{0x33});
  EXPECT_EQ(CALL(client, Fetch, 13, request).topics.at(0).partitions.at(0).error,
            error::kUnknownTopicId);
  request = fetch_request(0);
  request.topics[0].partitions[0].partition = 1;
  EXPECT_EQ(CALL(client, Fetch, 11, request).topics.at(0).partitions.at(0).error,
            error::kUnknownTopicOrPartition);
  request = fetch_request(0);
  request.replica_id = 3;
  EXPECT_EQ(CALL(client, Fetch, 11, request).topics.at(0).partitions.at(0).error,
            error::kTopicAuthorizationFailed);
}

TEST_F(FetchTest, LeaderEpochsAreFenced) {
  start();
  Client client(plain());
  FetchRequest request = fetch_request(0);
  request.topics[0].partitions[0].current_leader_epoch = 1;
  EXPECT_EQ(CALL(client, Fetch, 11, request).topics.at(0).partitions.at(0).error,
            error::kUnknownLeaderEpoch);
  backend.log("shop")->append("x");
  OffsetForLeaderEpochRequest epochs;
  epochs.topics = {{"shop", {{0, -1, 0}, {0, -1, 7}}}};
  const auto response = CALL(client, OffsetForLeaderEpoch, 3, epochs);
  EXPECT_EQ(response.topics.at(0).partitions.at(0).end_offset, 1);
  EXPECT_EQ(response.topics.at(0).partitions.at(1).end_offset, -1);
  EXPECT_EQ(response.topics.at(0).partitions.at(1).error, 0);
}

TEST_F(FetchTest, AnOlderLeaderEpochIsToldTheNewOne) {
  backend.log("shop")->raise_epoch();
  start();
  Client client(plain());
  FetchRequest request = fetch_request(0);
  request.topics[0].partitions[0].current_leader_epoch = 0;
  for (const int16_t version : {int16_t{9}, int16_t{12}, int16_t{16}}) {
    const auto response = CALL(client, Fetch, version, request);
    const FetchPartition& partition = response.topics.at(0).partitions.at(0);
    EXPECT_EQ(partition.error, error::kFencedLeaderEpoch);
    EXPECT_EQ(partition.current_leader, version < 12 ? FetchLeader{} : (FetchLeader{1, 1}));
    ASSERT_EQ(response.node_endpoints.size(), version < 16 ? 0U : 1U);
    if (version >= 16) {
      EXPECT_EQ(response.node_endpoints[0].port, plain());
    }
  }
}

TEST_F(FetchTest, IsolationShowsInTheAbortedListAlone) {
  start();
  backend.log("shop")->append("x");
  Client client(plain());
  FetchRequest request = fetch_request(0);
  request.isolation = 1;
  const auto response = CALL(client, Fetch, 11, request);
  const FetchPartition& partition = response.topics.at(0).partitions.at(0);
  ASSERT_TRUE(partition.aborted);
  EXPECT_TRUE(partition.aborted->empty());
  EXPECT_EQ(partition.last_stable, partition.high_watermark);
  EXPECT_FALSE(partition.records->bytes.empty());
}

TEST_F(FetchTest, ZstdIsNotForOldVersions) {
  start();
  backend.log("shop")->append({{1'700'000'000'000, "x"}}, 4);
  Client client(plain());
  for (const int16_t version : {int16_t{4}, int16_t{9}, int16_t{10}, int16_t{17}}) {
    const auto response = CALL(client, Fetch, version, fetch_request(0));
    const FetchPartition& partition = response.topics.at(0).partitions.at(0);
    EXPECT_EQ(partition.error, version < 10 ? error::kUnsupportedCompressionType : 0) << version;
    EXPECT_EQ(partition.records->bytes.empty(), version < 10) << version;
  }
}

TEST_F(FetchTest, TheSameErrorsAgainWaitALittle) {
  options.limits.repeated_error_ms = 60'000;
  start();
  Client client(plain());
  FetchRequest request = fetch_request(0, 60'000);
  request.topics[0].topic = "later";
  EXPECT_EQ(CALL(client, Fetch, 11, request).topics.at(0).partitions.at(0).error,
            error::kTopicAuthorizationFailed);
  client.send(ApiKey::kFetch, 11, request);
  eventually([&] { return server->counts().parked_fetches == 1; });
  backend.add("later", "t1", std::byte{0x55});
  backend.log("later")->append("x");
  server->topics_changed();
  EXPECT_EQ(client.receive<FetchResponse>(ApiKey::kFetch, 11).topics.at(0).partitions.at(0).error,
            0);
}

TEST_F(FetchTest, ALogThatRefusedToOpenIsAStorageError) {
  backend.change("shop", [](Topic& topic) {
    topic.log = nullptr;
    topic.storage_error = true;
  });
  start();
  Client client(plain());
  EXPECT_EQ(CALL(client, Fetch, 11, fetch_request(0)).topics.at(0).partitions.at(0).error,
            error::kKafkaStorageError);
  EXPECT_EQ(CALL(client, Fetch, 5, fetch_request(0)).topics.at(0).partitions.at(0).error,
            error::kNotLeaderOrFollower);
}

TEST_F(FetchTest, ADroppedTopicAnswersWhoWaitsForIt) {
  start();
  Client client(plain());
  client.send(ApiKey::kFetch, 11, fetch_request(0, 60'000));
  eventually([&] { return server->counts().parked_fetches == 1; });
  backend.drop("shop");
  EXPECT_TRUE(server->forget_topic("shop"));
  EXPECT_EQ(client.receive<FetchResponse>(ApiKey::kFetch, 11).topics.at(0).partitions.at(0).error,
            error::kTopicAuthorizationFailed);
}

}  // namespace
}  // namespace millrace::kafka
