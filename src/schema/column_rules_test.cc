// SPDX-License-Identifier: Apache-2.0
#include "schema/column_rules.h"

#include "schema/catalog_test_support.h"

namespace millrace::schema {
namespace {

using ColumnRules = CatalogTest;

TEST_F(ColumnRules, TheFormatMayBeTheDefaultWhichIsNoDefault) {
  run("CREATE TABLE t (a INT COLUMN_FORMAT DEFAULT NOT NULL, b INT STORAGE DEFAULT, c INT)");
  EXPECT_FALSE(column("t", "a").nullable);
  EXPECT_EQ(columns("t"), "a b c");
}

TEST_F(ColumnRules, LabelsInBytesHaveZerosBeforeThem) {
  run("CREATE TABLE t (a ENUM(x'61', 0x62) CHARSET ucs2, b SET(x'61') CHARSET utf32)");
  EXPECT_EQ(column("t", "a").labels, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(column("t", "b").labels, std::vector<std::string>{"a"});
}

TEST_F(ColumnRules, ATextOfNoCharactersIsTheSmallestSinceMySql8) {
  run("CREATE TABLE t (a TEXT(0))");
  EXPECT_EQ(column("t", "a").length_bytes, 1);
  become(ddl::Flavour::kMySql, 50600);
  run("CREATE TABLE u (a TEXT(0))");
  EXPECT_EQ(column("u", "a").length_bytes, 2);
}

TEST_F(ColumnRules, AVarcharThatConvertingMakesTooLongBecomesAText) {
  run("CREATE TABLE t (a VARCHAR(20000) CHARSET latin1, b VARCHAR(20000) CHARSET big5)");
  run("ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4");
  EXPECT_EQ(column("t", "a").length_bytes, 3);
  EXPECT_EQ(column("t", "b").length_bytes, 2);
}

TEST_F(ColumnRules, ModesOfOtherDatabasesChangeTypes) {
  become(ddl::Flavour::kMariaDb, 101100);
  context_.sql_mode = ddl::kOracle;
  run("CREATE TABLE o (a BLOB, b BLOB(10))");
  EXPECT_EQ(column("o", "a").length_bytes, 4);
  EXPECT_EQ(column("o", "b").length_bytes, 1);
  context_.sql_mode = ddl::kMaxDb;
  run("CREATE TABLE m (a TIMESTAMP)");
  EXPECT_EQ(column("m", "a").type, ColumnType::kDateTime2);
}

TEST_F(ColumnRules, WhetherATimestampIsNullableIsTheServersSettingWhereTheStatementDoesNotSay) {
  become(ddl::Flavour::kMySql, 50600);
  run("CREATE TABLE t (a TIMESTAMP)");
  EXPECT_FALSE(column("t", "a").nullable);
  ServerDefaults server = catalog_.server();
  server.explicit_defaults_for_timestamp = true;
  catalog_ = Catalog(server);
  run("CREATE TABLE t (a TIMESTAMP)");
  EXPECT_TRUE(column("t", "a").nullable);
  context_.explicit_defaults_for_timestamp = false;
  run("CREATE TABLE u (a TIMESTAMP)");
  EXPECT_FALSE(column("u", "a").nullable);
}

}  // namespace
}  // namespace millrace::schema
