// SPDX-License-Identifier: Apache-2.0
#include "mysql/connection.h"

#include <errmsg.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <mysql.h>
#include <openssl/x509.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>

#include "mysql/connect_error.h"
#include "mysql/greeting_guard.h"
#include "mysql/limits.h"

namespace millrace::mysql {
namespace {

// What may answer a server that asks for another way to log in, unless TLS proved who it is: these
// do not send the password as it is.
constexpr const char* kPluginsOnUnverifiedLinks =
    "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519,parsec";

bool verifies(TlsMode mode) {
  return mode == TlsMode::kVerifyCa || mode == TlsMode::kVerifyIdentity;
}
bool must_have_tls(TlsMode mode) { return mode == TlsMode::kRequired || verifies(mode); }

void init_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    mysql_library_init(0, nullptr, nullptr);
    install_greeting_guard();
  });
}

// libmariadb checks the chain when it is given authorities, the name only with VERIFY_SERVER_CERT.
// As in MySQL's clients tls=required with authorities checks the chain too.
void set_tls(MYSQL* mysql, const ConnectOptions& options, TlsMode mode) {
  if (mode == TlsMode::kDisabled) return;
  const my_bool on = 1;
  mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &on);
  if (!options.tls_cert.empty()) mysql_options(mysql, MYSQL_OPT_SSL_CERT, options.tls_cert.c_str());
  if (!options.tls_key.empty()) mysql_options(mysql, MYSQL_OPT_SSL_KEY, options.tls_key.c_str());
  if (must_have_tls(mode) && !options.tls_ca.empty())
    mysql_options(mysql, MYSQL_OPT_SSL_CA, options.tls_ca.c_str());
  else if (verifies(mode))
    mysql_options(mysql, MYSQL_OPT_SSL_CAPATH, X509_get_default_cert_dir());
  if (mode == TlsMode::kVerifyIdentity) mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on);
}

void set_options(MYSQL* mysql, const ConnectOptions& options, TlsMode mode) {
  const unsigned connect_timeout = options.connect_timeout_s;
  const unsigned read_timeout = options.read_timeout_s;
  const unsigned protocol = MYSQL_PROTOCOL_TCP;  // "localhost" too
  const unsigned no = 0;
  const size_t max_packet = kMaxEventSize;
  mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect_timeout);
  mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &read_timeout);
  mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &read_timeout);
  mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
  mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &no);
  mysql_options(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &max_packet);
  mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_optionsv(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "millrace");
  if (!verifies(mode)) mysql_options(mysql, MARIADB_OPT_RESTRICTED_AUTH, kPluginsOnUnverifiedLinks);
  set_tls(mysql, options, mode);
}

std::string without_prefix(std::string_view version) {
  constexpr std::string_view kReplicationPrefix = "5.5.5-";
  if (version.substr(0, kReplicationPrefix.size()) == kReplicationPrefix &&
      version.find("MariaDB") != std::string_view::npos)
    version.remove_prefix(kReplicationPrefix.size());
  return std::string(version);
}

// Spec 1.1. A variable that a version lacks is no error.
constexpr std::string_view kSessionSetup[] = {
    "SET NAMES utf8mb4",
    "SET SESSION time_zone='+00:00'",
    "SET SESSION sql_mode='NO_AUTO_VALUE_ON_ZERO'",
    "SET SESSION sql_quote_show_create=1",
    "SET SESSION wait_timeout=86400, net_write_timeout=3600, net_read_timeout=3600",
    "SET SESSION show_gipk_in_create_table_and_information_schema=ON",
};

}  // namespace

Cell Rows::first(std::string_view column) const {
  if (rows.empty()) return std::nullopt;
  for (size_t i = 0; i < columns.size() && i < rows.front().size(); ++i)
    if (columns[i].size() == column.size() &&
        strncasecmp(columns[i].data(), column.data(), column.size()) == 0)
      return rows.front()[i];
  return std::nullopt;
}

struct Connection::State {
  MYSQL* mysql = nullptr;
  // A descriptor of our own for the same socket: shutdown() may come while the library closes its
  // one, whose number another thread could then already have for something else.
  int socket = -1;
  std::atomic<bool> shut_down{false};
  std::string version;

  ~State() {
    if (mysql != nullptr) mysql_close(mysql);
    if (socket >= 0) ::close(socket);
  }

  // One attempt. False with `failure` filled.
  bool connect(const ConnectOptions& options, TlsMode mode, ConnectFailure& failure) {
    if (mysql != nullptr) mysql_close(mysql);
    mysql = mysql_init(nullptr);
    if (mysql == nullptr) {
      failure = {CR_OUT_OF_MEMORY, "no memory", {}, false};
      return false;
    }
    set_options(mysql, options, mode);
    const GreetingGuard guard(must_have_tls(mode));
    const MYSQL* connected =
        mysql_real_connect(mysql, options.host.c_str(), options.user.c_str(),
                           options.password.c_str(), nullptr, options.port, nullptr, 0);
    if (connected != nullptr && must_have_tls(mode) && mysql_get_ssl_cipher(mysql) == nullptr) {
      failure = {0, "", guard.greeting(), true};
      return false;
    }
    if (connected != nullptr) return true;
    failure = {mysql_errno(mysql), mysql_error(mysql), guard.greeting(), guard.refused()};
    return false;
  }
};

Connection::Connection() : state_(std::make_unique<State>()) {}
Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::open(const ConnectOptions& options) {
  init_library();
  std::unique_ptr<Connection> connection(new Connection);
  State& state = *connection->state_;
  ConnectFailure failure;
  bool connected = state.connect(options, options.tls, failure);
  // No password was sent when the handshake failed.
  if (!connected && options.tls == TlsMode::kPreferred && failure.code == CR_SSL_CONNECTION_ERROR)
    connected = state.connect(options, TlsMode::kDisabled, failure);
  if (!connected) return connect_error(failure, options);
  state.socket = ::fcntl(mysql_get_socket(state.mysql), F_DUPFD_CLOEXEC, 0);
  state.version = without_prefix(mysql_get_server_info(state.mysql));
  for (std::string_view statement : kSessionSetup) {
    unsigned code = 0;
    auto done = connection->query(statement, &code);
    if (done || done.error().code != Errc::kUnavailable) continue;
    return connect_error({code, done.error().what, {}, false}, options);
  }
  return connection;
}

Result<Rows> Connection::query(std::string_view sql, unsigned* error_code) {
  MYSQL* const mysql = state_->mysql;
  const auto failed = [&]() -> Error {
    if (error_code != nullptr) *error_code = mysql_errno(mysql);
    return statement_error(mysql_errno(mysql), mysql_error(mysql), sql, state_->shut_down);
  };
  if (error_code != nullptr) *error_code = 0;
  if (state_->shut_down) return Error{Errc::kCancelled, "the connection was shut down"};
  if (mysql_real_query(mysql, sql.data(), sql.size()) != 0) return failed();
  Rows out;
  const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> result(mysql_store_result(mysql),
                                                                        &mysql_free_result);
  if (result == nullptr) {
    if (mysql_errno(mysql) != 0) return failed();
    return out;  // a statement that gives no rows
  }
  const unsigned width = mysql_num_fields(result.get());
  const MYSQL_FIELD* fields = mysql_fetch_fields(result.get());
  for (unsigned i = 0; i < width; ++i) out.columns.emplace_back(fields[i].name);
  out.rows.reserve(mysql_num_rows(result.get()));
  while (const MYSQL_ROW row = mysql_fetch_row(result.get())) {
    const unsigned long* lengths = mysql_fetch_lengths(result.get());
    Row& cells = out.rows.emplace_back(width);
    for (unsigned i = 0; i < width; ++i)
      if (row[i] != nullptr) cells[i].emplace(row[i], lengths[i]);
  }
  return out;
}

Cell Connection::value(std::string_view sql) {
  auto rows = query(sql);
  if (!rows || rows->rows.empty() || rows->rows.front().empty()) return std::nullopt;
  return std::move(rows->rows.front().front());
}

Result<Cell> Connection::ask(std::string_view sql) {
  auto rows = query(sql);
  if (!rows) {
    const Errc code = rows.error().code;
    if (code == Errc::kUnavailable || code == Errc::kCancelled) return std::move(rows.error());
    return Cell();
  }
  if (rows->rows.empty() || rows->rows.front().empty()) return Cell();
  return std::move(rows->rows.front().front());
}

std::string Connection::server_version() const { return state_->version; }

bool Connection::is_mariadb() const {
  return state_->version.find("MariaDB") != std::string::npos ||
         state_->version.find("mariadb") != std::string::npos;
}

std::vector<int> Connection::version() const {
  std::vector<int> parts(3);
  size_t at = 0;
  for (int& part : parts) {
    const size_t begin = at;
    for (; at < state_->version.size() && state_->version[at] >= '0' &&
           state_->version[at] <= '9' && at - begin < 6;
         ++at)
      part = part * 10 + (state_->version[at] - '0');
    if (at == begin || at >= state_->version.size() || state_->version[at] != '.') break;
    ++at;
  }
  return parts;
}

bool Connection::uses_tls() const { return mysql_get_ssl_cipher(state_->mysql) != nullptr; }

void Connection::shutdown() {
  state_->shut_down = true;
  if (state_->socket >= 0) ::shutdown(state_->socket, SHUT_RDWR);
}

bool Connection::was_shut_down() const { return state_->shut_down; }

st_mysql* Connection::handle() { return state_->mysql; }

}  // namespace millrace::mysql
