// SPDX-License-Identifier: Apache-2.0
// Each check on a source with one fault: a sound MySQL 8.0 answers everything else.
#include "task/precheck/checks.h"

#include <gtest/gtest.h>

#include <iterator>
#include <set>
#include <string>

#include "task/precheck/fake_source.h"

namespace millrace::task::precheck {
namespace {

TEST(Precheck, ASoundSourcePassesEverything) {
  const PrecheckReport report = FakeSource().run();
  EXPECT_TRUE(report.passed());
  for (const PrecheckItem& item : report.items) {
    EXPECT_EQ(item.level, PrecheckLevel::kPass) << item.id << ": " << item.evidence;
    EXPECT_TRUE(item.why.empty() && item.fix.empty()) << item.id;
    EXPECT_FALSE(item.evidence.empty()) << item.id;
  }
  EXPECT_EQ(report.items.size(), std::size(kChecks) + 1);
  EXPECT_EQ(report.seen_as, "cdc@10.0.0.5");
}

TEST(Precheck, IdsAreUnique) {
  std::set<std::string_view> ids = {kConnectivityId, kAddressesId};
  for (const Check& check : kChecks) EXPECT_TRUE(ids.insert(check.id).second) << check.id;
}

struct VariableCase {
  const char* name;
  const char* value;  // null: the variable is not there
  const char* item;
  PrecheckLevel level;
};
class VariableTest : public testing::TestWithParam<VariableCase> {};

TEST_P(VariableTest, GivesItsLevel) {
  const VariableCase& c = GetParam();
  FakeSource source;
  if (c.value == nullptr) {
    source.variables.erase(c.name);
  } else {
    source.variables[c.name] = c.value;
  }
  const PrecheckItem item = source.item(c.item);
  EXPECT_EQ(item.level, c.level) << item.evidence;
  if (c.level >= PrecheckLevel::kWarn) {
    EXPECT_TRUE(has(item.evidence, c.value)) << item.evidence;
    EXPECT_FALSE(item.why.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Levels, VariableTest,
    testing::Values(
        VariableCase{"log_bin", "OFF", "binlog_enabled", PrecheckLevel::kFail},
        VariableCase{"binlog_format", "MIXED", "binlog_format", PrecheckLevel::kFail},
        VariableCase{"binlog_format", "STATEMENT", "binlog_format", PrecheckLevel::kFail},
        VariableCase{"binlog_format", nullptr, "binlog_format", PrecheckLevel::kPass},
        VariableCase{"binlog_row_image", "MINIMAL", "row_image", PrecheckLevel::kFail},
        VariableCase{"binlog_row_image", "NOBLOB", "row_image", PrecheckLevel::kFail},
        VariableCase{"binlog_row_image", "FULL_NODUP", "row_image", PrecheckLevel::kFail},
        VariableCase{"binlog_row_image", nullptr, "row_image", PrecheckLevel::kPass},
        VariableCase{"binlog_row_value_options", "PARTIAL_JSON", "row_value_options",
                     PrecheckLevel::kWarn},
        VariableCase{"binlog_row_metadata", "MINIMAL", "row_metadata", PrecheckLevel::kInfo},
        VariableCase{"binlog_checksum", "NONE", "checksum", PrecheckLevel::kWarn},
        VariableCase{"server_id", "0", "server_id", PrecheckLevel::kFail},
        VariableCase{"server_id", "77", "server_id", PrecheckLevel::kFail},
        VariableCase{"gtid_mode", "OFF", "gtid", PrecheckLevel::kWarn},
        VariableCase{"gtid_mode", "ON_PERMISSIVE", "gtid", PrecheckLevel::kWarn},
        VariableCase{"gtid_mode", nullptr, "gtid", PrecheckLevel::kInfo},
        VariableCase{"binlog_checksum", nullptr, "checksum", PrecheckLevel::kInfo},
        VariableCase{"binlog_row_metadata", nullptr, "row_metadata", PrecheckLevel::kInfo},
        VariableCase{"binlog_transaction_compression", "ON", "compression", PrecheckLevel::kInfo},
        VariableCase{"binlog_encryption", "ON", "log_encryption", PrecheckLevel::kInfo},
        VariableCase{"super_read_only", "ON", "read_only", PrecheckLevel::kInfo},
        VariableCase{"time_zone", "Europe/Paris", "time_zone", PrecheckLevel::kInfo},
        VariableCase{"time_zone", "+00:00", "time_zone", PrecheckLevel::kPass},
        VariableCase{"system_time_zone", "CET", "time_zone", PrecheckLevel::kInfo},
        VariableCase{"sql_mode", "STRICT_TRANS_TABLES,ANSI_QUOTES", "sql_mode",
                     PrecheckLevel::kInfo},
        VariableCase{"sql_mode", "STRICT_TRANS_TABLES", "sql_mode", PrecheckLevel::kPass},
        VariableCase{"explicit_defaults_for_timestamp", "OFF", "sql_mode", PrecheckLevel::kInfo},
        VariableCase{"max_allowed_packet", "1073741824", "row_size", PrecheckLevel::kInfo},
        VariableCase{"lower_case_table_names", "1", "names", PrecheckLevel::kInfo},
        VariableCase{"group_replication_group_name", "g", "cluster", PrecheckLevel::kInfo},
        VariableCase{"sync_binlog", "0", "durability", PrecheckLevel::kWarn},
        VariableCase{"innodb_flush_log_at_trx_commit", "2", "durability", PrecheckLevel::kWarn},
        VariableCase{"binlog_expire_logs_seconds", "600", "retention", PrecheckLevel::kFail},
        VariableCase{"binlog_expire_logs_seconds", "86400", "retention", PrecheckLevel::kWarn},
        VariableCase{"binlog_expire_logs_seconds", "0", "retention", PrecheckLevel::kPass},
        VariableCase{"expire_logs_days", "1", "retention", PrecheckLevel::kPass},
        VariableCase{"max_binlog_total_size", "1000000", "retention", PrecheckLevel::kWarn},
        VariableCase{"wsrep_on", "ON", "cluster", PrecheckLevel::kWarn},
        VariableCase{"log_replica_updates", "OFF", "replica", PrecheckLevel::kPass}));

TEST(Precheck, OnlyTheRowImageAndItsLikeCanBeWaived) {
  FakeSource source;
  source.variables["binlog_row_image"] = "MINIMAL";
  EXPECT_FALSE(source.run().passed());
  EXPECT_TRUE(source.run().passed({"row_image"}));
  source.variables["binlog_format"] = "MIXED";
  EXPECT_FALSE(source.run().passed({"row_image", "binlog_format"}));
}

TEST(Precheck, AReplicaThatDoesNotLogWhatItReplicatesFails) {
  FakeSource source;
  source.session.answer("SHOW REPLICA STATUS", {"Source_Host"}, {{"db1"}});
  EXPECT_EQ(source.item("replica").level, PrecheckLevel::kPass);
  source.variables["log_replica_updates"] = "OFF";
  EXPECT_EQ(source.item("replica").level, PrecheckLevel::kFail);
}

TEST(Precheck, AReplicaThatFiltersOrReordersWarns) {
  FakeSource source;
  source.session.answer("SHOW REPLICA STATUS", {"Replicate_Ignore_DB"}, {{"crm"}});
  EXPECT_TRUE(has(source.item("replica").evidence, "Replicate_Ignore_DB = crm"));
  source.session.answer("SHOW REPLICA STATUS", {"Replicate_Ignore_DB"}, {{""}});
  source.variables["replica_parallel_workers"] = "4";
  EXPECT_EQ(source.item("replica").level, PrecheckLevel::kWarn);
  source.variables["replica_preserve_commit_order"] = "ON";
  EXPECT_EQ(source.item("replica").level, PrecheckLevel::kPass);
}

TEST(Precheck, MariaDbTellsWhetherItReplicatesOnlyToSome) {
  FakeSource source;
  source.session.answer("SELECT VERSION()", {"version", "seen_as", "account"},
                        {{"5.5.5-10.11.6-MariaDB-log", "cdc@h", "cdc@%"}});
  source.session.refuse("SHOW ALL SLAVES STATUS");
  source.variables.erase("log_replica_updates");
  source.variables["log_slave_updates"] = "OFF";
  EXPECT_EQ(source.item("replica").level, PrecheckLevel::kInfo);
  source.session.answer("Slaves_running", {"n", "v"}, {{"Slaves_running", "1"}});
  EXPECT_EQ(source.item("replica").level, PrecheckLevel::kFail);
  EXPECT_EQ(source.run().server_version, "10.11.6-MariaDB-log");
}

TEST(Precheck, MissingPrivilegesAreNamedWithTheStatementThatGrantsThem) {
  FakeSource source;
  source.session.answer("SHOW GRANTS", {"g"}, {{"GRANT SELECT, SHOW VIEW ON `shop`.* TO u"}});
  source.session.refuse("SHOW MASTER STATUS");
  source.input.selection.objects = {{"shop", ""}, {"crm", "users"}};
  const PrecheckItem item = source.item("privileges");
  EXPECT_EQ(item.level, PrecheckLevel::kFail);
  EXPECT_TRUE(has(item.evidence, "SELECT on crm.users")) << item.evidence;
  EXPECT_TRUE(has(item.evidence, "seen as cdc@10.0.0.5")) << item.evidence;
  EXPECT_EQ(item.fix,
            "GRANT SELECT, REPLICATION CLIENT, REPLICATION SLAVE, SHOW VIEW ON *.* TO "
            "'cdc'@'10.%';");
}

TEST(Precheck, HiddenDatabasesWarn) {
  FakeSource source;
  source.session.answer("SHOW GRANTS", {"g"},
                        {{"GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO u"},
                         {"REVOKE SELECT ON `crm`.* FROM u"}});
  const PrecheckItem item = source.item("privileges");
  EXPECT_EQ(item.level, PrecheckLevel::kWarn);
  EXPECT_EQ(item.fix, "GRANT SELECT ON `crm`.* TO 'cdc'@'10.%';");
}

TEST(Precheck, ARoleThatIsNotActiveIsPointedOut) {
  FakeSource source;
  source.session.answer("SHOW GRANTS", {"g"}, {{"GRANT `r`@`%` TO `cdc`@`10.%`"}});
  source.session.answer("CURRENT_ROLE", {"r"}, {{"NONE"}});
  EXPECT_TRUE(has(source.item("privileges").fix, "SET DEFAULT ROLE ALL TO 'cdc'@'10.%'"));
}

TEST(Precheck, AHashOfAPasswordIsNeverShown) {
  FakeSource source;
  source.session.answer("SHOW GRANTS", {"g"},
                        {{"GRANT SELECT ON *.* TO 'cdc'@'%' IDENTIFIED BY PASSWORD '*C9DB230F'"}});
  for (const PrecheckItem& item : source.run().items) {
    EXPECT_FALSE(has(item.evidence + item.why + item.fix, "C9DB230F")) << item.id;
  }
}

TEST(Precheck, AGapInTheFilesFailsOnlyAfterTheStart) {
  FakeSource source;
  source.session.answer("SHOW BINARY LOGS", {"n", "s"},
                        {{"bin.000001", "9"}, {"bin.000002", "0"}, {"bin.000005", "9"}});
  EXPECT_EQ(source.item("binlog_files").level, PrecheckLevel::kInfo);
  source.input.start_file = "bin.000001";
  PrecheckItem item = source.item("binlog_files");
  EXPECT_EQ(item.level, PrecheckLevel::kFail);
  EXPECT_TRUE(has(item.evidence, "bin.000004")) << item.evidence;
  EXPECT_EQ(item.fix, "PURGE BINARY LOGS TO 'bin.000005';");
  source.session.answer("SHOW BINARY LOGS", {"n", "s"},
                        {{"bin.000001", "9"}, {"bin.000002", "0"}, {"bin.000003", "9"}});
  item = source.item("binlog_files");
  EXPECT_TRUE(has(item.evidence, "bin.000002 is missing")) << item.evidence;
  source.input.start_file = "bin.000000";
  EXPECT_TRUE(has(source.item("binlog_files").evidence, "bin.000000 is gone"));
}

TEST(Precheck, AFilterThatHidesASelectedDatabaseFails) {
  FakeSource source;
  source.session.answer("SHOW MASTER STATUS",
                        {"File", "Position", "Binlog_Do_DB", "Binlog_Ignore_DB"},
                        {{"bin.000003", "4", "crm,hr", ""}});
  EXPECT_TRUE(has(source.item("binlog_filters").evidence, "not logged: shop"));
  source.session.answer("SHOW MASTER STATUS",
                        {"File", "Position", "Binlog_Do_DB", "Binlog_Ignore_DB"},
                        {{"bin.000003", "4", "", "test"}});
  EXPECT_EQ(source.item("binlog_filters").level, PrecheckLevel::kWarn);
}

TEST(Precheck, EveryMissingObjectIsNamed) {
  FakeSource source;
  source.input.selection.objects = {
      {"shop", "orders"}, {"shop", "Orders"}, {"nope", ""}, {"mysql", "user"}};
  const PrecheckItem item = source.item("objects");
  EXPECT_EQ(item.level, PrecheckLevel::kFail);
  EXPECT_TRUE(has(item.evidence, "shop.Orders (there is shop.orders)")) << item.evidence;
  EXPECT_TRUE(has(item.evidence, "nope, mysql.user (the server's own)")) << item.evidence;
  source.variables["lower_case_table_names"] = "1";
  EXPECT_FALSE(has(source.item("objects").evidence, "Orders"));
}

TEST(Precheck, EnginesWithoutRowsOfTheirOwnFailAndThoseWithoutTransactionsWarn) {
  FakeSource source;
  source.session.answer("information_schema.TABLES WHERE TABLE_TYPE", {},
                        {{"shop", "m", "BASE TABLE", "MyISAM"}, {"shop", "v", "VIEW", {}}});
  EXPECT_EQ(source.item("engines").level, PrecheckLevel::kWarn);
  source.session.answer(
      "information_schema.TABLES WHERE TABLE_TYPE", {},
      {{"shop", "f", "BASE TABLE", "FEDERATED"}, {"shop", "g", "BASE TABLE", "MRG_MyISAM"}});
  const PrecheckItem item = source.item("engines");
  EXPECT_EQ(item.level, PrecheckLevel::kFail);
  EXPECT_TRUE(has(item.evidence, "shop.f (FEDERATED), shop.g (MRG_MyISAM)"));
}

TEST(Precheck, HelperTablesBesideTheirBaseWarn) {
  FakeSource source;
  EXPECT_EQ(source.item("online_ddl").level, PrecheckLevel::kPass);
  source.session.answer("ENGINE IS NOT NULL", {},
                        {{"shop", "orders"},
                         {"shop", "_u_gho"},
                         {"shop", "_orders_old"},
                         {"other", "_orders_gho"},
                         {"other", "orders_new"}});
  EXPECT_EQ(source.item("online_ddl").level, PrecheckLevel::kPass) << "no table that one is for";
  for (const char* name : {"_orders_gho", "_orders_ghc", "__orders_new", "lhmn_orders",
                           "tp_12_ogt_orders", "__osc_new_orders"}) {
    source.session.answer("ENGINE IS NOT NULL", {}, {{"shop", "orders"}, {"shop", name}});
    const PrecheckItem item = source.item("online_ddl");
    EXPECT_EQ(item.level, PrecheckLevel::kWarn) << name;
    EXPECT_TRUE(has(item.evidence, "shop." + std::string(name))) << item.evidence;
  }
}

TEST(Precheck, AUniqueKeyCountsOnlyIfItTellsRowsApart) {
  FakeSource source;
  source.session.answer("STATISTICS", {}, {{"shop", "orders", "u", "YES", std::nullopt}});
  EXPECT_TRUE(has(source.item("keys").evidence, "shop.orders"));
  source.session.answer("STATISTICS", {}, {{"shop", "orders", "u", "", "10"}});
  EXPECT_EQ(source.item("keys").level, PrecheckLevel::kWarn);
  source.session.answer("STATISTICS", {}, {{"shop", "orders", "u", "", std::nullopt}});
  EXPECT_EQ(source.item("keys").level, PrecheckLevel::kPass);
}

TEST(Precheck, CascadesAreLoggedFromMySql96On) {
  FakeSource source;
  source.session.answer("REFERENTIAL_CONSTRAINTS", {}, {{"shop", "orders"}});
  EXPECT_EQ(source.item("cascades").level, PrecheckLevel::kWarn);
  source.session.answer("SELECT VERSION()", {"version"}, {{"9.7.0"}});
  source.variables["innodb_native_foreign_keys"] = "OFF";
  EXPECT_EQ(source.item("cascades").level, PrecheckLevel::kPass);
  source.variables["innodb_native_foreign_keys"] = "ON";
  EXPECT_EQ(source.item("cascades").level, PrecheckLevel::kWarn);
}

TEST(Precheck, AColumnThatNobodyCanDecodeFails) {
  FakeSource source;
  source.session.answer("DATA_TYPE IN ('enum'", {},
                        {{"shop", "orders", "a", "tensor(3)"}, {"crm", "x", "a", "tensor(3)"}});
  const PrecheckItem item = source.item("columns");
  EXPECT_EQ(item.level, PrecheckLevel::kFail);
  EXPECT_EQ(item.evidence, "shop.orders.a (tensor(3))");
}

TEST(Precheck, TwoServersBehindOneAddressFail) {
  FakeSource source;
  source.two_servers = true;
  EXPECT_EQ(source.item("single_server").level, PrecheckLevel::kFail);
}

TEST(Precheck, AVersionThatNobodyTriedWarnsAndAnAncientOneFails) {
  FakeSource source;
  source.session.answer("SELECT VERSION()", {"version"}, {{"26.1.0"}});
  EXPECT_EQ(source.item("version").level, PrecheckLevel::kWarn);
  source.session.answer("SELECT VERSION()", {"version"}, {{"5.1.73"}});
  const PrecheckItem item = source.item("version");
  EXPECT_EQ(item.level, PrecheckLevel::kFail);
  EXPECT_TRUE(item.can_waive);
}

TEST(Precheck, WhatHasNoBinlogIsAskedNothingElse) {
  FakeSource source;
  source.session.answer("SELECT VERSION()", {"version"}, {{"8.0.11-TiDB-v7.5.0"}});
  const PrecheckReport report = source.run();
  EXPECT_EQ(report.items.back().id, "source_kind");
  EXPECT_EQ(report.items.back().level, PrecheckLevel::kFail);
  EXPECT_FALSE(report.passed());
}

TEST(Precheck, HostedServicesAreToldTheirOwnWay) {
  FakeSource source;
  source.variables["aurora_version"] = "3.04.0";
  source.variables["binlog_format"] = "OFF";
  EXPECT_TRUE(has(source.item("binlog_format").fix, "parameter group"));
  source.session.answer("rds_configuration", {"v"}, {{std::nullopt}});
  EXPECT_EQ(source.item("retention").level, PrecheckLevel::kFail);
  source.session.answer("rds_configuration", {"v"}, {{"168"}});
  EXPECT_EQ(source.item("retention").level, PrecheckLevel::kPass);
  source.session.refuse("rds_configuration");
  EXPECT_EQ(source.item("retention").level, PrecheckLevel::kWarn);
  source.variables["innodb_read_only"] = "ON";
  EXPECT_EQ(source.item("source_kind").level, PrecheckLevel::kFail);
}

TEST(Precheck, ADumpThatIsRefusedFailsWithTheReason) {
  FakeSource source;
  source.dump = Error{Errc::kDenied, "Access denied; you need REPLICATION SLAVE"};
  const PrecheckItem item = source.item("dump");
  EXPECT_EQ(item.level, PrecheckLevel::kFail);
  EXPECT_EQ(item.fix, "GRANT REPLICATION SLAVE ON *.* TO 'cdc'@'10.%';");
}

TEST(Precheck, StatementsInTheLogWarn) {
  FakeSource source;
  source.dump = Rehearsal{.events = 9, .statement_changes = 2};
  EXPECT_EQ(source.item("statements").level, PrecheckLevel::kWarn);
  EXPECT_EQ(source.item("statements").evidence, "2 of 9 events read");
}

TEST(Precheck, ClocksFarApartWarn) {
  FakeSource source;
  source.session.answer("UNIX_TIMESTAMP", {"t"}, {{"1700000100"}});
  EXPECT_TRUE(has(source.item("clock").evidence, "99 s ahead"));
  source.session.answer("UNIX_TIMESTAMP", {"t"}, {{"1699999900"}});
  EXPECT_TRUE(has(source.item("clock").evidence, "99 s behind"));
}

TEST(Precheck, PreparedXaTransactionsWarnAndUnseenOnesAreSaidToBeUnseen) {
  FakeSource source;
  source.session.answer("XA RECOVER", {"f"}, {{"1"}, {"1"}});
  EXPECT_TRUE(has(source.item("xa").evidence, "2 prepared"));
  source.session.refuse("XA RECOVER");
  EXPECT_EQ(source.item("xa").level, PrecheckLevel::kInfo);
}

TEST(Precheck, WhatCannotBeReadIsSaidAndNeverAPass) {
  FakeSource source;
  for (const char* part : {"SHOW GRANTS", "SHOW BINARY LOGS", "SHOW MASTER STATUS", "SCHEMATA",
                           "STATISTICS", "REFERENTIAL_CONSTRAINTS", "information_schema.COLUMNS",
                           "UNIX_TIMESTAMP", "XA RECOVER", "INNODB_TRX", "@@SESSION"}) {
    source.session.refuse(part);
  }
  for (const char* id :
       {"privileges", "binlog_files", "binlog_enabled", "binlog_filters",    "dump",
        "objects",    "engines",      "keys",           "cascades",          "columns",
        "clock",      "xa",           "statements",     "charsets",          "key_columns",
        "special",    "triggers",     "log_bypass",     "long_transactions", "log_depth",
        "timeouts",   "our_room"}) {
    const PrecheckItem item = source.item(id);
    EXPECT_NE(item.level, PrecheckLevel::kPass) << id;
    EXPECT_FALSE(item.evidence.empty()) << id;
  }
}

}  // namespace
}  // namespace millrace::task::precheck
