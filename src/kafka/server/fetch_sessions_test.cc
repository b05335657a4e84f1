// SPDX-License-Identifier: Apache-2.0
// Fetch sessions, over a socket and as a table of them.
#include "kafka/server/fetch_sessions.h"

#include "kafka/server/server_test_support.h"
#include "kafka/wire/errors.h"

namespace millrace::kafka {
namespace {

using namespace testing;

class FetchSessionsTest : public ServerTest {
 protected:
  static FetchRequest of_session(int32_t id, int32_t epoch, FetchRequest request = {}) {
    request.session_id = id;
    request.session_epoch = epoch;
    if (request.max_bytes == INT32_MAX) request.max_bytes = 50 << 20;
    return request;
  }
  // Begins one that reads "shop" from `offset`; its ID.
  static int32_t begin(Client& client, int16_t version = 11, int64_t offset = 0) {
    const auto begun = CALL(client, Fetch, version, of_session(0, 0, fetch_request(offset)));
    EXPECT_EQ(begun.topics.at(0).partitions.size(), 1U) << "a full answer lists every partition";
    EXPECT_GT(begun.session_id, 0);
    return begun.session_id;
  }
};

TEST_F(FetchSessionsTest, AFullFetchListsAllAndAnIncrementOnlyWhatChanged) {
  start();
  Client client(plain());
  for (const int16_t version : {int16_t{7}, int16_t{11}, int16_t{13}, int16_t{17}}) {
    const int64_t end = backend.log("shop")->view().high_watermark.value;
    const int32_t id = begin(client, version, end);
    auto next = CALL(client, Fetch, version, of_session(id, 1));
    EXPECT_EQ(next.session_id, id);
    EXPECT_EQ(next.error, 0);
    EXPECT_TRUE(next.topics.empty()) << "nothing new";
    backend.log("shop")->append("news");
    next = CALL(client, Fetch, version, of_session(id, 2));
    EXPECT_FALSE(next.topics.at(0).partitions.at(0).records->bytes.empty());
    EXPECT_EQ(next.topics.at(0).topic, version <= 12 ? "shop" : "");
    EXPECT_EQ(next.topics.at(0).topic_id[0], version <= 12 ? std::byte{0} : std::byte{0x11});
    next = CALL(client, Fetch, version, of_session(id, 3, fetch_request(end + 1)));
    EXPECT_TRUE(next.topics.empty()) << "a partition that moves on without news";
  }
}

TEST_F(FetchSessionsTest, AnIncrementWaitsForRecordsOfTheWholeSession) {
  start();
  Client client(plain());
  const int32_t id = begin(client);
  FetchRequest waiting;
  waiting.max_wait_ms = 60'000;
  waiting.min_bytes = 1;
  client.send(ApiKey::kFetch, 11, of_session(id, 1, waiting));
  eventually([&] { return server->counts().parked_fetches == 1; });
  backend.log("shop")->append("news");
  const auto response = client.receive<FetchResponse>(ApiKey::kFetch, 11);
  EXPECT_FALSE(response.topics.at(0).partitions.at(0).records->bytes.empty());
}

TEST_F(FetchSessionsTest, PartitionsAreAddedAndForgotten) {
  backend.add("second", "t1", std::byte{0x44});
  start();
  Client client(plain());
  const int32_t id = begin(client);
  FetchRequest more = fetch_request(0);
  more.topics[0].topic = "second";
  auto response = CALL(client, Fetch, 11, of_session(id, 1, more));
  ASSERT_EQ(response.topics.size(), 1U) << "what is new is told, the other is not";
  EXPECT_EQ(response.topics[0].topic, "second");
  FetchRequest less;
  less.forgotten = {{"shop", {}, {0}}};
  CALL(client, Fetch, 11, of_session(id, 2, less));
  backend.log("shop")->append("for nobody");
  backend.log("second")->append("for us");
  response = CALL(client, Fetch, 11, of_session(id, 3));
  ASSERT_EQ(response.topics.size(), 1U);
  EXPECT_EQ(response.topics[0].topic, "second");
  less.forgotten = {{"second", {}, {0}}};
  EXPECT_EQ(CALL(client, Fetch, 11, of_session(id, 4, less)).session_id, 0) << "nothing is left";
  EXPECT_EQ(server->counts().fetch_sessions, 0U);
}

TEST_F(FetchSessionsTest, ASessionIsDroppedAndReplaced) {
  start();
  Client client(plain());
  const int32_t first = begin(client);
  const auto anew = CALL(client, Fetch, 11, of_session(first, 0, fetch_request(0)));
  EXPECT_NE(anew.session_id, first);
  EXPECT_EQ(server->counts().fetch_sessions, 1U);
  const auto closed = CALL(client, Fetch, 11, of_session(anew.session_id, -1));
  EXPECT_EQ(closed.session_id, 0);
  EXPECT_EQ(closed.error, 0);
  EXPECT_EQ(server->counts().fetch_sessions, 0U);
  EXPECT_EQ(CALL(client, Fetch, 11, of_session(0, -1, fetch_request(0))).session_id, 0);
  EXPECT_EQ(server->counts().fetch_sessions, 0U);
}

TEST_F(FetchSessionsTest, AWrongSessionIsRefusedAsAWhole) {
  start();
  Client client(plain());
  const int32_t id = begin(client);
  auto refused = CALL(client, Fetch, 11, of_session(id, 7));
  EXPECT_EQ(refused.error, error::kInvalidFetchSessionEpoch);
  EXPECT_EQ(refused.session_id, 0);
  EXPECT_TRUE(refused.topics.empty());
  EXPECT_EQ(CALL(client, Fetch, 11, of_session(id ^ 1, 1)).error, error::kFetchSessionIdNotFound);
  EXPECT_EQ(CALL(client, Fetch, 13, of_session(id, 1)).error, error::kFetchSessionTopicIdError);
  Client boss(sasl());
  log_in(boss, "boss", "bosspass");
  EXPECT_EQ(CALL(boss, Fetch, 11, of_session(id, 1)).error, error::kFetchSessionIdNotFound);
  CALL(boss, Fetch, 11, of_session(id, -1));
  EXPECT_EQ(CALL(client, Fetch, 11, of_session(id, 1)).error, 0) << "others cannot drop it";
}

TEST_F(FetchSessionsTest, AnErrorIsRepeatedAndWhatFollowsItIsNews) {
  start();
  Client client(plain());
  const int32_t id = begin(client);
  backend.change("shop", [](Topic& topic) { topic.storage_error = true; });
  for (int32_t epoch = 1; epoch <= 2; ++epoch)
    EXPECT_EQ(CALL(client, Fetch, 11, of_session(id, epoch)).topics.at(0).partitions.at(0).error,
              error::kKafkaStorageError);
  backend.change("shop", [](Topic& topic) { topic.storage_error = false; });
  EXPECT_EQ(CALL(client, Fetch, 11, of_session(id, 3)).topics.at(0).partitions.at(0).error, 0);
}

TEST_F(FetchSessionsTest, ATopicThatWasMadeAgainIsToldApart) {
  start();
  Client client(plain());
  const int32_t id = begin(client, 13);
  backend.drop("shop");
  EXPECT_EQ(CALL(client, Fetch, 13, of_session(id, 1)).topics.at(0).partitions.at(0).error,
            error::kUnknownTopicId);
  backend.add("shop", "t1", std::byte{0x12});
  EXPECT_EQ(CALL(client, Fetch, 13, of_session(id, 2)).topics.at(0).partitions.at(0).error,
            error::kInconsistentTopicId);
  FetchRequest recovered = fetch_request(0);
  recovered.topics[0].topic_id.fill(std::byte{0x12});
  EXPECT_EQ(
      CALL(client, Fetch, 13, of_session(0, 0, recovered)).topics.at(0).partitions.at(0).error, 0);
}

TEST_F(FetchSessionsTest, WhoAlwaysBeginsAnewPushesOutOnlyItsOwn) {
  options.limits.max_fetch_sessions_per_principal = 8;
  start();
  Client boss(sasl());
  log_in(boss, "boss", "bosspass");
  const auto other = CALL(boss, Fetch, 11, of_session(0, 0, fetch_request(0)));
  Client client(plain());
  int32_t first = 0;
  for (int i = 0; i < 2'000; ++i) {
    const int32_t id = begin(client);
    if (i == 0) first = id;
  }
  EXPECT_EQ(server->counts().fetch_sessions, 9U);
  EXPECT_EQ(CALL(client, Fetch, 11, of_session(first, 1)).error, error::kFetchSessionIdNotFound);
  EXPECT_EQ(CALL(boss, Fetch, 11, of_session(other.session_id, 1)).error, 0);
}

TEST_F(FetchSessionsTest, ABusyPartitionStarvesNone) {
  constexpr int kTopics = 10;
  std::vector<int64_t> read(kTopics);
  FetchRequest all = fetch_request(0);
  all.topics.clear();
  for (int i = 0; i < kTopics; ++i) {
    const std::string name = "t" + std::to_string(i);
    backend.add(name, "t1", static_cast<std::byte>(i + 1));
    for (int n = 0; n < 100; ++n) backend.log(name)->append(std::string(1'000, 'x'));
    all.topics.push_back(fetch_request(0).topics[0]);
    all.topics.back().topic = name;
  }
  const auto one = static_cast<int32_t>(backend.log("t0")->view().bytes / 100);
  start();
  Client client(plain());
  FetchRequest next = of_session(0, 0, all);
  for (int32_t round = 1; round <= 20; ++round) {
    next.max_bytes = 3 * one;
    const auto response = CALL(client, Fetch, 11, next);
    next = of_session(response.session_id, round);
    size_t bytes = 0;
    for (const FetchTopic& topic : response.topics) {
      const size_t got = topic.partitions.at(0).records->bytes.size();
      EXPECT_EQ(got % static_cast<size_t>(one), 0U) << "whole batches";
      bytes += got;
      const auto which = static_cast<size_t>(std::stoi(topic.topic.substr(1)));
      read[which] += static_cast<int64_t>(got / static_cast<size_t>(one));
      FetchRequestTopic asked = fetch_request(read[which]).topics[0];
      asked.topic = topic.topic;
      asked.partitions[0].partition_max_bytes = one;
      next.topics.push_back(std::move(asked));
    }
    EXPECT_LE(bytes, static_cast<size_t>(3 * one));
  }
  const auto [least, most] = std::minmax_element(read.begin(), read.end());
  EXPECT_LE(*most - *least, 3) << "the first round alone goes by the request's order";
  EXPECT_GT(*least, 0);
}

// Without a server: what only happens when there are very many, or time passes.
class FetchSessionTable : public ::testing::Test {
 protected:
  int32_t open(const std::string& who, int64_t now_ms, size_t partitions = 1) {
    FetchRequest request;
    request.session_epoch = 0;
    FetchResponse response;
    request.topics.emplace_back().topic = response.topics.emplace_back().topic = "shop";
    request.topics[0].partitions.resize(partitions);
    response.topics[0].partitions.resize(partitions);
    for (size_t i = 0; i < partitions; ++i)
      request.topics[0].partitions[i].partition = static_cast<int32_t>(i);
    const Principal principal{who, "", "", false};
    const auto use = table().begin(principal, 11, request, now_ms);
    table().finish(use, principal, 11, request, response, now_ms);
    return response.session_id;
  }
  FetchSessions& table() {
    if (!sessions) sessions = std::make_unique<FetchSessions>(limits, [this] { return ++numbers; });
    return *sessions;
  }
  Limits limits;
  int32_t numbers = 0;
  std::unique_ptr<FetchSessions> sessions;
};

TEST_F(FetchSessionTable, AFullOneGivesWayAfterTwoMinutesOnly) {
  limits.max_fetch_sessions = 2;
  EXPECT_NE(open("a", 0), 0);
  EXPECT_NE(open("b", 100'000), 0);
  EXPECT_EQ(open("c", 110'000), 0) << "nobody is idle: no session";
  EXPECT_NE(open("c", 130'000), 0) << "a has been idle for over two minutes";
  EXPECT_EQ(table().size(), 2U);
}

TEST_F(FetchSessionTable, MorePartitionsThanASessionHoldsHaveNone) {
  limits.max_fetch_session_partitions = 3;
  EXPECT_NE(open("a", 0, 3), 0);
  EXPECT_EQ(open("a", 0, 4), 0);
}

TEST_F(FetchSessionTable, TheEpochGoesRoundWithoutZero) {
  const int32_t id = open("a", 0);
  const Principal who{"a", "", "", false};
  FetchRequest request;
  request.session_id = id;
  for (int32_t epoch = 1; epoch < 4; ++epoch) {
    request.session_epoch = epoch;
    EXPECT_EQ(table().begin(who, 11, request, 0).error, 0) << epoch;
    EXPECT_EQ(table().begin(who, 11, request, 0).error, error::kInvalidFetchSessionEpoch);
  }
}

}  // namespace
}  // namespace millrace::kafka
