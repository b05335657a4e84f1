// SPDX-License-Identifier: Apache-2.0
#include "capture/column_text.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::capture {
namespace {

using schema::Column;

Column parsed(std::string_view text, bool is_mariadb = false) {
  auto column = parse_column_type(text, is_mariadb);
  EXPECT_TRUE(column) << text << ": " << (column ? "" : column.error().what);
  return column ? *column : Column{};
}

TEST(ColumnText, DisplayWidthsMeanNothing) {
  EXPECT_EQ(parsed("int(11)"), parsed("int"));
  EXPECT_EQ(parsed("year(4)"), parsed("year"));
  EXPECT_EQ(parsed("double(7,4)"), parsed("double"));
  EXPECT_EQ(parsed("tinyint(1)").type, ColumnType::kTiny);
}

TEST(ColumnText, SignIsRead) {
  EXPECT_TRUE(parsed("bigint(20) unsigned").is_unsigned);
  EXPECT_TRUE(parsed("decimal(20,5) unsigned zerofill").is_unsigned);
  EXPECT_FALSE(parsed("bigint").is_unsigned);
  EXPECT_FALSE(parsed("enum('unsigned')").is_unsigned);
}

TEST(ColumnText, SizesAreRead) {
  EXPECT_EQ(parsed("decimal(20,5)").precision, 20);
  EXPECT_EQ(parsed("decimal(20,5)").scale, 5);
  EXPECT_EQ(parsed("datetime(3)").fraction, 3);
  EXPECT_EQ(parsed("timestamp").fraction, 0);
  EXPECT_EQ(parsed("bit(9)").bits, 9);
  EXPECT_EQ(parsed("varbinary(300)").octets, 300U);
  EXPECT_EQ(parsed("mediumtext").length_bytes, 3);
  EXPECT_EQ(parsed("json").length_bytes, 4);
}

TEST(ColumnText, LabelsKeepQuotesCommasBackslashesAndLineEnds) {
  const std::vector<std::string> labels = {"a", "it's", "b,c", "x\\y", "nl\nz", "", "ü)"};
  EXPECT_EQ(parsed(R"(enum('a','it''s','b,c','x\\y','nl\nz','','ü)'))").labels, labels);
  EXPECT_EQ(parsed("set('x','y')").type, ColumnType::kSet);
}

TEST(ColumnText, MariaDbTypesAreTold) {
  EXPECT_EQ(parsed("varchar(20) /*M!100301 COMPRESSED*/", true).type,
            ColumnType::kVarcharCompressed);
  EXPECT_EQ(parsed("blob /*M!100301 COMPRESSED*/", true).type, ColumnType::kBlobCompressed);
  EXPECT_EQ(parsed("uuid", true).special, schema::Special::kUuid);
  EXPECT_EQ(parsed("uuid", true).octets, 16U);
  EXPECT_EQ(parsed("inet4", true).octets, 4U);
}

TEST(ColumnText, AVectorIsOneTypeInMySqlAndBytesInMariaDb) {
  EXPECT_EQ(parsed("vector(5)").type, ColumnType::kVector);
  EXPECT_EQ(parsed("vector(5)", true).type, ColumnType::kVarchar);
  EXPECT_EQ(parsed("vector(5)", true).octets, 20U);
}

TEST(ColumnText, WhatIsNotATypeIsRefused) {
  for (const char* text :
       {"", "hyperloglog", "int(", "int(x)", "decimal(66,0)", "decimal(5,6)", "datetime(7)",
        "bit(65)", "enum", "enum()", "enum('a'", "enum('a", "set('a',"}) {
    EXPECT_FALSE(parse_column_type(text, false)) << text;
  }
}

TEST(ColumnText, EveryTruncationOfLabelsIsRefused) {
  const std::string whole = R"(enum('a','it''s','x\\y'))";
  for (size_t n = 0; n < whole.size(); ++n) {
    EXPECT_FALSE(parse_column_type(whole.substr(0, n), false)) << whole.substr(0, n);
  }
}

}  // namespace
}  // namespace millrace::capture
