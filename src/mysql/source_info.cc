// SPDX-License-Identifier: Apache-2.0
#include "mysql/source_info.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace millrace::mysql {
namespace {

constexpr unsigned kSyntaxError = 1064;
constexpr unsigned kNoBinaryLogging = 1381;
constexpr uint32_t kFirstServerId = uint32_t{1} << 30;

template <class Number>
Result<Number> number_of(const Cell& cell, std::string_view what) {
  Number value{};
  if (cell) {
    const auto [end, error] = std::from_chars(cell->data(), cell->data() + cell->size(), value);
    if (error == std::errc() && end == cell->data() + cell->size()) return value;
  }
  return Error{Errc::kUnsupported,
               fmt::format("{} is \"{}\", a number was expected", what, cell.value_or("NULL"))};
}

// The first of `statements` that the server can parse.
Result<Rows> first_that_parses(Connection& connection,
                               const std::vector<std::string_view>& statements, unsigned* code) {
  Result<Rows> answer = Error{Errc::kUnsupported, "nothing to ask"};
  for (std::string_view statement : statements) {
    answer = connection.query(statement, code);
    if (answer || *code != kSyntaxError) return answer;
  }
  return answer;
}

Error no_binlog() {
  return {Errc::kRefused,
          "the server writes no binlog: set log_bin in its configuration and restart it (a hosted "
          "server: turn on backups or binlog retention)"};
}

Error may_not_ask(Error error, bool mariadb) {
  if (error.code != Errc::kDenied) return error;
  error.what = fmt::format(
      "the account may not ask for the binlog's position: GRANT {} ON *.* TO it "
      "(the server: {})",
      mariadb ? "BINLOG MONITOR" : "REPLICATION CLIENT", error.what);
  return error;
}

int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Ids of the servers that are known to read from this one. Not all versions and accounts may ask;
// then nothing is known.
std::vector<uint32_t> replica_ids(Connection& connection) {
  unsigned code = 0;
  auto rows = first_that_parses(connection,
                                {"SHOW REPLICAS", "SHOW REPLICA HOSTS", "SHOW SLAVE HOSTS"}, &code);
  std::vector<uint32_t> ids;
  if (!rows) return ids;
  for (const Row& row : rows->rows) {
    if (row.empty()) continue;
    if (auto id = number_of<uint32_t>(row.front(), "server id")) ids.push_back(*id);
  }
  return ids;
}

Result<uint32_t> random_id() {
  uint32_t random = 0;
  if (getrandom(&random, sizeof random, 0) != sizeof random)
    return Error{Errc::kIo, "the system gives no random numbers"};
  return kFirstServerId | (random & (kFirstServerId - 1));
}

}  // namespace

std::string without_blanks(std::string_view text) {
  std::string out;
  for (char c : text)
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') out += c;
  return out;
}

Flavour flavour(const Connection& connection) {
  return connection.is_mariadb() ? Flavour::kMariaDb : Flavour::kMySql;
}

Result<bool> is_gtid_on(Connection& connection) {
  if (connection.is_mariadb()) return true;
  const Cell mode = TRY(connection.ask("SELECT @@GLOBAL.gtid_mode"));
  return mode && (*mode == "ON" || *mode == "on");
}

Result<change::Position> position_of_status(const Rows& status, bool gtids_count) {
  const Cell file = status.first("File");
  if (!file || file->empty()) return no_binlog();
  change::Position position;
  position.file = *file;
  position.offset = TRY(number_of<uint64_t>(status.first("Position"), "the binlog position"));
  if (gtids_count) position.gtids = without_blanks(status.first("Executed_Gtid_Set").value_or(""));
  return position;
}

namespace {

Result<Rows> log_status(Connection& connection) {
  const bool mariadb = connection.is_mariadb();
  std::vector<std::string_view> statements = {"SHOW MASTER STATUS", "SHOW BINARY LOG STATUS"};
  if (!mariadb && connection.version() >= std::vector<int>{8, 2, 0})
    std::swap(statements[0], statements[1]);
  unsigned code = 0;
  auto status = first_that_parses(connection, statements, &code);
  if (status) return status;
  if (code == kNoBinaryLogging) return no_binlog();
  return may_not_ask(std::move(status.error()), mariadb);
}

}  // namespace

Result<change::Position> log_end(Connection& connection) {
  return position_of_status(TRY(log_status(connection)), false);
}

Result<change::Position> current_position(Connection& connection) {
  const bool mariadb = connection.is_mariadb();
  const bool gtid_on = TRY(is_gtid_on(connection));
  const Rows status = TRY(log_status(connection));
  change::Position position = TRY(position_of_status(status, gtid_on && !mariadb));
  if (!mariadb) return position;
  // The GTIDs of exactly this place; @@gtid_binlog_pos is of a moment later.
  Cell gtids = TRY(connection.ask(
      fmt::format("SELECT BINLOG_GTID_POS('{}', {})", position.file, position.offset)));
  if (!gtids) gtids = TRY(connection.ask("SELECT @@GLOBAL.gtid_binlog_pos"));
  position.gtids = without_blanks(gtids.value_or(""));
  return position;
}

Result<change::ServerIdentity> server_identity(Connection& connection) {
  change::ServerIdentity identity;
  identity.server_id =
      TRY(number_of<uint32_t>(TRY(connection.ask("SELECT @@GLOBAL.server_id")), "@@server_id"));
  if (!connection.is_mariadb())
    identity.uuid = TRY(connection.ask("SELECT @@GLOBAL.server_uuid")).value_or("");
  return identity;
}

Result<std::vector<BinlogFileInfo>> list_binlogs(Connection& connection) {
  unsigned code = 0;
  auto rows = connection.query("SHOW BINARY LOGS", &code);
  if (!rows) {
    if (code == kNoBinaryLogging) return no_binlog();
    return may_not_ask(std::move(rows.error()), connection.is_mariadb());
  }
  std::vector<BinlogFileInfo> files;
  for (const Row& row : rows->rows) {
    if (row.size() < 2 || !row[0]) continue;
    files.push_back({*row[0], TRY(number_of<uint64_t>(row[1], "the size of a binlog file"))});
  }
  if (files.empty()) return no_binlog();
  return files;
}

Result<change::Position> oldest_position(Connection& connection) {
  const std::vector<BinlogFileInfo> files = TRY(list_binlogs(connection));
  change::Position position{files.front().name, 4, ""};
  if (connection.is_mariadb())
    position.gtids = without_blanks(
        TRY(connection.ask(fmt::format("SELECT BINLOG_GTID_POS('{}', 4)", position.file)))
            .value_or(""));
  else if (TRY(is_gtid_on(connection)))
    position.gtids =
        without_blanks(TRY(connection.ask("SELECT @@GLOBAL.gtid_purged")).value_or(""));
  return position;
}

std::string binlog_checksum(Connection& connection) {
  return connection.value("SELECT @@GLOBAL.binlog_checksum").value_or("NONE");
}

Result<int64_t> clock_difference_us(Connection& connection) {
  const int64_t before = now_us();
  // Before 5.6 NOW() has no fraction.
  Cell answer = TRY(connection.ask("SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)"));
  if (!answer) answer = TRY(connection.ask("SELECT UNIX_TIMESTAMP() * 1000000"));
  const int64_t after = now_us();
  const int64_t there = TRY(number_of<int64_t>(answer, "the source's clock"));
  return there - (before + (after - before) / 2);
}

Result<uint32_t> choose_server_id(Connection& connection, const std::vector<uint32_t>& taken) {
  std::vector<uint32_t> used = replica_ids(connection);
  used.insert(used.end(), taken.begin(), taken.end());
  used.push_back(TRY(server_identity(connection)).server_id);
  for (;;) {
    const uint32_t id = TRY(random_id());
    if (std::find(used.begin(), used.end(), id) == used.end()) return id;
  }
}

}  // namespace millrace::mysql
