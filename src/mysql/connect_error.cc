// SPDX-License-Identifier: Apache-2.0
#include "mysql/connect_error.h"

#include <errmsg.h>
#include <fmt/format.h>
#include <mysqld_error.h>

#include <optional>
#include <utility>

#include "base/byte_reader.h"
#include "mysql/server_words.h"

namespace millrace::mysql {
namespace {

constexpr unsigned kAccountLocked = 3118;
constexpr unsigned kAccountLockedMariaDb = 4151;
constexpr unsigned kAccessDeniedNoPassword = 1698;  // of accounts that only the socket logs in
constexpr unsigned kSecureTransportRequired = 3159;
constexpr unsigned kExpired = 1820;
constexpr unsigned kExpiredAtLogin = 1862;
constexpr unsigned kMaxUserConnections = 1203;
constexpr unsigned kUserLimit = 1226;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string address(const ConnectOptions& options) {
  const bool brackets = options.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", brackets ? "[" : "", options.host, brackets ? "]" : "",
                     options.port);
}

struct Judgement {
  Errc code;
  std::string why_and_what_to_do;
};

Judgement judge_unreachable(std::string_view words, const ConnectOptions& options) {
  // The library often loses the cause of a refusal (111) and tells what it was doing (115).
  if (has(words, "(111)") || has(words, "(115)"))
    return {Errc::kUnavailable,
            "connection refused: nothing listens on this port; check host and port, whether the "
            "server runs, and its bind-address"};
  if (has(words, "(110)"))
    return {
        Errc::kUnavailable,
        fmt::format("no answer within {} s; check the address, firewalls and security groups on "
                    "the way",
                    options.connect_timeout_s)};
  if (has(words, "(113)") || has(words, "(101)"))
    return {Errc::kUnavailable, "no route to this host; check the address and the network"};
  return {Errc::kUnavailable, fmt::format("{}; check host and port", server_words(words))};
}

Judgement judge_tls(std::string_view words, const ConnectOptions& options) {
  const std::string said = server_words(words);
  if (has(words, "certificate verify failed") || has(words, "self-signed") ||
      has(words, "self signed") || has(words, "unable to get") || has(words, "expired"))
    return {
        Errc::kDenied,
        fmt::format("the server's certificate is refused ({}); give the authority that signed it "
                    "with --tls-ca{}",
                    said, options.tls_ca.empty() ? "" : ", the one given did not")};
  if (has(words, "alidation of SSL server certificate") || has(words, "hostname") ||
      has(words, "host name") || has(words, "doesn't match"))
    return {
        Errc::kDenied,
        fmt::format("the server's certificate is for another name ({}); connect by the name that "
                    "is in it, or use tls=verify-ca",
                    said)};
  if (has(words, "No such file") || has(words, "no such file") || has(words, "PEM"))
    return {Errc::kInvalid, fmt::format("a TLS file cannot be read ({}); check --tls-ca", said)};
  return {
      Errc::kUnavailable,
      fmt::format("the TLS handshake failed ({}); the server's TLS may be too old: tls=disabled "
                  "on a network that you trust",
                  said)};
}

// An address as the server saw it: "Host '10.0.0.7' is not allowed ...".
std::string quoted(std::string_view words) {
  const size_t open = words.find('\'');
  const size_t close = words.find('\'', open + 1);
  if (open == std::string_view::npos || close == std::string_view::npos) return "our address";
  return server_words(words.substr(open + 1, close - open - 1));
}

Judgement judge_log_in(unsigned code, std::string_view words, const ConnectOptions& options) {
  const std::string said = server_words(words);
  switch (code) {
    case ER_ACCESS_DENIED_ERROR:
    case kAccessDeniedNoPassword:
      return {Errc::kDenied,
              fmt::format(
                  "{}; check user and password, and that the account may log in from this "
                  "address{}",
                  said,
                  options.tls == TlsMode::kDisabled ? " and without TLS (else tls=required)" : "")};
    case ER_HOST_NOT_PRIVILEGED:
      return {Errc::kDenied,
              fmt::format("no account of the server allows the address {}; create one "
                          "for it: CREATE USER '{}'@'{}' ...",
                          quoted(words), options.user, quoted(words))};
    case ER_HOST_IS_BLOCKED:
      return {Errc::kDenied,
              fmt::format("the server has blocked {} after too many failed "
                          "connections; on the server: FLUSH HOSTS, or TRUNCATE TABLE "
                          "performance_schema.host_cache",
                          quoted(words))};
    case ER_CON_COUNT_ERROR:
    case kMaxUserConnections:
    case kUserLimit:
      return {Errc::kUnavailable,
              fmt::format("{}; raise max_connections (or the account's own limit) on the server or "
                          "close connections that nobody uses",
                          said)};
    case kExpired:
    case kExpiredAtLogin:
      return {Errc::kDenied, fmt::format("the password of the account has expired; set a new one: "
                                         "ALTER USER '{}' IDENTIFIED BY ...",
                                         options.user)};
    case kAccountLocked:
    case kAccountLockedMariaDb:
      return {Errc::kDenied,
              fmt::format("the account is locked; ALTER USER '{}' ACCOUNT UNLOCK", options.user)};
    case kSecureTransportRequired:
      return {Errc::kDenied, "the server takes only TLS connections; use tls=required"};
    case ER_DBACCESS_DENIED_ERROR:
      return {Errc::kDenied, said};
    default:
      return {Errc::kUnavailable, fmt::format("{} (error {})", said, code)};
  }
}

// A server that does not want us says so in place of a greeting, without SQL state in most
// versions. The library wraps those words when it was going to use TLS.
std::optional<std::pair<unsigned, std::string>> greeting_error(Bytes greeting) {
  ByteReader in(greeting);
  in.skip(4);
  if (!is_greeting(greeting) || in.u8() != 0xFF) return std::nullopt;
  const unsigned code = in.u16();
  std::string_view words = as_text(in.rest());
  if (!in.ok()) return std::nullopt;
  if (words.size() >= 6 && words.front() == '#') words.remove_prefix(6);
  return std::pair(code, std::string(words));
}

Judgement judge(const ConnectFailure& failure, const ConnectOptions& options) {
  const std::string_view words = failure.message;
  const Bytes greeting = as_bytes(failure.greeting);
  if (const auto refusal = greeting_error(greeting))
    return judge_log_in(refusal->first, refusal->second, options);
  if (!greeting.empty() && !is_greeting(greeting))
    return {Errc::kUnavailable,
            "what answers there is not a MySQL server; check the port (MySQL's own is 3306)"};
  if (failure.refused_clear)
    return {
        Errc::kDenied,
        "TLS is required by tls= and the server does not offer it; set up TLS on the server, or "
        "use tls=preferred or tls=disabled on a network that you trust"};
  switch (failure.code) {
    case CR_UNKNOWN_HOST:
      return {Errc::kUnavailable, "the host's name cannot be found; check its spelling and DNS"};
    case CR_CONNECTION_ERROR:
    case CR_CONN_HOST_ERROR:
      return judge_unreachable(words, options);
    case CR_SSL_CONNECTION_ERROR:
      return judge_tls(words, options);
    case CR_VERSION_ERROR:
      return {Errc::kUnavailable,
              "what answers there does not speak MySQL's protocol 10; check the port"};
    case CR_SERVER_LOST:
    case CR_SERVER_GONE_ERROR:
      if (greeting.empty())
        return {
            Errc::kUnavailable,
            fmt::format("the peer accepted the connection and sent no greeting within {} s; check "
                        "that a MySQL server listens there",
                        options.connect_timeout_s)};
      return {Errc::kUnavailable, "the server closed the connection during log-in"};
    case CR_AUTH_PLUGIN_CANNOT_LOAD:
    case ER_NOT_SUPPORTED_AUTH_MODE:
      return {Errc::kUnsupported,
              fmt::format("{}; use an account with caching_sha2_password, mysql_native_password, "
                          "sha256_password or ed25519",
                          server_words(words))};
    case CR_PLUGIN_NOT_ALLOWED:  // the library's words name the wrong plugin
      return {Errc::kUnsupported,
              "the server asks for a way to log in that is not used here: those that send the "
              "password as it is (PAM, LDAP, mysql_clear_password) need tls=verify-ca or "
              "tls=verify-identity; else use an account with caching_sha2_password, "
              "mysql_native_password, sha256_password or ed25519"};
    default:
      return judge_log_in(failure.code, words, options);
  }
}

}  // namespace

Error connect_error(const ConnectFailure& failure, const ConnectOptions& options) {
  Judgement judgement = judge(failure, options);
  return {judgement.code, fmt::format("cannot connect to {} as '{}': {}", address(options),
                                      options.user, judgement.why_and_what_to_do)};
}

Error statement_error(unsigned code, std::string_view message, std::string_view sql,
                      bool shut_down) {
  if (shut_down) return {Errc::kCancelled, "the connection was shut down"};
  const std::string what =
      fmt::format("\"{}\": {} (error {})", server_words(sql.substr(0, sql.find('\n')), 120),
                  server_words(message), code);
  switch (code) {
    case CR_SERVER_LOST:
    case CR_SERVER_GONE_ERROR:
    case CR_SSL_CONNECTION_ERROR:
    case ER_SERVER_SHUTDOWN:
    case ER_CON_COUNT_ERROR:
      return {Errc::kUnavailable, what};
    case ER_ACCESS_DENIED_ERROR:
    case ER_DBACCESS_DENIED_ERROR:
    case ER_TABLEACCESS_DENIED_ERROR:
    case ER_COLUMNACCESS_DENIED_ERROR:
    case ER_SPECIFIC_ACCESS_DENIED_ERROR:
      return {Errc::kDenied, what};
    default:
      return {Errc::kRefused, what};
  }
}

// Packet: length 3, number 1 (0); then protocol 10, or 0xFF for an error.
bool is_greeting(Bytes greeting) {
  ByteReader in(greeting);
  const uint64_t length = in.le(3);
  const uint8_t number = in.u8();
  const uint8_t first = in.u8();
  if (!in.ok()) return false;
  return number == 0 && length < 4096 && (first == 10 || first == 9 || first == 0xFF);
}

// After the protocol: version and NUL, thread 4, scramble 8, filler 1, capabilities 2.
bool greeting_offers_tls(Bytes greeting) {
  constexpr uint16_t kSsl = 0x0800;
  if (!is_greeting(greeting)) return false;
  ByteReader in(greeting);
  in.skip(5);
  while (in.ok() && in.u8() != 0) {
  }
  in.skip(4 + 8 + 1);
  const uint16_t capabilities = in.u16();
  return in.ok() && (capabilities & kSsl) != 0;
}

}  // namespace millrace::mysql
