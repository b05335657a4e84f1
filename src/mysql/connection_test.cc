// SPDX-License-Identifier: Apache-2.0
// Against peers that are no servers: what is said, and that nothing is given away. Log-ins to real
// servers are tests/e2e's.
#include "mysql/connection.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "mysql/event_test_support.h"

namespace millrace::mysql {
namespace {

// Takes one connection, sends its words, keeps what comes back until the client closes.
class Peer {
 public:
  explicit Peer(std::string words) : words_(std::move(words)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 4), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Peer() {
    if (thread_.joinable()) end();
  }
  uint16_t port() const { return port_; }
  // What the client sent.
  std::string end() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    return got_;
  }

 private:
  void serve() {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    (void)!::send(client, words_.data(), words_.size(), MSG_NOSIGNAL);
    char buffer[4096];
    for (ssize_t size = 0; (size = ::recv(client, buffer, sizeof buffer, 0)) > 0;)
      got_.append(buffer, static_cast<size_t>(size));
    ::close(client);
  }
  const std::string words_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::string got_;
  std::thread thread_;
};

ConnectOptions to(const Peer& peer, TlsMode tls) {
  ConnectOptions options;
  options.host = "127.0.0.1";
  options.port = peer.port();
  options.user = "tracker";
  options.password = "hidden";
  options.tls = tls;
  options.connect_timeout_s = 1;
  return options;
}

// MySQL 5.6 without TLS; asks for the password as it is.
std::string greeting_without_tls() {
  Buffer out;
  out.put(10);
  out.append(std::string_view("5.6.51-log", 11));
  out.le(5, 4);
  out.append("abcdefgh");
  out.put(0);
  out.le(0xF7FF, 2);
  out.put(33);
  out.le(2, 2);
  out.le(0x001F, 2);  // with attributes
  out.put(21);
  out.append(std::string(10, '\0'));
  out.append(std::string_view("ijklmnopqrst", 13));
  out.append(std::string_view("mysql_native_password", 22));
  Buffer packet;
  packet.le(out.size(), 3);
  packet.put(0);
  packet.append(out.view());
  return std::string(as_text(packet.view()));
}

// A server, or somebody between us and it, that does not offer TLS gets not one byte of a log-in.
TEST(Connection, SendsNothingInTheClearWhereTlsIsAMust) {
  for (TlsMode mode : {TlsMode::kRequired, TlsMode::kVerifyCa, TlsMode::kVerifyIdentity}) {
    Peer peer(greeting_without_tls());
    const auto connection = Connection::open(to(peer, mode));
    ASSERT_FALSE(connection);
    EXPECT_EQ(connection.error().code, Errc::kDenied) << connection.error().what;
    EXPECT_NE(connection.error().what.find("TLS is required"), std::string::npos);
    EXPECT_EQ(peer.end(), "");
  }
}

TEST(Connection, LogsInInTheClearWhereThatIsAllowed) {
  Peer peer(greeting_without_tls());
  // The peer does not answer the log-in: it fails, after having been sent.
  EXPECT_FALSE(Connection::open(to(peer, TlsMode::kPreferred)));
  const std::string sent = peer.end();
  EXPECT_NE(sent.find("tracker"), std::string::npos);
  EXPECT_NE(sent.find("millrace"), std::string::npos) << "program_name is among the attributes";
  EXPECT_EQ(sent.find("hidden"), std::string::npos);
}

// A server may ask for the password as it is; it gets it over a link that is proven only.
TEST(Connection, NeverGivesThePasswordAsItIs) {
  for (std::string_view plugin : {"mysql_clear_password", "dialog", "mysql_old_password"}) {
    const std::string words =
        std::string("\xFE", 1) + std::string(plugin) + std::string("\0abc", 4);
    Buffer packet;
    packet.le(words.size(), 3);
    packet.put(2);
    packet.append(words);
    Peer peer(greeting_without_tls() + std::string(as_text(packet.view())));
    const auto connection = Connection::open(to(peer, TlsMode::kDisabled));
    ASSERT_FALSE(connection);
    EXPECT_EQ(connection.error().code, Errc::kUnsupported) << connection.error().what;
    EXPECT_EQ(peer.end().find("hidden"), std::string::npos) << plugin;
  }
}

TEST(Connection, TellsWhatIsNoMySqlServer) {
  for (TlsMode mode : {TlsMode::kDisabled, TlsMode::kRequired}) {
    Peer peer("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n");
    const auto connection = Connection::open(to(peer, mode));
    ASSERT_FALSE(connection);
    EXPECT_NE(connection.error().what.find("is not a MySQL server"), std::string::npos)
        << connection.error().what;
  }
}

TEST(Connection, TellsAClosedPort) {
  Peer peer("");
  const ConnectOptions options = to(peer, TlsMode::kPreferred);
  peer.end();
  const auto connection = Connection::open(options);
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().code, Errc::kUnavailable);
  EXPECT_NE(connection.error().what.find("nothing listens"), std::string::npos)
      << connection.error().what;
}

}  // namespace
}  // namespace millrace::mysql
