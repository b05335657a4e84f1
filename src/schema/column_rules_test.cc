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

TEST_F(ColumnRules, ATextDeclaredBesideAConversionHasTheSizeOfTheOldColumn) {
  const auto prefix_after = [&](const char* before, const char* declared, const char* charset) {
    run("DROP TABLE IF EXISTS t");
    run("CREATE TABLE t (a " + std::string(before) + ")");
    run("ALTER TABLE t CONVERT TO CHARACTER SET " + std::string(charset) + ", MODIFY a " +
        declared);
    return column("t", "a").length_bytes;
  };
  EXPECT_EQ(prefix_after("VARCHAR(1023) CHARSET utf8mb4", "MEDIUMBLOB", "hebrew"), 1);
  EXPECT_EQ(prefix_after("VARCHAR(1024) CHARSET utf8mb4", "MEDIUMBLOB", "hebrew"), 2);
  EXPECT_EQ(prefix_after("VARCHAR(255) CHARSET utf8mb4", "MEDIUMTEXT", "utf8mb4"), 1);
  EXPECT_EQ(prefix_after("VARCHAR(256) CHARSET utf8mb4", "MEDIUMTEXT", "utf8mb4"), 2);
  EXPECT_EQ(prefix_after("TEXT CHARSET utf8mb3", "TINYTEXT", "utf8mb4"), 3);
  EXPECT_EQ(prefix_after("DECIMAL(65,30)", "MEDIUMTEXT", "utf8mb4"), 2);
  EXPECT_EQ(prefix_after("DECIMAL(60,10)", "MEDIUMTEXT", "utf8mb4"), 1);
  EXPECT_EQ(prefix_after("BIT(64)", "MEDIUMTEXT", "utf8mb4"), 2);
  EXPECT_EQ(prefix_after("ENUM('a','bb')", "BLOB", "hebrew"), 1);
  EXPECT_EQ(prefix_after("JSON", "BLOB", "hebrew"), 4);
  EXPECT_EQ(prefix_after("INT", "LONGTEXT", "hebrew"), 4) << "what is LONG stays so";
  EXPECT_EQ(prefix_after("INT", "TEXT(100)", "utf8mb4"), 2) << "a length counts";
  become(ddl::Flavour::kMySql, 50700);
  EXPECT_EQ(prefix_after("INT", "MEDIUMTEXT", "utf8mb4"), 3);
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
