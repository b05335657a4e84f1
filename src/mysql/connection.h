// SPDX-License-Identifier: Apache-2.0
// An ordinary SQL connection to a source, by libmariadb: log-in with every plugin that it has, TLS,
// text results. One thread at a time; shutdown() from any.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct st_mysql;

namespace millrace::mysql {

enum class TlsMode : uint8_t { kDisabled, kPreferred, kRequired, kVerifyCa, kVerifyIdentity };

struct ConnectOptions {
  std::string host;
  uint16_t port = 3306;
  std::string user;
  std::string password;  // never logged, never part of an Error
  TlsMode tls = TlsMode::kPreferred;
  std::string tls_ca;  // PEM files; empty is the system's or none
  std::string tls_cert;
  std::string tls_key;
  uint32_t connect_timeout_s = 10;
  uint32_t read_timeout_s = 30;
};

// mysql://user[:password]@host[:port][?tls=MODE]. IPv6 in brackets; percent escapes in user and
// password. kInvalid says what is wrong and shows the form; it never repeats the password.
Result<ConnectOptions> parse_url(std::string_view url);
// The same without the password: mysql://user@host:port?tls=...
std::string masked_url(const ConnectOptions& options);

using Cell = std::optional<std::string>;  // nullopt is NULL
using Row = std::vector<Cell>;
struct Rows {
  std::vector<std::string> columns;
  std::vector<Row> rows;
  // The cell of the first row under `column` (case ignored); nullopt when there is none or it is
  // NULL.
  Cell first(std::string_view column) const;
};

class Connection {
 public:
  // kDenied: wrong user, password or client address; kUnavailable: not reachable, too many
  // connections; kUnsupported: an authentication plugin that the library lacks. The text names
  // host, port, user, the server's words and what to do.
  static Result<std::unique_ptr<Connection>> open(const ConnectOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One statement, its whole result in memory. `error_code` gives MySQL's number when it fails.
  Result<Rows> query(std::string_view sql, unsigned* error_code = nullptr);
  // As query(), but an error or an empty result is nullopt: for variables that a version may lack.
  Cell value(std::string_view sql);
  // As value(), but a link that is gone is an error and not an answer: for what decisions hang on.
  Result<Cell> ask(std::string_view sql);
  std::string server_version() const;  // without MariaDB's "5.5.5-" prefix
  bool is_mariadb() const;
  // {major, minor, patch}
  std::vector<int> version() const;
  bool uses_tls() const;
  // Cuts the connection from another thread: a blocked call returns with kCancelled or
  // kUnavailable.
  void shutdown();
  bool was_shut_down() const;
  st_mysql* handle();  // for the dump stream only

 private:
  Connection();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace::mysql
