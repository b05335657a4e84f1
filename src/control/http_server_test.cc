// SPDX-License-Identifier: Apache-2.0
#include "control/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "control/address.h"
#include "control/limits.h"

namespace millrace::control {
namespace {

// A client that says any bytes.
class Client {
 public:
  explicit Client(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  void send(const std::string& bytes) {
    static_cast<void>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }
  // Up to the server's end.
  std::string rest() {
    while (more()) {
    }
    return got_;
  }
  // Until `text` has come.
  bool until(const std::string& text) {
    while (got_.find(text) == std::string::npos) {
      if (!more()) return false;
    }
    return true;
  }

 private:
  bool more() {
    char buffer[4096];
    const ssize_t got = recv(fd_, buffer, sizeof buffer, 0);
    if (got > 0) got_.append(buffer, static_cast<size_t>(got));
    return got > 0;
  }
  int fd_;
  std::string got_;
};

// Says what it is told, then waits.
class SlowStream final : public BodyStream {
 public:
  explicit SlowStream(std::atomic<int>& alive) : alive_(alive) { ++alive_; }
  ~SlowStream() override { --alive_; }
  void on_ready(std::function<void()> wake) override {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
  }
  Next next(std::string& out) override {
    const std::lock_guard lock(mutex_);
    out = std::move(pending_);
    pending_.clear();
    if (out.empty()) return end_;
    return Next::kData;
  }
  void say(const std::string& text, Next end = Next::kWait) {
    std::function<void()> wake;
    {
      const std::lock_guard lock(mutex_);
      pending_ += text;
      end_ = end;
      wake = wake_;
    }
    if (wake) wake();
  }

 private:
  std::atomic<int>& alive_;
  std::mutex mutex_;
  std::string pending_;
  Next end_ = Next::kWait;
  std::function<void()> wake_;
};

class HttpServerTest : public testing::Test {
 protected:
  void SetUp() override {
    Result<std::unique_ptr<HttpServer>> started = HttpServer::start(
        {.port = 0}, [this](const HttpRequest& request) { return answer(request); });
    ASSERT_TRUE(started) << started.error().what;
    server_ = std::move(*started);
  }
  HttpResponse answer(const HttpRequest& request) {
    HttpResponse response;
    if (request.target == "/stream") {
      auto stream = std::make_shared<SlowStream>(alive_);
      response.stream = stream;
      const std::lock_guard lock(mutex_);
      stream_ = stream;
      ready_.notify_all();
      return response;
    }
    response.body =
        request.method + " " + request.target + " " + request.authorization + " " + request.body;
    return response;
  }
  std::shared_ptr<SlowStream> stream() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return !stream_.expired(); });
    return stream_.lock();
  }
  std::mutex mutex_;
  std::condition_variable ready_;
  std::weak_ptr<SlowStream> stream_;
  std::atomic<int> alive_ = 0;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersSeveralRequestsOnOneConnection) {
  Client client(server_->port());
  client.send("GET /a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n\r\n");
  EXPECT_TRUE(client.until("GET /a Bearer t "));
  client.send("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");
  const std::string all = client.rest();
  EXPECT_NE(all.find("POST /b  hi"), std::string::npos);
  EXPECT_NE(all.find("X-Content-Type-Options: nosniff"), std::string::npos);
}

TEST_F(HttpServerTest, RefusesWhatIsTooLargeAndWhatIsNoHttp) {
  Client large(server_->port());
  large.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n");
  EXPECT_NE(large.rest().find("413"), std::string::npos);
  Client wide(server_->port());
  wide.send("GET / HTTP/1.1\r\nX: " + std::string(kMaxHeaderBytes + 1, 'x') + "\r\n\r\n");
  EXPECT_NE(wide.rest().find("413"), std::string::npos);
  Client garbage(server_->port());
  garbage.send("\x16\x03\x01 this is something else\r\n\r\n");
  EXPECT_NE(garbage.rest().find("400"), std::string::npos);
  Client cut(server_->port());
  cut.send("GET / HT");
}

TEST_F(HttpServerTest, AStreamGoesOnAsThereIsMoreAndEnds) {
  Client client(server_->port());
  client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::shared_ptr<SlowStream> source = stream();
  source->say("one");
  EXPECT_TRUE(client.until("one"));
  source->say("two");
  EXPECT_TRUE(client.until("two"));
  source->say("three", BodyStream::Next::kEnd);
  EXPECT_TRUE(client.rest().ends_with("\r\n0\r\n\r\n"));
}

TEST_F(HttpServerTest, ABrokenStreamIsNotEndedAsIfItWereWhole) {
  Client client(server_->port());
  client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  stream()->say("one", BodyStream::Next::kBroken);
  EXPECT_TRUE(client.rest().ends_with("one\r\n"));
}

TEST_F(HttpServerTest, AStreamGoesWithItsClient) {
  {
    Client client(server_->port());
    client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    stream()->say("one");
    EXPECT_TRUE(client.until("one"));
  }
  while (alive_ > 0) std::this_thread::yield();
  EXPECT_EQ(alive_, 0);
}

TEST_F(HttpServerTest, StopsUnderAnOpenStreamAndAnIdleConnection) {
  Client idle(server_->port());
  Client client(server_->port());
  client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  stream()->say("one");
  EXPECT_TRUE(client.until("one"));
  server_.reset();
  EXPECT_EQ(alive_, 0);
  client.rest();
  idle.rest();
}

TEST_F(HttpServerTest, APortThatIsTakenIsNamed) {
  const auto second = HttpServer::start({.port = server_->port()},
                                        [](const HttpRequest&) { return HttpResponse(); });
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().what.find(std::to_string(server_->port())), std::string::npos);
}

TEST(HttpServer, NeedsTlsOffLoopback) {
  for (const char* host : {"0.0.0.0", "10.0.0.9", "::", "example.com"}) {
    const auto server = HttpServer::start({.host = host, .port = 0},
                                          [](const HttpRequest&) { return HttpResponse(); });
    ASSERT_FALSE(server) << host;
    EXPECT_EQ(server.error().code, Errc::kRefused);
    EXPECT_NE(server.error().what.find("TLS"), std::string::npos);
  }
}

TEST(Address, IsHostAndPort) {
  EXPECT_EQ(parse_address("127.0.0.1:8080")->port, 8080);
  EXPECT_EQ(parse_address("[::1]:1")->host, "::1");
  EXPECT_EQ(address_text(*parse_address("[::1]:1")), "[::1]:1");
  for (const char* text :
       {"", "8080", ":8080", "host", "host:", "host:x", "host:65536", "::1:80", "host:-1"}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
}

}  // namespace
}  // namespace millrace::control
