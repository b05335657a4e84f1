// SPDX-License-Identifier: Apache-2.0
#include "kafka/server/tls.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "kafka/testing.h"
#include "store/test_folder.h"

namespace millrace::kafka {
namespace {

// A fresh key, and a certificate that it signed itself.
void make_identity(const std::string& certificate_file, const std::string& key_file) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  std::FILE* file = std::fopen(certificate_file.c_str(), "w");
  PEM_write_X509(file, certificate);
  std::fclose(file);
  file = std::fopen(key_file.c_str(), "w");
  PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

// Does again what would block, when it no longer would.
template <class Call>
Io until_done(int socket, Call call) {
  for (;;) {
    const Io io = call();
    if (io.kind == Io::Kind::kDone || io.kind == Io::Kind::kClosed) return io;
    pollfd waiting{socket, static_cast<short>(io.kind == Io::Kind::kWantRead ? POLLIN : POLLOUT),
                   0};
    if (::poll(&waiting, 1, 20'000) != 1) return {Io::Kind::kClosed, 0};
  }
}

class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    make_identity(certificate(), key());
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  }
  ~TlsTest() override {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  std::string certificate() const { return folder.file("cert.pem"); }
  std::string key() const { return folder.file("key.pem"); }
  store::TestFolder folder;
  int ends[2] = {-1, -1};
};

TEST_F(TlsTest, BytesAndFileRangesArriveAsTheyWere) {
  testing::FakeSegment segment;
  std::string content;
  for (int i = 0; i < 300'000; ++i) content += static_cast<char>(i * 7 >> 3);
  ASSERT_EQ(::pwrite(segment.fd(), content.data(), content.size(), 0),
            static_cast<ssize_t>(content.size()));
  auto identity = TlsIdentity::load({certificate(), key(), ""});
  ASSERT_TRUE(identity) << identity.error().what;

  std::string received;
  std::thread client([&] {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, ends[1]);
    if (SSL_connect(ssl) == 1 && SSL_write(ssl, "hello", 5) == 5) {
      char part[10'000];
      for (int got = 0; received.size() < content.size() + 4;) {
        got = SSL_read(ssl, part, sizeof part);
        if (got <= 0) break;
        received.append(part, static_cast<size_t>(got));
      }
    }
    SSL_free(ssl);
    SSL_CTX_free(context);
  });
  std::string problem;
  TlsTransport transport((*identity)->current(problem), ends[0]);
  EXPECT_EQ(until_done(ends[0], [&] { return transport.handshake(); }).kind, Io::Kind::kDone);
  std::vector<std::byte> room(64 << 10);
  const Io hello = until_done(ends[0], [&] { return transport.read(room); });
  EXPECT_EQ(as_text(Bytes(room).first(hello.bytes)), "hello");
  EXPECT_EQ(until_done(ends[0], [&] { return transport.write(as_bytes("head"), true); }).bytes, 4U);
  for (size_t sent = 0; sent < content.size();) {
    const Io io = until_done(ends[0], [&] {
      return transport.send_file(segment.fd(), sent, content.size() - sent, false);
    });
    if (io.kind != Io::Kind::kDone) break;
    sent += io.bytes;
  }
  client.join();
  EXPECT_TRUE(received == "head" + content);
}

TEST_F(TlsTest, WhoDoesNotSpeakTlsIsToldApartFromWhoLeft) {
  auto identity = TlsIdentity::load({certificate(), key(), ""});
  ASSERT_TRUE(identity);
  std::string problem;
  TlsTransport transport((*identity)->current(problem), ends[0]);
  ASSERT_EQ(::send(ends[1], "\0\0\0\x10plain kafka....", 20, 0), 20);
  EXPECT_EQ(until_done(ends[0], [&] { return transport.handshake(); }).kind, Io::Kind::kClosed);
  EXPECT_FALSE(transport.failure().empty());
}

TEST_F(TlsTest, ANewCertificateIsTakenForNewConnections) {
  auto identity = TlsIdentity::load({certificate(), key(), ""});
  ASSERT_TRUE(identity);
  std::string problem;
  const auto before = (*identity)->current(problem);
  EXPECT_EQ((*identity)->current(problem), before);
  make_identity(certificate(), key());
  EXPECT_NE((*identity)->current(problem), before);
  EXPECT_EQ(problem, "");
}

TEST_F(TlsTest, ABrokenCertificateLeavesTheOldOneInPlace) {
  auto identity = TlsIdentity::load({certificate(), key(), ""});
  ASSERT_TRUE(identity);
  std::string problem;
  const auto before = (*identity)->current(problem);
  std::FILE* file = std::fopen(key().c_str(), "w");
  std::fputs("not a key", file);
  std::fclose(file);
  EXPECT_EQ((*identity)->current(problem), before);
  EXPECT_NE(problem.find(key()), std::string::npos) << problem;
}

// What a client that shows this certificate (none: empty) gets of a handshake; TLS 1.2, where a
// refusal comes before the client believes that it is through.
Io::Kind with_client_certificate(int ends[2], TlsIdentity& identity, const std::string& certificate,
                                 const std::string& key) {
  std::thread client([&] {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    if (!certificate.empty()) {
      SSL_CTX_use_certificate_file(context, certificate.c_str(), SSL_FILETYPE_PEM);
      SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM);
    }
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, ends[1]);
    SSL_connect(ssl);
    SSL_free(ssl);
    SSL_CTX_free(context);
  });
  std::string problem;
  TlsTransport transport(identity.current(problem), ends[0]);
  const Io io = until_done(ends[0], [&] { return transport.handshake(); });
  client.join();
  return io.kind;
}

TEST_F(TlsTest, AClientMustShowACertificateWhereThatIsAskedFor) {
  make_identity(folder.file("mine.pem"), folder.file("mine.key"));
  make_identity(folder.file("other.pem"), folder.file("other.key"));
  auto identity = TlsIdentity::load({certificate(), key(), folder.file("mine.pem")});
  ASSERT_TRUE(identity) << identity.error().what;
  const auto shows = [&](const std::string& name) {
    ::close(ends[0]);
    ::close(ends[1]);
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return with_client_certificate(ends, **identity, name.empty() ? "" : folder.file(name + ".pem"),
                                   folder.file(name + ".key"));
  };
  EXPECT_EQ(shows("mine"), Io::Kind::kDone);
  EXPECT_EQ(shows(""), Io::Kind::kClosed);
  EXPECT_EQ(shows("other"), Io::Kind::kClosed);
  EXPECT_FALSE(TlsIdentity::load({certificate(), key(), folder.file("missing.pem")}));
}

TEST_F(TlsTest, AKeyOfAnotherCertificateIsRefused) {
  make_identity(folder.file("other.pem"), folder.file("other.key"));
  EXPECT_FALSE(TlsIdentity::load({certificate(), folder.file("other.key"), ""}));
  EXPECT_FALSE(TlsIdentity::load({folder.file("missing.pem"), key(), ""}));
}

}  // namespace
}  // namespace millrace::kafka
