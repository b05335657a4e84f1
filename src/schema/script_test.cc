// SPDX-License-Identifier: Apache-2.0
#include "schema/script.h"

#include <gtest/gtest.h>

namespace millrace::schema {
namespace {

TEST(Script, MakesTheDefinitionsOfADump) {
  Catalog catalog;
  const Status status = apply_script(R"sql(
-- MySQL dump 10.13  Distrib 8.0.36; a semicolon in a comment
-- Server version	8.0.36
/*!40101 SET NAMES utf8mb4 */;
CREATE DATABASE `shop;1` DEFAULT CHARACTER SET utf8mb4;
USE `shop;1`;
DROP TABLE IF EXISTS `orders`;
CREATE TABLE `orders` (
  `id` int NOT NULL, # it's odd
  `note` varchar(10) DEFAULT 'a;\';b' COMMENT "x;y",
  PRIMARY KEY (`id`)
) ENGINE=InnoDB;
INSERT INTO orders VALUES (1, ';');
DELIMITER //
CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW BEGIN SET @a = 1; SET @b = 2; END //
DELIMITER ;
ALTER TABLE orders ADD c int
)sql",
                                     catalog);
  ASSERT_TRUE(status) << status.error().what;
  const TablePtr table = catalog.find("shop;1", "orders");
  ASSERT_NE(table, nullptr);
  ASSERT_EQ(table->columns.size(), 3U);
  EXPECT_EQ(table->columns[1].name, "note");
  EXPECT_EQ(table->columns[2].name, "c");
}

TEST(Script, NamesTheLineOfWhatItCannotApply) {
  Catalog catalog;
  const Status status =
      apply_script("CREATE DATABASE d;\nUSE d;\n\nALTER TABLE missing ADD c int;\n", catalog);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kInvalid);
  EXPECT_NE(status.error().what.find("line 4"), std::string::npos) << status.error().what;
}

TEST(Script, EveryTruncationEnds) {
  const std::string_view text =
      "USE `a``b`; CREATE TABLE t (a int comment 'x\\'y') /* c */ -- d\n; delimiter //\nselect 1//";
  for (size_t n = 0; n <= text.size(); ++n) {
    const std::string piece(text.substr(0, n));
    Catalog catalog;
    const Status status = apply_script(piece, catalog);
    if (!status) {
      EXPECT_EQ(status.error().code, Errc::kInvalid) << n;
    }
  }
}

}  // namespace
}  // namespace millrace::schema
