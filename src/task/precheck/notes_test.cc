// SPDX-License-Identifier: Apache-2.0
// Checks that tell what follows from how things are: settings, places, accounts, services, tables.
#include <gtest/gtest.h>

#include <iterator>
#include <set>
#include <string>

#include "task/precheck/fake_source.h"

namespace millrace::task::precheck {
namespace {

constexpr const char* kUuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

PrecheckPlace place(const std::string& file, uint64_t offset, const std::string& gtids) {
  return {{.file = file, .offset = offset, .gtids = gtids}, {.uuid = kUuid, .server_id = 1}};
}

// One fault a row, and the level that it gives its check.
struct FaultCase {
  const char* item;
  PrecheckLevel level;
  const char* evidence;  // part of it
  void (*spoil)(FakeSource&);
};
class FaultTest : public testing::TestWithParam<FaultCase> {};

TEST_P(FaultTest, GivesItsLevelItsEvidenceAndItsReason) {
  const FaultCase& c = GetParam();
  FakeSource source;
  EXPECT_EQ(source.item(c.item).level, PrecheckLevel::kPass);
  c.spoil(source);
  const PrecheckItem item = source.item(c.item);
  EXPECT_EQ(item.level, c.level) << item.evidence;
  EXPECT_TRUE(has(item.evidence, c.evidence)) << item.evidence;
  EXPECT_TRUE(c.level == PrecheckLevel::kSkip || !item.why.empty());
}

constexpr auto S = PrecheckLevel::kSkip;
constexpr auto I = PrecheckLevel::kInfo;
constexpr auto W = PrecheckLevel::kWarn;
constexpr auto F = PrecheckLevel::kFail;
constexpr const char* kColumns = "COLUMN_TYPE LIKE";

const FaultCase kFaults[] = {
    {"encryption", W, "TLSv1.1",
     [](FakeSource& s) {
       s.session.answer("Ssl_version", {"n", "v"}, {{"Ssl_version", "TLSv1.1"}});
     }},
    {"encryption", I, "TLSv1.3",
     [](FakeSource& s) {
       s.input.source.host = "db1";
       s.session.answer("Ssl_version", {"n", "v"}, {{"Ssl_version", "TLSv1.3"}});
     }},
    {"encryption", W, "none",
     [](FakeSource& s) {
       s.input.source.host = "db1";
       s.uses_tls = false;
     }},
    {"server_id", F, "another reader is there with ours, 77",
     [](FakeSource& s) { s.session.answer("SHOW REPLICAS", {"id"}, {{"77"}}); }},
    {"server_id", F, "another task", [](FakeSource& s) { s.input.busy_server_ids = {77}; }},
    {"statements", S, "not read",
     [](FakeSource& s) {
       s.dump = Error{Errc::kDenied, "no"};
     }},
    {"log_depth", W, "1 d",
     [](FakeSource& s) {
       s.oldest_file_s = int64_t{1'700'000'000 - 86'400};
       s.session.answer("SHOW BINARY LOGS", {"n", "s"}, {{"bin.000007", "9"}});
     }},
    {"log_depth", S, "bin.000001 cannot be read: no",
     [](FakeSource& s) {
       s.oldest_file_s = Error{Errc::kDenied, "no"};
     }},
    {"our_room", W, "free",
     [](FakeSource& s) {
       s.session.answer("SHOW BINARY LOGS", {"n", "s"}, {{"bin.000001", "3000000000000"}});
     }},
    {"our_room", W, "without limit", [](FakeSource& s) { s.input.room->retention_ms = -1; }},
    {"our_room", S, "cannot be told yet",
     [](FakeSource& s) { s.oldest_file_s = int64_t{1'699'999'999}; }},
    {"our_room", S, "no task", [](FakeSource& s) { s.input.room.reset(); }},
    {"place", F, "bin.000000:4: the file is gone",
     [](FakeSource& s) { s.input.place = place("bin.000000", 4, ""); }},
    {"place", F, "bin.000002:11: the file ends at 10",
     [](FakeSource& s) { s.input.place = place("bin.000002", 11, ""); }},
    {"place", F, "purged and not read yet: 3e11fa47-71ca-11e1-9e33-c80aa9429562:8-9",
     [](FakeSource& s) {
       s.input.place = place("bin.000002", 4, std::string(kUuid) + ":1-7");
       s.variables["gtid_purged"] = std::string(kUuid) + ":1-9";
     }},
    {"place", F, "not on this server: 3e11fa47-71ca-11e1-9e33-c80aa9429562:101-120",
     [](FakeSource& s) { s.input.place = place("bin.000002", 4, std::string(kUuid) + ":1-120"); }},
    {"place", S, "another server",
     [](FakeSource& s) {
       s.input.place = place("bin.000002", 4, "");
       s.variables["server_uuid"] = "00000000-71ca-11e1-9e33-c80aa9429562";
     }},
    {"identity", F, "before: 3e11fa47",
     [](FakeSource& s) {
       s.input.place = place("bin.000002", 4, "");
       s.variables["server_uuid"] = "00000000-71ca-11e1-9e33-c80aa9429562";
     }},
    {"identity", W, "before: 3e11fa47",
     [](FakeSource& s) {
       s.input.place = place("bin.000002", 4, std::string(kUuid) + ":1-7");
       s.variables["server_uuid"] = "00000000-71ca-11e1-9e33-c80aa9429562";
     }},
    {"log_bypass", I, "3 accounts",
     [](FakeSource& s) { s.session.answer("USER_PRIVILEGES", {"accounts"}, {{"3"}}); }},
    {"long_transactions", W, "2 open for more than 10 minutes, the oldest for 900 s",
     [](FakeSource& s) {
       s.session.answer("INNODB_TRX", {"n", "age"}, {{"2", "900"}});
     }},
    {"triggers", I, "1 triggers, 0 events",
     [](FakeSource& s) {
       s.session.answer("information_schema.TRIGGERS", {}, {{"shop", "orders", "t"}});
     }},
    {"timeouts", W, "wait_timeout = 30",
     [](FakeSource& s) { s.session.answer("@@SESSION.wait_timeout", {"v"}, {{"30"}}); }},
    {"names", W, "shop.ORDERS and shop.orders",
     [](FakeSource& s) {
       s.session.answer("information_schema.TABLES WHERE TABLE_TYPE", {},
                        {{"shop", "ORDERS", "BASE TABLE", "InnoDB"},
                         {"shop", "orders", "BASE TABLE", "InnoDB"}});
     }},
    {"key_columns", W, "shop.orders.price (double)",
     [](FakeSource& s) {
       s.session.answer("COLUMN_KEY", {}, {{"shop", "orders", "price", "double", std::nullopt}});
     }},
    {"key_columns", W, "shop.orders.name (in part)",
     [](FakeSource& s) {
       s.session.answer("SUB_PART IS NOT NULL", {}, {{"shop", "orders", "name"}});
     }},
    {"key_columns", I, "shop.orders.name (utf8mb4_0900_ai_ci)",
     [](FakeSource& s) {
       s.session.answer("COLUMN_KEY", {},
                        {{"shop", "orders", "name", "varchar", "utf8mb4_0900_ai_ci"},
                         {"shop", "orders", "code", "varchar", "utf8mb4_bin"}});
     }},
    {"charsets", F, "unknown: klingon",
     [](FakeSource& s) {
       s.session.answer("DISTINCT CHARACTER_SET_NAME", {}, {{"klingon", "klingon_bin"}});
     }},
    {"charsets", F, "unknown: utf8mb4_klingon_ci",
     [](FakeSource& s) {
       s.session.answer("DISTINCT CHARACTER_SET_NAME", {}, {{"utf8mb4", "utf8mb4_klingon_ci"}});
     }},
    {"special", I, "shop.orders.at (time /* mariadb-5.3 */)",
     [](FakeSource& s) {
       s.session.answer(kColumns, {}, {{"shop", "orders", "at", "time /* mariadb-5.3 */"}});
     }},
    {"special", I, "shop.s (sequence)",
     [](FakeSource& s) {
       s.session.answer("information_schema.TABLES WHERE TABLE_TYPE", {},
                        {{"shop", "s", "SEQUENCE", "InnoDB"}});
     }},
    {"helper_names", I, "shop._users_gho",
     [](FakeSource& s) {
       s.session.answer("information_schema.TABLES WHERE TABLE_TYPE", {},
                        {{"shop", "_users_gho", "BASE TABLE", "InnoDB"}});
     }},
    {"hosted", I, "Aurora MySQL, aurora_enhanced_binlog = 1",
     [](FakeSource& s) {
       s.variables["aurora_version"] = "3.04.0";
       s.variables["aurora_enhanced_binlog"] = "1";
     }},
    {"hosted", I, "Amazon RDS for MySQL",
     [](FakeSource& s) { s.variables["basedir"] = "/rdsdbbin/mysql/"; }},
    {"hosted", I, "ApsaraDB RDS for MySQL",
     [](FakeSource& s) { s.variables["rds_version"] = "3"; }},
    {"hosted", I, "Cloud SQL for MySQL",
     [](FakeSource& s) { s.session.answer("SELECT VERSION()", {"version"}, {{"8.0.31-google"}}); }},
    {"hosted", I, "Azure Database for MySQL",
     [](FakeSource& s) { s.input.source.host = "x.mysql.database.azure.com"; }},
    {"hosted", W, "PolarDB-X",
     [](FakeSource& s) {
       s.session.answer("SELECT VERSION()", {"version"}, {{"5.6.29-TDDL-5.4.13-16534775"}});
     }},
    {"hosted", I, "polardb_version = 8.0.1.1.33",
     [](FakeSource& s) {
       s.variables["polardb_version"] = "8.0.1.1.33";
       s.variables["innodb_read_only"] = "ON";
     }},
    {"hosted", F, "a read-only node, polardb_version = 8.0.1.1.5", [](FakeSource& s) {
       s.variables["polardb_version"] = "8.0.1.1.5";
       s.variables["innodb_read_only"] = "ON";
     }}};
INSTANTIATE_TEST_SUITE_P(Faults, FaultTest, testing::ValuesIn(kFaults));

TEST(Notes, APlaceThatIsThereAndTheServerThatItWasPass) {
  FakeSource source;
  source.input.place = place("bin.000002", 10, "");
  EXPECT_EQ(source.item("place").evidence, "bin.000002:10 is there");
  EXPECT_EQ(source.item("identity").level, PrecheckLevel::kPass);
  source.input.place = place("bin.000000", 10, std::string(kUuid) + ":1-100");
  EXPECT_EQ(source.item("place").level, PrecheckLevel::kPass) << "GTIDs decide, not files";
  source.input.start_file = "bin.000000";
  EXPECT_EQ(source.item("binlog_files").level, PrecheckLevel::kPass) << "it was read since";
}

TEST(Notes, OurOwnReaderIsNoOther) {
  FakeSource source;
  source.input.our_uuid = "ours";
  source.session.answer("SHOW REPLICAS", {"Server_Id", "Replica_UUID"}, {{"77", "ours"}});
  EXPECT_EQ(source.item("server_id").level, PrecheckLevel::kPass);
  source.session.answer("SHOW REPLICAS", {"Server_Id", "Replica_UUID"}, {{"77", "theirs"}});
  source.input.is_reading = true;
  EXPECT_EQ(source.item("server_id").level, PrecheckLevel::kFail);
  source.session.answer("SHOW REPLICAS", {"Server_id"}, {{"77"}});
  EXPECT_EQ(source.item("server_id").level, PrecheckLevel::kPass) << "no uuid to tell them by";
}

TEST(Notes, WithTheFourPrivilegesWhatIsNotSeenIsSkippedWithTheReason) {
  FakeSource source;
  source.session.answer("SHOW GRANTS", {"g"},
                        {{"GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT, SHOW VIEW ON *.* "
                          "TO u"}});
  source.session.refuse("INNODB_TRX");
  for (const char* id : {"triggers", "long_transactions"}) {
    const PrecheckItem item = source.item(id);
    EXPECT_EQ(item.level, PrecheckLevel::kSkip) << id;
    EXPECT_TRUE(has(item.evidence, "privilege")) << item.evidence;
  }
  EXPECT_TRUE(source.run().passed());
}

TEST(Notes, MariaDbsOwnWaysOfLoggingAreTold) {
  FakeSource source;
  source.session.answer("SELECT VERSION()", {"version"}, {{"10.11.6-MariaDB"}});
  EXPECT_EQ(source.item("mariadb_log").level, PrecheckLevel::kPass);
  source.variables["binlog_alter_two_phase"] = "ON";
  EXPECT_EQ(source.item("mariadb_log").level, PrecheckLevel::kInfo);
  source.variables["binlog_storage_engine"] = "innodb";
  EXPECT_EQ(source.item("gtid").level, PrecheckLevel::kWarn);
}

TEST(Notes, GtidsAreSwitchedOnOneStepAtATime) {
  FakeSource source;
  source.variables["gtid_mode"] = "OFF_PERMISSIVE";
  source.variables["enforce_gtid_consistency"] = "ON";
  EXPECT_EQ(source.item("gtid").fix,
            "SET PERSIST gtid_mode = ON_PERMISSIVE;\n"
            "SHOW STATUS LIKE 'Ongoing_anonymous_transaction_count';   -- wait until it is 0\n"
            "SET PERSIST gtid_mode = ON;");
  source.variables["gtid_mode"] = "OFF";
  source.session.answer("SELECT VERSION()", {"version"}, {{"5.6.24"}});
  EXPECT_TRUE(has(source.item("gtid").fix, "restart"));
}

TEST(Notes, StatementsForTablesAreWholeAndOneATable) {
  FakeSource source;
  source.session.answer("STATISTICS", {}, {});
  source.session.answer(
      "information_schema.TABLES WHERE TABLE_TYPE", {},
      {{"shop", "a`b", "BASE TABLE", "MyISAM"}, {"shop", "c", "BASE TABLE", "MyISAM"}});
  EXPECT_EQ(source.item("engines").fix,
            "ALTER TABLE `shop`.`a``b` ENGINE = InnoDB;\nALTER TABLE `shop`.`c` ENGINE = InnoDB;");
  EXPECT_EQ(source.item("keys").fix.substr(0, 94),
            "ALTER TABLE `shop`.`a``b` ADD COLUMN `row_id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT "
            "INVISIBL");
}

// The others have their faults in checks_test.cc.
constexpr const char* kInChecksTest[] = {
    "binlog_enabled",   "binlog_filters", "binlog_files",  "binlog_format",
    "cascades",         "checksum",       "clock",         "cluster",
    "columns",          "compression",    "dump",          "durability",
    "engines",          "gtid",           "keys",          "log_encryption",
    "mariadb_log",      "objects",        "online_ddl",    "privileges",
    "read_only",        "replica",        "retention",     "row_image",
    "row_metadata",     "row_size",       "single_server", "source_kind",
    "sql_mode",         "time_zone",      "version",       "xa",
    "row_value_options"};

TEST(Notes, EveryCheckHasAFault) {
  std::set<std::string_view> ids(std::begin(kInChecksTest), std::end(kInChecksTest));
  for (const FaultCase& c : kFaults) ids.insert(c.item);
  std::set<std::string_view> checks;
  for (const Check& check : kChecks) checks.insert(check.id);
  EXPECT_EQ(ids, checks);
}

}  // namespace
}  // namespace millrace::task::precheck
