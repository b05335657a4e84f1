// SPDX-License-Identifier: Apache-2.0
#include "schema/table_rules.h"

#include "base/charset.h"
#include "schema/catalog_test_support.h"

namespace millrace::schema {
namespace {

class TableRules : public CatalogTest {
 protected:
  static uint16_t id_of(std::string_view collation) {
    return static_cast<uint16_t>(find_collation(collation)->id);
  }
  std::string collation(std::string_view table) { return catalog_.find("d", table)->collation; }
};

TEST_F(TableRules, AMovedColumnKeepsItsPlaceUntilItsTurn) {
  run("CREATE TABLE t (a INT, b INT, c INT)");
  run("ALTER TABLE t ADD x INT AFTER b, MODIFY b BIGINT FIRST");
  EXPECT_EQ(columns("t"), "b a x c");
}

TEST_F(TableRules, AGeneratedPrimaryKeyStaysBeforeAllOthers) {
  become(ddl::Flavour::kMySql, 80030);
  run("CREATE TABLE t (my_row_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT /*!80023 INVISIBLE */,"
      " a INT, PRIMARY KEY (my_row_id))");
  run("ALTER TABLE t ADD b INT FIRST, MODIFY a BIGINT FIRST");
  EXPECT_EQ(columns("t"), "my_row_id a b");
}

TEST_F(TableRules, ConvertingToTheDefaultIsAboutTheSession) {
  run("CREATE DATABASE e COLLATE utf8mb4_bin");
  run("CREATE TABLE e.t (a CHAR(1))");
  run("ALTER TABLE e.t CONVERT TO CHARACTER SET DEFAULT");
  EXPECT_EQ(catalog_.find("e", "t")->collation, "utf8mb4_0900_ai_ci");  // that of d
  context_.database_collation = id_of("latin1_bin");
  run("ALTER TABLE e.t CONVERT TO CHARACTER SET DEFAULT");
  EXPECT_EQ(catalog_.find("e", "t")->collation, "latin1_bin");
  become(ddl::Flavour::kMariaDb, 101100);
  run("ALTER TABLE e.t CONVERT TO CHARACTER SET DEFAULT");
  EXPECT_EQ(catalog_.find("e", "t")->collation, "utf8mb4_general_ci");  // the charset of e alone
}

TEST_F(TableRules, MySqlBefore8ConvertsNothingWhereThereIsNoText) {
  become(ddl::Flavour::kMySql, 50651);
  const auto charset_after = [&](const std::string& actions) {
    run("DROP TABLE IF EXISTS t");
    run("CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL, b INT, KEY k (b)) CHARSET big5");
    run("ALTER TABLE t " + actions + "CONVERT TO CHARACTER SET ascii");
    return catalog_.find("d", "t")->charset;
  };
  EXPECT_EQ(charset_after(""), "big5");
  EXPECT_EQ(charset_after("ALGORITHM=INPLACE, LOCK=SHARED, "), "big5");
  EXPECT_EQ(charset_after("DROP PRIMARY KEY, ADD PRIMARY KEY (id), "), "big5");
  EXPECT_EQ(charset_after("DROP PRIMARY KEY, ADD PRIMARY KEY (a), "), "ascii");
  EXPECT_EQ(charset_after("ALGORITHM=COPY, "), "ascii");
  EXPECT_EQ(charset_after("DROP KEY k, "), "ascii");
  EXPECT_EQ(charset_after("ADD c INT, "), "ascii");
}

TEST_F(TableRules, WhatIfExistsLeavesOutIsNotConvertedIntoSomethingElse) {
  become(ddl::Flavour::kMariaDb, 101100);
  run("CREATE TABLE t (a CHAR(5), b VARCHAR(5)) CHARSET latin1");
  run("ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4, ADD COLUMN IF NOT EXISTS a POINT,"
      " CHANGE COLUMN IF EXISTS nope b BLOB");
  EXPECT_EQ(column("t", "a").octets, 20U);
  EXPECT_EQ(column("t", "b").octets, 20U);
}

TEST_F(TableRules, BinaryBesideAConversionIsLostWithTheCharsetThatItBelongsTo) {
  const auto collation_of = [&](const std::string& declared) {
    run("DROP TABLE IF EXISTS t");
    run("CREATE TABLE t (id INT)");
    run("ALTER TABLE t CONVERT TO CHARACTER SET latin1, ADD c " + declared);
    return column("t", "c").collation;
  };
  become(ddl::Flavour::kMySql, 80030);
  EXPECT_EQ(collation_of("CHAR(5) BINARY"), "latin1_bin");
  EXPECT_EQ(collation_of("NATIONAL CHAR(5) BINARY"), "latin1_swedish_ci");
  EXPECT_EQ(collation_of("CHAR(5) BINARY CHARACTER SET gbk"), "latin1_swedish_ci");
  EXPECT_EQ(collation_of("CHAR(5) ASCII BINARY"), "latin1_swedish_ci");
  become(ddl::Flavour::kMySql, 50651);
  EXPECT_EQ(collation_of("CHAR(5) CHARACTER SET latin1 BINARY"), "latin1_bin");
  EXPECT_EQ(collation_of("CHAR(5) ASCII BINARY"), "latin1_swedish_ci");
  become(ddl::Flavour::kMariaDb, 101100);
  EXPECT_EQ(collation_of("CHAR(5) BINARY"), "latin1_bin");
  EXPECT_EQ(collation_of("CHAR(5) CHARACTER SET latin1 BINARY"), "latin1_swedish_ci");
}

TEST_F(TableRules, TheTablesOwnCharsetAndWhatItIsConvertedToAreTwoThings) {
  become(ddl::Flavour::kMariaDb, 101100);
  run("CREATE TABLE t (a CHAR(1))");
  run("ALTER TABLE t CHARSET = latin2, CONVERT TO CHARACTER SET latin1");
  EXPECT_EQ(collation("t"), "latin2_general_ci");
  EXPECT_EQ(column("t", "a").collation, "latin1_swedish_ci");
}

TEST_F(TableRules, ColumnsThatConvertingDeclaresAreMadeInTheNewCharset) {
  become(ddl::Flavour::kMySql, 50600);
  run("CREATE TABLE t (a INT)");
  run("ALTER TABLE t ADD b TEXT(100) CHARSET latin1, ADD c CHAR(1) CHARSET ascii BINARY,"
      " CONVERT TO CHARACTER SET utf8mb4");
  EXPECT_EQ(column("t", "b").length_bytes, 2);
  EXPECT_EQ(column("t", "c").collation, "utf8mb4_bin");
}

TEST_F(TableRules, BeforeMySql8ConvertingNoColumnDoesNothing) {
  run("CREATE TABLE t (a INT)");
  become(ddl::Flavour::kMySql, 50600);
  run("ALTER TABLE t CONVERT TO CHARACTER SET latin1");
  EXPECT_EQ(collation("t"), "utf8mb4_0900_ai_ci");
  run("ALTER TABLE t CONVERT TO CHARACTER SET latin1, FORCE");
  EXPECT_EQ(collation("t"), "latin1_swedish_ci");
  become(ddl::Flavour::kMySql, 80000);
  run("ALTER TABLE t CONVERT TO CHARACTER SET latin2");
  EXPECT_EQ(collation("t"), "latin2_general_ci");
}

TEST_F(TableRules, AFailedCreateOrReplaceHasDroppedTheOldTable) {
  become(ddl::Flavour::kMariaDb, 101100);
  run("CREATE TABLE t (a INT)");
  context_.error_code = 1067;
  run("CREATE OR REPLACE TABLE t (a INT DEFAULT 'x')");
  EXPECT_EQ(columns("t"), "(none)");
}

// What the server writes for CREATE ... SELECT and the like.
TEST_F(TableRules, AServersOwnTextIsInDoubtWhereItMayMislead) {
  const auto doubtful = [&](std::string_view sql) {
    run(sql);
    const bool doubt = catalog_.in_doubt("d", "t");
    run("DROP TABLE t");
    return doubt;
  };
  EXPECT_FALSE(doubtful("CREATE TABLE `t` (\n  `a` char(1)\n)"));
  context_.sql_mode = 0x40000 | ddl::kAnsiQuotes;  // ANSI: it leaves out the charset
  EXPECT_TRUE(doubtful("CREATE TABLE \"t\" (\n  \"a\" char(1)\n)"));
  EXPECT_FALSE(doubtful("CREATE TABLE \"t\" (\n  \"a\" char(1)\n) CHARSET=latin1"));
  EXPECT_FALSE(doubtful("CREATE TABLE t (a CHAR(1))"));
  context_.sql_mode = ddl::kNoBackslashEscapes;  // it writes them all the same
  EXPECT_TRUE(doubtful("CREATE TABLE `t` (\n  `a` enum('x\\\\y')\n)"));
  context_.sql_mode = 0;
  context_.client_collation = id_of("latin1_bin");  // it writes UTF-8 all the same
  EXPECT_TRUE(doubtful("CREATE TABLE `t` (\n  `ü` int\n)"));
  EXPECT_FALSE(doubtful("CREATE TABLE `t` (\n  `u` int\n)"));
}

}  // namespace
}  // namespace millrace::schema
