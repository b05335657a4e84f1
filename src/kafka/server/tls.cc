// SPDX-License-Identifier: Apache-2.0
#include "kafka/server/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/check.h"

namespace millrace::kafka {
namespace {

constexpr size_t kFileChunk = 64 << 10;

std::string openssl_error() {
  const unsigned long code = ERR_get_error();
  if (code == 0) return "unknown reason";
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? "unknown reason" : reason;
}

int socket_of(BIO* bio) { return *static_cast<const int*>(BIO_get_data(bio)); }

// OpenSSL's own socket BIO lets a peer that went away raise SIGPIPE; this one does not.
int bio_write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const int socket = socket_of(bio);
  const ssize_t sent = ::send(socket, bytes, static_cast<size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const int socket = socket_of(bio);
  const ssize_t got = ::recv(socket, bytes, static_cast<size_t>(size), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

long bio_ctrl(BIO*, int what, long, void*) { return what == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* socket_method() {
  static BIO_METHOD* const kMethod = [] {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    CHECK(method != nullptr);
    BIO_meth_set_write(method, bio_write);
    BIO_meth_set_read(method, bio_read);
    BIO_meth_set_ctrl(method, bio_ctrl);
    return method;
  }();
  return kMethod;
}

int64_t modified(const std::string& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) return 0;
  return about.st_mtim.tv_sec * 1'000'000'000 + about.st_mtim.tv_nsec;
}

}  // namespace

Result<std::unique_ptr<TlsIdentity>> TlsIdentity::load(const TlsFiles& files) {
  std::unique_ptr<TlsIdentity> identity(new TlsIdentity(files));
  identity->loaded_ = identity->changed();
  identity->context_ = TRY(identity->read());
  return identity;
}

int64_t TlsIdentity::changed() const {
  const int64_t pair = std::max(modified(files_.certificate), modified(files_.key));
  return files_.client_ca.empty() ? pair : std::max(pair, modified(files_.client_ca));
}

bool TlsIdentity::names(const std::string& host) {
  const std::lock_guard lock(mutex_);
  X509* certificate = SSL_CTX_get0_certificate(context_.get());
  return X509_check_host(certificate, host.c_str(), host.size(), 0, nullptr) == 1 ||
         X509_check_ip_asc(certificate, host.c_str(), 0) == 1;
}

Result<std::shared_ptr<ssl_ctx_st>> TlsIdentity::read() const {
  ERR_clear_error();
  std::shared_ptr<ssl_ctx_st> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  CHECK(context != nullptr);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (SSL_CTX_use_certificate_chain_file(context.get(), files_.certificate.c_str()) != 1)
    return Error{Errc::kInvalid, "TLS certificate " + files_.certificate + ": " + openssl_error()};
  if (SSL_CTX_use_PrivateKey_file(context.get(), files_.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return Error{Errc::kInvalid, "TLS key " + files_.key + ": " + openssl_error()};
  if (SSL_CTX_check_private_key(context.get()) != 1)
    return Error{Errc::kInvalid,
                 "TLS key " + files_.key + " does not belong to certificate " + files_.certificate};
  // A session is not taken up again under other rules than it was made under.
  constexpr std::array<unsigned char, 8> kPurpose = {'m', 'i', 'l', 'l', 'r', 'a', 'c', 'e'};
  SSL_CTX_set_session_id_context(context.get(), kPurpose.data(), kPurpose.size());
  if (files_.client_ca.empty()) return context;
  STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(files_.client_ca.c_str());
  if (names == nullptr ||
      SSL_CTX_load_verify_locations(context.get(), files_.client_ca.c_str(), nullptr) != 1)
    return Error{Errc::kInvalid,
                 "TLS authority for clients " + files_.client_ca + ": " + openssl_error()};
  SSL_CTX_set_client_CA_list(context.get(), names);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return context;
}

std::shared_ptr<ssl_ctx_st> TlsIdentity::current(std::string& problem) {
  const std::lock_guard lock(mutex_);
  const int64_t now = changed();
  if (now == loaded_) return context_;
  loaded_ = now;
  if (auto newer = read()) {
    context_ = std::move(*newer);
  } else {
    problem = newer.error().what;
  }
  return context_;
}

TlsTransport::TlsTransport(std::shared_ptr<ssl_ctx_st> context, int socket)
    : context_(std::move(context)), socket_(socket), ssl_(SSL_new(context_.get())) {
  BIO* bio = BIO_new(socket_method());
  CHECK(ssl_ != nullptr && bio != nullptr);
  BIO_set_data(bio, &socket_);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
}

TlsTransport::~TlsTransport() { SSL_free(ssl_); }

Io TlsTransport::outcome(int result) {
  if (result > 0) return {Io::Kind::kDone, static_cast<size_t>(result)};
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return {Io::Kind::kWantRead, 0};
    case SSL_ERROR_WANT_WRITE:
      return {Io::Kind::kWantWrite, 0};
    case SSL_ERROR_SSL:
      failure_ = openssl_error();
      break;
    default:
      break;  // the peer went away
  }
  return {Io::Kind::kClosed, 0};
}

Io TlsTransport::handshake() {
  ERR_clear_error();
  return outcome(SSL_accept(ssl_));
}

// A record holds at most 16 KiB and is read by itself: with room for one, nothing stays behind in
// OpenSSL that the socket would no longer announce.
Io TlsTransport::read(std::span<std::byte> into) {
  CHECK(into.size() >= SSL3_RT_MAX_PLAIN_LENGTH, into.size());
  ERR_clear_error();
  return outcome(SSL_read(ssl_, into.data(), static_cast<int>(into.size())));
}

Io TlsTransport::write(Bytes bytes, bool) {
  ERR_clear_error();
  const size_t size = std::min<size_t>(bytes.size(), 1 << 20);
  return outcome(SSL_write(ssl_, bytes.data(), static_cast<int>(size)));
}

Io TlsTransport::send_file(int file, uint64_t position, size_t bytes, bool) {
  // After "try again" OpenSSL wants the same bytes: the same range of a file that never changes.
  const size_t size = std::min(bytes, kFileChunk);
  scratch_.clear();
  const ssize_t got =
      ::pread(file, scratch_.reserve(kFileChunk), size, static_cast<off_t>(position));
  if (got != static_cast<ssize_t>(size)) return {Io::Kind::kClosed, 0};
  ERR_clear_error();
  return outcome(SSL_write(ssl_, scratch_.data(), static_cast<int>(size)));
}

}  // namespace millrace::kafka
