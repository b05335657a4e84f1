// SPDX-License-Identifier: Apache-2.0
#include "schema/catalog.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "schema/catalog_test_support.h"

namespace millrace::schema {
namespace {

TEST_F(CatalogTest, IfNotExistsLeavesWhatIsThereAlone) {
  run("CREATE TABLE t (a INT)");
  EXPECT_TRUE(run("CREATE TABLE IF NOT EXISTS t (b INT)").empty());
  EXPECT_EQ(columns("t"), "a");
}

TEST_F(CatalogTest, AddedAndMovedColumnsStandWhereTheServerPutsThem) {
  run("CREATE TABLE t (a INT, b INT, c INT)");
  run("ALTER TABLE t ADD x INT FIRST, ADD y INT AFTER a, ADD z INT, MODIFY c INT FIRST");
  EXPECT_EQ(columns("t"), "c x a y b z");
  run("ALTER TABLE t ADD (p INT, q INT), DROP COLUMN x, CHANGE y yy INT AFTER z");
  EXPECT_EQ(columns("t"), "c a b z yy p q");
}

TEST_F(CatalogTest, ColumnsMaySwapTheirNames) {
  run("CREATE TABLE t (a INT, b VARCHAR(3), PRIMARY KEY (a))");
  run("ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN b TO a");
  EXPECT_EQ(columns("t"), "b a");
  EXPECT_EQ(keys("t"), "PRIMARY(b)");
}

TEST_F(CatalogTest, KeysFollowTheirColumns) {
  run("CREATE TABLE t (a INT NOT NULL, b INT, c VARCHAR(20), UNIQUE (b, c(5)), PRIMARY KEY (a))");
  EXPECT_EQ(keys("t"), "PRIMARY(a) b(b,c:5)");
  run("ALTER TABLE t MODIFY c VARCHAR(20) FIRST, DROP COLUMN b");
  EXPECT_EQ(keys("t"), "PRIMARY(a) b(c:5)");
  run("ALTER TABLE t MODIFY c VARCHAR(4)");
  EXPECT_EQ(keys("t"), "PRIMARY(a) b(c)");
  run("ALTER TABLE t DROP COLUMN c, ADD d INT UNIQUE");
  EXPECT_EQ(keys("t"), "PRIMARY(a) d(d)");
}

TEST_F(CatalogTest, KeysWithoutANameAreNamedLikeTheServerDoes) {
  run("CREATE TABLE t (a INT UNIQUE, b INT, UNIQUE (a, b), UNIQUE (b), KEY (b), UNIQUE (b, a))");
  EXPECT_EQ(keys("t"), "a(a) a_2(a,b) b(b) b_3(b,a)");
}

TEST_F(CatalogTest, KeysThatCannotBeNullComeFirst) {
  run("CREATE TABLE t (a INT, b INT NOT NULL, UNIQUE ua (a), UNIQUE ub (b))");
  EXPECT_EQ(keys("t"), "ub(b) ua(a)");
}

TEST_F(CatalogTest, ThePrimaryKeyMakesItsColumnsNotNull) {
  run("CREATE TABLE t (a INT, b INT)");
  run("ALTER TABLE t ADD PRIMARY KEY (b)");
  EXPECT_TRUE(column("t", "a").nullable);
  EXPECT_FALSE(column("t", "b").nullable);
}

TEST_F(CatalogTest, AChangedColumnForgetsWhatIsNotSaidAgain) {
  run("CREATE TABLE t (a VARCHAR(9) CHARACTER SET latin1 NOT NULL)");
  run("ALTER TABLE t MODIFY a VARCHAR(10)");
  EXPECT_TRUE(column("t", "a").nullable);
  EXPECT_EQ(column("t", "a").charset, "utf8mb4");
  EXPECT_EQ(column("t", "a").octets, 40U);
}

TEST_F(CatalogTest, ConvertingTheCharsetMayMakeTextLarger) {
  run("CREATE TABLE t (a TEXT, b VARCHAR(10), c BLOB) CHARSET latin1");
  run("ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4");
  EXPECT_EQ(column("t", "a").length_bytes, 3);
  EXPECT_EQ(column("t", "b").octets, 40U);
  EXPECT_EQ(column("t", "c").charset, "binary");
  EXPECT_EQ(column("t", "a").collation, "utf8mb4_0900_ai_ci");
}

TEST_F(CatalogTest, ANewDefaultCharsetIsForNewColumns) {
  run("CREATE TABLE t (a CHAR(2)) CHARSET latin1");
  run("ALTER TABLE t DEFAULT CHARSET utf8mb4, ADD b CHAR(2)");
  EXPECT_EQ(column("t", "a").charset, "latin1");
  EXPECT_EQ(column("t", "b").charset, "utf8mb4");
}

TEST_F(CatalogTest, TablesSwapTheirNamesInOneRename) {
  run("CREATE TABLE a (x INT)");
  run("CREATE TABLE b (y INT)");
  const auto changes = run("RENAME TABLE a TO tmp, b TO a, tmp TO b");
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[2].old_table, "tmp");
  EXPECT_EQ(columns("a"), "y");
  EXPECT_EQ(columns("b"), "x");
  EXPECT_EQ(columns("tmp"), "(none)");
}

TEST_F(CatalogTest, AViewMayBeRenamed) {
  run("CREATE VIEW v AS SELECT 1");
  run("RENAME TABLE v TO w");
  EXPECT_EQ(catalog_.find("d", "w")->kind, TableKind::kView);
  run("DROP TABLE IF EXISTS w");
  EXPECT_NE(catalog_.find("d", "w"), nullptr);
  run("DROP VIEW w");
  EXPECT_EQ(catalog_.find("d", "w"), nullptr);
}

TEST_F(CatalogTest, LikeCopiesAndLaterChangesStayApart) {
  run("CREATE TABLE t (a INT PRIMARY KEY, b ENUM('x'))");
  run("CREATE TABLE u LIKE t");
  run("ALTER TABLE t DROP b");
  EXPECT_EQ(columns("u"), "a b");
  EXPECT_EQ(keys("u"), "PRIMARY(a)");
}

TEST_F(CatalogTest, DroppingADatabaseDropsItsTables) {
  run("CREATE TABLE t (a INT)");
  const auto changes = run("DROP DATABASE d");
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].kind, Change::Kind::kTableDropped);
  EXPECT_EQ(changes[1].kind, Change::Kind::kDatabaseDropped);
  EXPECT_EQ(catalog_.tables(), 0U);
}

TEST_F(CatalogTest, ADropThatFailedHalfWayDropsWhatIsThere) {
  run("CREATE TABLE t (a INT)");
  context_.error_code = 1051;
  EXPECT_EQ(run("DROP TABLE t, nope").size(), 1U);
  EXPECT_TRUE(run("CREATE TABLE u (a INT)").empty());
}

TEST_F(CatalogTest, TemporaryTablesAreNotOurs) {
  run("CREATE TABLE t (a INT)");
  EXPECT_TRUE(run("CREATE TEMPORARY TABLE t (b INT)").empty());
  EXPECT_TRUE(run("DROP TEMPORARY TABLE t").empty());
  EXPECT_EQ(columns("t"), "a");
}

TEST_F(CatalogTest, PartitionsWithoutTheirWordAreNotReadForEver) {
  run("CREATE TABLE t (a INT, b INT)");
  refused("ALTER TABLE t DROP b PARTITION ! BY HASH (a)");
  refused("ALTER TABLE t DROP b, REMOVE");
  EXPECT_EQ(columns("t"), "a b");
}

TEST_F(CatalogTest, WhatCannotBeReadPutsItsTablesInDoubtAndChangesNothing) {
  run("CREATE TABLE t (a INT)");
  run("CREATE TABLE u (a INT)");
  refused("ALTER TABLE t ADD b SOME_NEW_TYPE(3)");
  EXPECT_EQ(columns("t"), "a");
  EXPECT_TRUE(catalog_.in_doubt("d", "t"));
  EXPECT_FALSE(catalog_.in_doubt("d", "u"));
}

TEST_F(CatalogTest, AnAlterIsWhollyAppliedOrNotAtAll) {
  run("CREATE TABLE t (a INT)");
  refused("ALTER TABLE t ADD b INT, DROP COLUMN nope");
  EXPECT_EQ(columns("t"), "a");
}

TEST_F(CatalogTest, DoubtFollowsTheTableUntilItIsMadeAnew) {
  run("CREATE TABLE t (a INT)");
  refused("ALTER TABLE t DROP nope");
  run("RENAME TABLE t TO u");
  EXPECT_FALSE(catalog_.in_doubt("d", "t"));
  EXPECT_TRUE(catalog_.in_doubt("d", "u"));
  run("ALTER TABLE u ADD b INT");
  EXPECT_TRUE(catalog_.in_doubt("d", "u"));
  run("CREATE TABLE w LIKE u");
  EXPECT_TRUE(catalog_.in_doubt("d", "w"));
  run("DROP TABLE u");
  run("CREATE TABLE u (a INT)");
  EXPECT_FALSE(catalog_.in_doubt("d", "u"));
}

TEST_F(CatalogTest, NamesFoldAsTheServerIsSetUp) {
  run("CREATE TABLE T (a INT)");
  EXPECT_EQ(catalog_.find("d", "t"), nullptr);
  Catalog folding({"utf8mb4", "utf8mb4_bin", 1});
  folding.apply_text("CREATE TABLE D.T (a INT)", context_);
  ASSERT_NE(folding.find("d", "t"), nullptr);
  EXPECT_EQ(folding.find("D", "T")->name, "t");
}

TEST_F(CatalogTest, ReplayingTheChangesGivesTheSameCatalog) {
  Catalog other({"utf8mb4", "utf8mb4_0900_ai_ci", 0});
  for (const Change& change : catalog_.snapshot()) other.replay(change);
  for (const char* sql :
       {"CREATE TABLE t (a INT PRIMARY KEY)", "CREATE DATABASE e CHARSET latin1",
        "RENAME TABLE t TO e.t", "CREATE TABLE u LIKE e.t", "ALTER TABLE u ADD b INT, RENAME w",
        "DROP DATABASE e", "ALTER DATABASE CHARSET utf8mb3"}) {
    for (const Change& change : run(sql)) other.replay(change);
    EXPECT_TRUE(catalog_ == other) << sql;
  }
  Catalog again;
  for (const Change& change : catalog_.snapshot()) again.replay(change);
  EXPECT_TRUE(again == catalog_);
}

TEST_F(CatalogTest, DatabasesInheritAndAlterMayLeaveOutTheName) {
  run("CREATE DATABASE e COLLATE latin1_german1_ci");
  EXPECT_EQ(catalog_.find_database("e")->charset, "latin1");
  context_.server_collation = 8;
  run("CREATE DATABASE f");
  EXPECT_EQ(catalog_.find_database("f")->collation, "latin1_swedish_ci");
  context_.database = "e";
  run("ALTER DATABASE CHARACTER SET = utf8");
  EXPECT_EQ(catalog_.find_database("e")->collation, "utf8mb3_general_ci");
  run("CREATE TABLE t (a CHAR(1))");
  EXPECT_EQ(catalog_.find("e", "t")->columns[0].octets, 3U);
}

TEST_F(CatalogTest, WhatUtf8mb4MeansIsTheSessions) {
  run("CREATE TABLE t (a CHAR(1) CHARSET utf8mb4)");
  EXPECT_EQ(column("t", "a").collation, "utf8mb4_0900_ai_ci");
  context_.utf8mb4_collation = 45;
  run("CREATE TABLE u (a CHAR(1) CHARSET utf8mb4)");
  EXPECT_EQ(column("u", "a").collation, "utf8mb4_general_ci");
  context_.flavour = ddl::Flavour::kMariaDb;
  context_.version = 110800;
  context_.charset_collations = {{{45, 45}}};
  run("CREATE TABLE v (a CHAR(1) CHARSET utf8mb4)");
  EXPECT_EQ(column("v", "a").collation, "utf8mb4_general_ci");
  context_.charset_collations.reset();
  run("CREATE TABLE w (a CHAR(1) CHARSET utf8mb4, b CHAR(1) COLLATE uca1400_as_cs)");
  EXPECT_EQ(column("w", "a").collation, "utf8mb4_uca1400_ai_ci");
  EXPECT_EQ(column("w", "b").collation, "utf8mb4_uca1400_as_cs");
}

TEST_F(CatalogTest, MariaDbsHiddenPeriodColumnsAreColumns) {
  context_.flavour = ddl::Flavour::kMariaDb;
  context_.version = 101100;
  run("CREATE TABLE t (a INT) WITH SYSTEM VERSIONING");
  EXPECT_EQ(columns("t"), "a row_start row_end");
  run("ALTER TABLE t DROP SYSTEM VERSIONING");
  EXPECT_EQ(columns("t"), "a");
  run("ALTER TABLE t ADD SYSTEM VERSIONING");
  EXPECT_EQ(columns("t"), "a row_start row_end");
}

}  // namespace
}  // namespace millrace::schema
