// SPDX-License-Identifier: Apache-2.0
// For tests of the endpoint over real sockets: a client that speaks frames, and a server to speak
// to.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "kafka/server/dispatch.h"
#include "kafka/server/server.h"
#include "kafka/testing.h"
#include "kafka/wire/messages.h"

namespace millrace::kafka::testing {

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
    options.limits.login_failure_linger_ms = 1;
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

}  // namespace millrace::kafka::testing
