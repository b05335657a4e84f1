// SPDX-License-Identifier: Apache-2.0
// The endpoint over real sockets, spoken to in frames.
#include "kafka/server/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include <chrono>
#include <thread>

#include "kafka/server/dispatch.h"
#include "kafka/testing.h"
#include "kafka/wire/errors.h"
#include "kafka/wire/messages.h"

namespace millrace::kafka {
namespace {

using namespace testing;

class Client {
 public:
  explicit Client(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const timeval limit{20, 0};  // a server that says nothing fails the test, and does not hang it
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send_bytes(Bytes bytes) {
    EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void send_raw(std::string_view token) {
    Buffer frame;
    frame.be(token.size(), 4);
    frame.append(token);
    send_bytes(frame.view());
  }
  template <class Request>
  void send(ApiKey key, int16_t version, const Request& request, int32_t correlation = 1) {
    const Api& api = *find_api(static_cast<int16_t>(key));
    Buffer frame;
    frame.be(0, 4);
    frame.be(static_cast<uint16_t>(key), 2);
    frame.be(static_cast<uint16_t>(version), 2);
    frame.be(static_cast<uint32_t>(correlation), 4);
    frame.be(4, 2);
    frame.append("test");
    if (api.flexible(version)) frame.put(0);
    Writer(frame, version, api.flexible(version)).message(request);
    const size_t length = frame.size() - 4;
    for (size_t i = 0; i < 4; ++i) frame.data()[i] = static_cast<std::byte>(length >> (24 - 8 * i));
    send_bytes(frame.view());
  }
  // nullopt: the server closed the connection.
  std::optional<std::vector<std::byte>> receive_frame() {
    const auto head = receive(4);
    if (!head) return std::nullopt;
    return receive(ByteReader(*head).be(4));
  }
  template <class Response>
  Response receive(ApiKey key, int16_t version, int32_t correlation = 1) {
    const Api& api = *find_api(static_cast<int16_t>(key));
    Response response;
    auto frame = receive_frame();
    EXPECT_TRUE(frame) << "closed instead of answering " << api.name;
    if (!frame) return response;
    kept_.push_back(std::move(*frame));
    ByteReader in(kept_.back());
    EXPECT_EQ(static_cast<int32_t>(in.be(4)), correlation);
    if (api.flexible(version) && key != ApiKey::kApiVersions) {
      EXPECT_EQ(in.u8(), 0);
    }
    Reader body(in.rest(), version, api.flexible(version));
    body.message(response);
    EXPECT_TRUE(body.ok()) << api.name << " v" << version;
    EXPECT_EQ(body.bytes_left().left(), 0U) << api.name << " v" << version;
    return response;
  }
  bool closed() { return !receive(1); }

 private:
  std::optional<std::vector<std::byte>> receive(size_t size) {
    std::vector<std::byte> bytes(size);
    size_t done = 0;
    while (done < size) {
      const ssize_t got = ::recv(socket_, bytes.data() + done, size - done, 0);
      if (got <= 0) return std::nullopt;
      done += static_cast<size_t>(got);
    }
    return bytes;
  }
  int socket_;
  std::vector<std::vector<std::byte>> kept_;  // what Records point into
};

#define CALL(client, name, version, request)         \
  ((client).send(ApiKey::k##name, version, request), \
   (client).receive<name##Response>(ApiKey::k##name, version))

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    ListenerOptions plain;
    plain.name = "plain";
    plain.bind_port = 0;
    plain.security = Security::kPlaintext;
    plain.plaintext_group = "dtsgroup";
    ListenerOptions sasl;
    sasl.name = "sasl";
    sasl.bind_port = 0;
    sasl.advertised_host = "db.example";
    sasl.advertised_port = 19092;
    options.listeners = {plain, sasl};
    options.threads = 2;
    options.limits.initial_rebalance_delay_ms = 0;
    options.limits.login_failure_delay_ms = 1;
    options.log = [this](LogLevel, const std::string& text) {
      const std::lock_guard lock(log_mutex);
      logged += text + "\n";
    };
  }
  void start() {
    auto started = Server::start(backend, store, options);
    ASSERT_TRUE(started) << started.error().what;
    server = std::move(*started);
  }
  uint16_t plain() { return server->listeners().at(0).port; }
  uint16_t sasl() { return server->listeners().at(1).port; }
  std::string log_text() {
    const std::lock_guard lock(log_mutex);
    return logged;
  }
  void log_in(Client& client, const std::string& user, const std::string& password) {
    SaslHandshakeRequest handshake{"PLAIN"};
    EXPECT_EQ(CALL(client, SaslHandshake, 1, handshake).error, 0);
    SaslAuthenticateRequest token;
    token.auth.data = std::string(1, '\0') + user + std::string(1, '\0') + password;
    EXPECT_EQ(CALL(client, SaslAuthenticate, 2, token).error, 0);
  }
  // Waits for what another thread brings about.
  template <class Condition>
  void eventually(Condition condition) {
    for (int i = 0; i < 2000 && !condition(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_TRUE(condition());
  }
  static FetchRequest fetch_request(int64_t offset, int32_t wait_ms = 0, int32_t min_bytes = 1) {
    FetchRequest request;
    request.max_wait_ms = wait_ms;
    request.min_bytes = min_bytes;
    request.max_bytes = 50 << 20;
    FetchRequestTopic& topic = request.topics.emplace_back();
    topic.topic = "shop";
    topic.topic_id.fill(std::byte{0x11});
    FetchRequestPartition& partition = topic.partitions.emplace_back();
    partition.fetch_offset = offset;
    partition.partition_max_bytes = 1 << 20;
    return request;
  }

  FakeBackend backend;
  FakePersistence store;
  ServerOptions options;
  std::mutex log_mutex;
  std::string logged;
  std::unique_ptr<Server> server;
};

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

TEST_F(ServerTest, FetchGivesTheSameRecordsInEveryVersion) {
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

TEST_F(ServerTest, ALargeRangeArrivesWhole) {
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

TEST_F(ServerTest, AnEmptyTailIsAnsweredEmptyAndNotNull) {
  start();
  Client client(plain());
  const auto response = CALL(client, Fetch, 11, fetch_request(0, 1));
  const FetchPartition& partition = response.topics.at(0).partitions.at(0);
  EXPECT_EQ(partition.error, 0);
  ASSERT_TRUE(partition.records);
  EXPECT_TRUE(partition.records->bytes.empty());
}

TEST_F(ServerTest, AParkedFetchIsAnsweredByAnAppend) {
  start();
  Client client(plain());
  client.send(ApiKey::kFetch, 11, fetch_request(0, 60'000));
  eventually([&] { return server->counts().parked_fetches == 1; });
  backend.log("shop")->append("news");
  const auto response = client.receive<FetchResponse>(ApiKey::kFetch, 11);
  EXPECT_FALSE(response.topics.at(0).partitions.at(0).records->bytes.empty());
  EXPECT_EQ(backend.log("shop")->watchers(), 0U);
}

TEST_F(ServerTest, AParkedFetchWaitsForItsLeastBytes) {
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

TEST_F(ServerTest, ARequestBehindAParkedFetchCompletesIt) {
  start();
  Client client(plain());
  client.send(ApiKey::kFetch, 11, fetch_request(0, 60'000), 1);
  eventually([&] { return server->counts().parked_fetches == 1; });
  client.send(ApiKey::kMetadata, 1, MetadataRequest{}, 2);
  client.receive<FetchResponse>(ApiKey::kFetch, 11, 1);
  client.receive<MetadataResponse>(ApiKey::kMetadata, 1, 2);
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

TEST_F(ServerTest, AClientThatGoesWhileParkedLeavesNothingBehind) {
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

TEST_F(ServerTest, TheFirstBatchComesWholeWhateverTheLimits) {
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

TEST_F(ServerTest, OffsetsOutsideTheLogAreOutOfRange) {
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

TEST_F(ServerTest, FetchRefusesWhatIsNotTheReaders) {
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

TEST_F(ServerTest, LeaderEpochsAreFenced) {
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

TEST_F(ServerTest, ALogThatRefusedToOpenIsAStorageError) {
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

TEST_F(ServerTest, AGroupJoinsCommitsAndReadsItsOffsets) {
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

TEST_F(ServerTest, AForeignGroupIsRefusedEverywhere) {
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

TEST_F(ServerTest, MetadataOfACommitIsLimited) {
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

TEST_F(ServerTest, PlainLogsInWithTokensInRequests) {
  start();
  Client client(sasl());
  CALL(client, ApiVersions, 3, (ApiVersionsRequest{"a", "1"}));
  log_in(client, "cache-dtsgroup", "secret");
  EXPECT_EQ(CALL(client, Metadata, 1, MetadataRequest{}).topics.size(), 1U);
  EXPECT_EQ(CALL(client, SaslHandshake, 1, SaslHandshakeRequest{"PLAIN"}).error,
            error::kIllegalSaslState);
}

TEST_F(ServerTest, PlainLogsInWithBareTokens) {
  start();
  Client client(sasl());
  const auto handshake = CALL(client, SaslHandshake, 0, SaslHandshakeRequest{"PLAIN"});
  EXPECT_EQ(handshake.error, 0);
  client.send_raw(std::string("cache\0cache\0secret", 18));  // kafka-python names itself twice
  const auto answer = client.receive_frame();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->empty());
  EXPECT_EQ(CALL(client, Metadata, 1, MetadataRequest{}).topics.size(), 1U);
}

TEST_F(ServerTest, AFailedLoginSaysNothingAboutWhy) {
  start();
  std::string text;
  for (const auto& [user, password] : std::vector<std::pair<std::string, std::string>>{
           {"cache-dtsgroup", "wrong"}, {"nobody", "secret"}, {"cache-dtsgroup", ""}}) {
    Client client(sasl());
    CALL(client, SaslHandshake, 1, SaslHandshakeRequest{"PLAIN"});
    SaslAuthenticateRequest token;
    token.auth.data = std::string(1, '\0') + user + std::string(1, '\0') + password;
    const auto refused = CALL(client, SaslAuthenticate, 1, token);
    EXPECT_EQ(refused.error, error::kSaslAuthenticationFailed);
    if (text.empty()) text = refused.message.value_or("");
    EXPECT_EQ(refused.message, text);
    EXPECT_TRUE(client.closed());
  }
  Client bare(sasl());
  CALL(bare, SaslHandshake, 0, SaslHandshakeRequest{"PLAIN"});
  bare.send_raw(std::string("\0cache\0wrong", 12));
  EXPECT_TRUE(bare.closed());
  EXPECT_EQ(server->counts().authentication_failures, 4U);
  EXPECT_EQ(log_text().find("wrong"), std::string::npos);
}

TEST_F(ServerTest, AnUnknownMechanismIsToldWhichThereAre) {
  start();
  Client client(sasl());
  const auto refused = CALL(client, SaslHandshake, 1, SaslHandshakeRequest{"GSSAPI"});
  EXPECT_EQ(refused.error, error::kUnsupportedSaslMechanism);
  EXPECT_NE(std::find(refused.mechanisms.begin(), refused.mechanisms.end(), "PLAIN"),
            refused.mechanisms.end());
  EXPECT_TRUE(client.closed());
}

TEST_F(ServerTest, NothingElseIsServedBeforeTheLogin) {
  start();
  Client client(sasl());
  client.send(ApiKey::kMetadata, 1, MetadataRequest{});
  EXPECT_TRUE(client.closed());
  Client impatient(sasl());
  impatient.send(ApiKey::kSaslAuthenticate, 1, SaslAuthenticateRequest{});
  EXPECT_EQ(impatient.receive<SaslAuthenticateResponse>(ApiKey::kSaslAuthenticate, 1).error,
            error::kIllegalSaslState);
  EXPECT_TRUE(impatient.closed());
}

TEST_F(ServerTest, ARevokedUserIsCutOffEvenWhileParked) {
  start();
  Client client(sasl());
  log_in(client, "cache-dtsgroup", "secret");
  client.send(ApiKey::kFetch, 11, fetch_request(0, 60'000));
  eventually([&] { return server->counts().parked_fetches == 1; });
  server->disconnect("cache-dtsgroup");
  EXPECT_TRUE(client.closed());
}

TEST_F(ServerTest, ADroppedTopicAnswersWhoWaitsForIt) {
  start();
  Client client(plain());
  client.send(ApiKey::kFetch, 11, fetch_request(0, 60'000));
  eventually([&] { return server->counts().parked_fetches == 1; });
  backend.drop("shop");
  EXPECT_TRUE(server->forget_topic("shop"));
  EXPECT_EQ(client.receive<FetchResponse>(ApiKey::kFetch, 11).topics.at(0).partitions.at(0).error,
            error::kTopicAuthorizationFailed);
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

TEST_F(ServerTest, TooManyConnectionsFromOneAddressAreRefused) {
  options.limits.max_connections_per_ip = 3;
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

TEST_F(ServerTest, OffsetsSurviveARestart) {
  start();
  EXPECT_TRUE(server->reset_offset("dtsgroup", "shop", 11, "note"));
  server.reset();
  start();
  EXPECT_EQ(server->group("dtsgroup")->offsets.at(0).metadata, "note");
}

}  // namespace
}  // namespace millrace::kafka
