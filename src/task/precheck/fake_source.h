// SPDX-License-Identifier: Apache-2.0
// For tests: a sound MySQL 8.0, which may be given faults.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "task/precheck/checks.h"

namespace millrace::task::precheck {

using mysql::Row;
using mysql::Rows;
using Variables = std::map<std::string, std::string, std::less<>>;

// A session whose answers are found by a part of the statement; the newest answer wins.
class FakeSession final : public capture::Session {
 public:
  void answer(std::string part, std::vector<std::string> columns, std::vector<Row> rows) {
    answers_.insert(answers_.begin(), {std::move(part), Rows{std::move(columns), std::move(rows)}});
  }
  void refuse(std::string part) {
    answers_.insert(answers_.begin(), {std::move(part), Error{Errc::kDenied, "Access denied"}});
  }
  Result<Rows> query(std::string_view sql, unsigned* error_code) override {
    for (const auto& [part, result] : answers_) {
      if (sql.find(part) == std::string_view::npos) continue;
      if (!result && error_code != nullptr) *error_code = 1227;
      return result;
    }
    return Rows{};
  }

 private:
  std::vector<std::pair<std::string, Result<Rows>>> answers_;
};

struct FakeSource {
  FakeSource() {
    session.answer("SELECT VERSION()", {"version", "seen_as", "account"},
                   {{"8.0.36", "cdc@10.0.0.5", "cdc@10.%"}});
    session.answer(
        "SHOW GRANTS", {"g"},
        {{"GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT, SHOW VIEW, TRIGGER, EVENT, PROCESS "
          "ON *.* TO u"}});
    session.answer("STATUS", {}, {});
    session.answer("SHOW MASTER STATUS", {"File", "Position", "Binlog_Do_DB", "Binlog_Ignore_DB"},
                   {{"bin.000003", "4", "", ""}});
    session.answer("SHOW BINARY LOGS", {"Log_name", "File_size"},
                   {{"bin.000001", "10"}, {"bin.000002", "10"}, {"bin.000003", "10"}});
    session.answer("SCHEMATA", {"s"}, {{"mysql"}, {"shop"}});
    session.answer("information_schema.TABLES WHERE TABLE_TYPE", {},
                   {{"shop", "orders", "BASE TABLE", "InnoDB"}});
    session.answer("STATISTICS", {}, {{"shop", "orders", "PRIMARY", "", std::nullopt}});
    session.answer("SUB_PART IS NOT NULL", {}, {});
    session.answer("UNIX_TIMESTAMP", {"t"}, {{"1700000000"}});
    session.answer("@@SESSION.", {"v"}, {{"86400"}});
    session.answer("DISTINCT CHARACTER_SET_NAME", {}, {{"utf8mb4", "utf8mb4_0900_ai_ci"}});
    variables = {{"log_bin", "ON"},
                 {"binlog_format", "ROW"},
                 {"binlog_row_image", "FULL"},
                 {"binlog_row_metadata", "FULL"},
                 {"binlog_row_value_options", ""},
                 {"binlog_checksum", "CRC32"},
                 {"binlog_expire_logs_seconds", "2592000"},
                 {"server_id", "1"},
                 {"gtid_mode", "ON"},
                 {"sync_binlog", "1"},
                 {"innodb_flush_log_at_trx_commit", "1"},
                 {"log_replica_updates", "ON"},
                 {"lower_case_table_names", "0"},
                 {"max_allowed_packet", "67108864"},
                 {"time_zone", "SYSTEM"},
                 {"system_time_zone", "UTC"},
                 {"server_uuid", "3e11fa47-71ca-11e1-9e33-c80aa9429562"},
                 {"gtid_executed", "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-100"},
                 {"gtid_purged", ""},
                 {"version_comment", "MySQL Community Server - GPL"}};
    input.source.host = "127.0.0.1";
    input.source.user = "cdc";
    input.our_server_id = 77;
    input.room = PrecheckRoom{.free_bytes = 1ULL << 30, .retention_ms = 3'600'000};
  }

  PrecheckReport run() { return address().report; }
  AddressReport address() {
    std::vector<Row> rows;
    for (const auto& [name, value] : variables) rows.push_back({name, value});
    session.answer("SHOW GLOBAL VARIABLES", {"n", "v"}, rows);
    Source source{session,
                  [&] { return identity(); },
                  [&](const std::string&) -> Result<Rehearsal> { return dump; },
                  [&](const std::string&) -> Result<int64_t> { return oldest_file_s; },
                  [] { return int64_t{1'700'000'000'500'000}; },
                  uses_tls};
    return run_checks(input, source, {});
  }
  PrecheckItem item(std::string_view id) {
    for (const PrecheckItem& item : run().items) {
      if (item.id == id) return item;
    }
    ADD_FAILURE() << "no item " << id;
    return {};
  }
  Result<std::string> identity() {
    return two_servers && ++connections % 2 == 0 ? std::string("b") : std::string("a");
  }

  FakeSession session;
  Variables variables;
  PrecheckInput input;
  Result<Rehearsal> dump = Rehearsal{.events = 3};
  Result<int64_t> oldest_file_s = int64_t{1'699'000'000};
  bool uses_tls = true;
  bool two_servers = false;
  int connections = 0;
};

inline bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace millrace::task::precheck
