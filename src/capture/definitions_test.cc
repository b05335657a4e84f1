// SPDX-License-Identifier: Apache-2.0
#include "capture/definitions.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace millrace::capture {
namespace {

using mysql::Cell;
using mysql::Row;
using mysql::Rows;

// Answers each statement that begins with, and has in it, the words that it was told; others fail.
class CannedSession final : public Session {
 public:
  void answer(std::string part, std::vector<std::string> columns, std::vector<Row> rows) {
    answers_.emplace_back(std::move(part), Rows{std::move(columns), std::move(rows)});
  }
  Result<Rows> query(std::string_view sql, unsigned* error_code) override {
    asked_.emplace_back(sql);
    for (const auto& [part, rows] : answers_) {
      if (sql.find(part) != std::string_view::npos) return rows;
    }
    if (error_code != nullptr) *error_code = 1064;
    return Error{Errc::kInvalid, "no answer"};
  }
  const std::vector<std::string>& asked() const { return asked_; }

 private:
  std::vector<std::pair<std::string, Rows>> answers_;
  std::vector<std::string> asked_;
};

Row column(const char* table, const char* n, const char* name, const char* type, Cell charset = {},
           Cell octets = {}, const char* extra = "") {
  Cell collation = charset;
  if (charset) *collation += "_bin";
  return {table, n, name, type, charset, collation, octets, "YES", extra};
}

Row key(const char* table, const char* name, const char* n, Cell column, Cell expression = {}) {
  return {table, name, n, std::move(column), std::nullopt, "BTREE", std::move(expression)};
}

// A server with one database `shop` of one table.
void answer_server(CannedSession& session, const char* version) {
  session.answer("SELECT VERSION()", {"v"}, {{version}});
  session.answer("TABLE_SCHEMA = 'information_schema'", {"t", "c"},
                 {{"STATISTICS", "EXPRESSION"},
                  {"CHECK_CONSTRAINTS", "TABLE_NAME"},
                  {"CHECK_CONSTRAINTS", "LEVEL"}});
  session.answer("explicit_defaults_for_timestamp", {},
                 {{"explicit_defaults_for_timestamp", "ON"}});
  session.answer("@@global.character_set_server", {"charset", "collation", "fold"},
                 {{"latin1", "latin1_bin", "0"}});
  session.answer("SCHEMATA", {"n", "cs", "co"},
                 {{"shop", "utf8mb4", "utf8mb4_bin"}, {"mysql", "utf8mb4", "utf8mb4_bin"}});
}

TEST(Definitions, SystemDatabasesAreLeftOut) {
  CannedSession session;
  answer_server(session, "8.0.36");
  session.answer("information_schema.", {}, {});
  const auto read = read_definitions(session);
  ASSERT_TRUE(read);
  EXPECT_NE(read->find_database("shop"), nullptr);
  EXPECT_EQ(read->find_database("mysql"), nullptr);
  EXPECT_EQ(read->server().lower_case_table_names, 0);
  EXPECT_EQ(read->server().explicit_defaults_for_timestamp, true);
}

TEST(Definitions, KeysOfADictionaryServerAreOrderedAsShowKeysOrdersThem) {
  CannedSession session;
  answer_server(session, "8.0.36");
  session.answer("information_schema.TABLES", {}, {{"t", "BASE TABLE", "InnoDB", "utf8mb4_bin"}});
  session.answer("information_schema.COLUMNS", {},
                 {column("t", "2", "b", "int"), column("t", "1", "a", "int unsigned")});
  session.answer("information_schema.STATISTICS", {},
                 {key("t", "x", "2", "b"), key("t", "x", "1", "a"),
                  key("t", "f", "1", std::nullopt, "(`a` + 1)"), key("t", "PRIMARY", "1", "a")});
  session.answer("SHOW KEYS FROM `shop`.`t`", {},
                 {{"t", "0", "PRIMARY"}, {"t", "0", "f"}, {"t", "0", "x"}, {"t", "0", "x"}});
  const auto read = read_definitions(session);
  ASSERT_TRUE(read);
  const schema::TablePtr found = read->find("shop", "t");
  ASSERT_NE(found, nullptr);
  const schema::Table& table = *found;
  EXPECT_EQ(table.columns[0].name, "a");
  ASSERT_EQ(table.keys.size(), 3U);
  EXPECT_TRUE(table.keys[0].primary);
  EXPECT_TRUE(table.keys[1].functional);
  EXPECT_TRUE(table.keys[1].parts.empty());
  EXPECT_EQ(table.keys[2].name, "x");
  EXPECT_EQ(table.keys[2].parts[0].column, 0);
  EXPECT_EQ(table.keys[2].parts[1].column, 1);
}

TEST(Definitions, HashesAreHiddenColumnsOnMariaDbAndNotInMemoryTables) {
  for (const char* version : {"10.11.6-MariaDB", "8.0.36"}) {
    CannedSession session;
    answer_server(session, version);
    session.answer("information_schema.TABLES", {},
                   {{"t", "BASE TABLE", "InnoDB", "utf8mb4_bin"},
                    {"m", "BASE TABLE", "MEMORY", "utf8mb4_bin"}});
    session.answer("information_schema.COLUMNS", {},
                   {column("t", "1", "a", "int"), column("m", "1", "a", "int")});
    session.answer("information_schema.CHECK_CONSTRAINTS", {}, {});
    session.answer("information_schema.STATISTICS", {},
                   {{"t", "h", "1", "a", std::nullopt, "HASH", std::nullopt},
                    {"m", "h", "1", "a", std::nullopt, "HASH", std::nullopt}});
    const auto read = read_definitions(session);
    ASSERT_TRUE(read);
    const bool is_mariadb = std::string_view(version) != "8.0.36";
    EXPECT_EQ(schema::hidden_hashes(*read->find("shop", "t")), is_mariadb ? 1U : 0U) << version;
    EXPECT_EQ(schema::hidden_hashes(*read->find("shop", "m")), 0U);
  }
}

TEST(Definitions, AJsonColumnOfMariaDbIsKnownByItsOwnCheck) {
  CannedSession session;
  answer_server(session, "10.11.6-MariaDB");
  session.answer("information_schema.TABLES", {}, {{"t", "BASE TABLE", "InnoDB", "utf8mb4_bin"}});
  session.answer(
      "information_schema.COLUMNS", {},
      {column("t", "1", "j", "longtext", "utf8mb4"), column("t", "2", "k", "longtext", "utf8mb4"),
       column("t", "3", "u", "uuid"), column("t", "4", "v", "varchar(5)", "utf8", "15")});
  session.answer("information_schema.CHECK_CONSTRAINTS", {},
                 {{"t", "j", "json_valid(`j`)", "Column"}, {"t", "k", "json_valid(`k`)", "Table"}});
  session.answer("information_schema.STATISTICS", {}, {});
  const auto read = read_definitions(session);
  ASSERT_TRUE(read);
  ASSERT_NE(read->find("shop", "t"), nullptr);
  const auto columns = read->find("shop", "t")->columns;
  EXPECT_EQ(columns[0].special, schema::Special::kMariaDbJson);
  EXPECT_EQ(columns[1].special, schema::Special::kNone);
  EXPECT_EQ(columns[2].charset, "binary");
  EXPECT_EQ(columns[3].octets, 15U);
}

TEST(Definitions, AJsonColumnThatWasRenamedIsKnownByTheTablesText) {
  CannedSession session;
  answer_server(session, "10.11.6-MariaDB");
  session.answer("information_schema.TABLES", {}, {{"t", "BASE TABLE", "InnoDB", "utf8mb4_bin"}});
  session.answer("information_schema.COLUMNS", {},
                 {column("t", "1", "j", "int"), column("t", "2", "k", "longtext", "utf8mb4"),
                  column("t", "3", "l", "longtext", "utf8mb4")});
  session.answer(
      "information_schema.CHECK_CONSTRAINTS", {},
      {{"t", "x", "json_valid(`k`)", "Column"}, {"t", "j", "json_valid(`l`)", "Column"}});
  session.answer("information_schema.STATISTICS", {}, {});
  session.answer("SHOW CREATE TABLE", {},
                 {{"t",
                   "CREATE TABLE `t` (\n  `j` int(11) CHECK (json_valid(`l`)),\n  `k` longtext "
                   "DEFAULT NULL CHECK (json_valid(`k`)),\n  `l` longtext DEFAULT NULL\n)"}});
  const auto read = read_definitions(session);
  ASSERT_TRUE(read);
  const auto columns = read->find("shop", "t")->columns;
  EXPECT_EQ(columns[1].special, schema::Special::kMariaDbJson);
  EXPECT_EQ(columns[2].special, schema::Special::kNone) << "that is the check of another column";
}

TEST(Definitions, SystemVersioningAddsTheColumnsThatNobodyShows) {
  CannedSession session;
  session.answer("TABLE_SCHEMA = 'information_schema'", {}, {{"COLUMNS", "GENERATION_EXPRESSION"}});
  answer_server(session, "10.11.6-MariaDB");
  session.answer("information_schema.TABLES", {},
                 {{"t", "SYSTEM VERSIONED", "InnoDB", "utf8mb4_bin"},
                  {"u", "SYSTEM VERSIONED", "InnoDB", "utf8mb4_bin"}});
  const auto with = [](Row row, const char* generation) {
    row.push_back(generation);
    return row;
  };
  session.answer("information_schema.COLUMNS", {},
                 {with(column("t", "1", "a", "int"), ""),
                  with(column("u", "1", "s", "timestamp(6)"), "ROW START"),
                  with(column("u", "2", "e", "timestamp(6)"), "ROW END")});
  session.answer("information_schema.STATISTICS", {}, {});
  const auto read = read_definitions(session);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->find("shop", "t")->columns.size(), 3U);
  EXPECT_EQ(read->find("shop", "t")->columns[1].name, "row_start");
  EXPECT_TRUE(read->find("shop", "t")->columns[2].invisible);
  EXPECT_EQ(read->find("shop", "u")->columns.size(), 2U);
}

TEST(Definitions, ATypeThatNobodyKnowsStopsNothingUntilARowNeedsIt) {
  CannedSession session;
  answer_server(session, "9.7.0");
  session.answer("information_schema.TABLES", {}, {{"t", "BASE TABLE", "InnoDB", "utf8mb4_bin"}});
  session.answer("information_schema.COLUMNS", {}, {column("t", "1", "a", "tensor(3)")});
  session.answer("information_schema.STATISTICS", {}, {});
  const auto read = read_definitions(session);
  ASSERT_TRUE(read);
  ASSERT_NE(read->find("shop", "t"), nullptr);
  EXPECT_EQ(read->find("shop", "t")->columns.at(0).type, ColumnType::kNull);
}

TEST(Definitions, ATableThatVanishedBetweenTheQueriesIsNotThere) {
  CannedSession session;
  answer_server(session, "9.7.0");
  session.answer("information_schema.TABLES", {},
                 {{"gone", "BASE TABLE", "InnoDB", "utf8mb4_bin"}, {"v", "VIEW", {}, {}}});
  session.answer("information_schema.", {}, {});
  const auto read = read_definitions(session);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->find("shop", "gone"), nullptr);
  ASSERT_NE(read->find("shop", "v"), nullptr);
  EXPECT_EQ(read->find("shop", "v")->kind, schema::TableKind::kView);
}

TEST(Definitions, ANameWithQuotesCannotEscapeItsStatement) {
  CannedSession session;
  session.answer("SELECT VERSION()", {"v"}, {{"5.6.10"}});
  session.answer("TABLE_SCHEMA = 'information_schema'", {"t", "c"}, {});
  session.answer("@@global.character_set_server", {}, {});
  session.answer("explicit_defaults_for_timestamp", {}, {});
  session.answer("SCHEMATA", {}, {{R"(a'b\c)", "utf8", "utf8_bin"}});
  session.answer(R"(= 'a''b\\c')", {}, {});
  EXPECT_TRUE(read_definitions(session));
}

TEST(Definitions, WhatIsReadAgainReplacesWhatWasThere) {
  CannedSession before;
  answer_server(before, "9.7.0");
  before.answer(
      "information_schema.TABLES", {},
      {{"a", "BASE TABLE", "InnoDB", "utf8mb4_bin"}, {"b", "VIEW", {}, {}}, {"c", "VIEW", {}, {}}});
  before.answer("information_schema.COLUMNS", {}, {column("a", "1", "x", "int")});
  before.answer("information_schema.STATISTICS", {}, {});
  auto catalog = read_definitions(before);
  ASSERT_TRUE(catalog);
  CannedSession after;
  answer_server(after, "9.7.0");
  after.answer("information_schema.TABLES", {}, {{"a", "BASE TABLE", "InnoDB", "utf8mb4_bin"}});
  after.answer("information_schema.COLUMNS", {}, {column("a", "1", "y", "int")});
  after.answer("information_schema.STATISTICS", {}, {});
  const Status read = reread_definitions(after, {{"shop", "a"}, {"shop", "b"}}, *catalog);
  ASSERT_TRUE(read);
  ASSERT_NE(catalog->find("shop", "a"), nullptr);
  EXPECT_EQ(catalog->find("shop", "a")->columns[0].name, "y");
  EXPECT_EQ(catalog->find("shop", "b"), nullptr);
  EXPECT_NE(catalog->find("shop", "c"), nullptr);
  EXPECT_TRUE(reread_definitions(after, {{"shop", ""}}, *catalog));
  EXPECT_EQ(catalog->find("shop", "c"), nullptr);
}

TEST(Definitions, ADatabaseThatIsGoneIsForgotten) {
  CannedSession before;
  answer_server(before, "9.7.0");
  before.answer("information_schema.TABLES", {}, {{"v", "VIEW", {}, {}}});
  before.answer("information_schema.", {}, {});
  auto catalog = read_definitions(before);
  ASSERT_TRUE(catalog);
  CannedSession after;
  after.answer("SCHEMATA", {}, {});
  answer_server(after, "9.7.0");
  EXPECT_TRUE(reread_definitions(after, {{"shop", ""}}, *catalog));
  EXPECT_EQ(catalog->find_database("shop"), nullptr);
  EXPECT_EQ(catalog->find("shop", "v"), nullptr);
}

TEST(Definitions, AnErrorNamesTheDatabase) {
  CannedSession session;
  answer_server(session, "9.7.0");
  const auto read = read_definitions(session);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().what.find("`shop`"), std::string::npos);
}

}  // namespace
}  // namespace millrace::capture
