// SPDX-License-Identifier: Apache-2.0
#include "mysql/query_event.h"

#include <gtest/gtest.h>

#include "mysql/event_test_support.h"

namespace millrace::mysql {
namespace {

std::string query_body(std::string_view status, std::string_view database,
                       std::string_view statement, std::string_view extra = "") {
  Buffer out;
  out.le(17, 4);
  out.le(3, 4);
  out.put(static_cast<uint8_t>(database.size()));
  out.le(1146, 2);
  out.le(status.size(), 2);
  out.append(extra);
  out.append(status);
  out.append(database);
  out.put(0);
  out.append(statement);
  return std::string(as_text(out.view()));
}

QueryStatusBlock status_of(std::string_view hex) {
  static std::string body;  // the block holds views of it
  body = query_body(from_hex(hex), "d", "s");
  return decode_query(as_bytes(body))->status;
}

TEST(Query, GivesItsFields) {
  const std::string body = query_body("", "shop", "CREATE TABLE t (a INT)");
  const auto query = decode_query(as_bytes(body));
  ASSERT_TRUE(query);
  EXPECT_EQ(query->thread_id, 17U);
  EXPECT_EQ(query->execution_s, 3U);
  EXPECT_EQ(query->error_code, 1146);
  EXPECT_EQ(query->database, "shop");
  EXPECT_EQ(query->statement, "CREATE TABLE t (a INT)");
}

TEST(Query, TheLengthOfTheDatabaseCountsAndNotItsZeroByte) {
  const std::string name("a\0b", 3);
  const std::string body = query_body("", name, "BEGIN");
  EXPECT_EQ(decode_query(as_bytes(body))->database, name);
}

TEST(Query, EveryTruncationIsAnErrorAndNeverAnOverread) {
  const std::string body = query_body(from_hex("00 11223344"), "shop", "");
  for_each_cut(body, [](Bytes cut, size_t size) {
    EXPECT_EQ(decode_query(cut).error().code, Errc::kTruncated) << size;
  });
}

TEST(Query, AStatementToLoadDataIsAQuery) {
  const std::string body = query_body(from_hex("00 11223344"), "shop", "LOAD DATA ...",
                                      from_hex("01000000 02000000 03000000 00"));
  const auto query = decode_execute_load_query(as_bytes(body));
  ASSERT_TRUE(query);
  EXPECT_EQ(query->database, "shop");
  EXPECT_EQ(query->statement, "LOAD DATA ...");
  for_each_cut(std::string_view(body).substr(0, body.size() - 13),
               [](Bytes cut, size_t) { EXPECT_FALSE(decode_execute_load_query(cut)); });
}

TEST(QueryStatus, IsReadCodeByCode) {
  const QueryStatusBlock status = status_of(
      "00 00000004                 01 0400000000000000  02 03 737464 00  03 0100 0200"
      "04 2100 2d00 ff00           05 03 555443         06 03 737464     07 0000"
      "08 0800                     09 0100000000000000  0a 00000000      0b 01 75 01 68"
      "0c 02 61 00 6263 00         0d 010200            10 01            11 0500000000000000"
      "12 ff00                     13 01                14 00            15 01");
  EXPECT_EQ(status.flags2, 0x04000000U);
  EXPECT_EQ(status.sql_mode, 4U);
  EXPECT_EQ(status.client_collation, 33);
  EXPECT_EQ(status.connection_collation, 45);
  EXPECT_EQ(status.server_collation, 255);
  EXPECT_EQ(status.charset(), uint64_t{33} << 32 | 45U << 16 | 255U);
  EXPECT_EQ(status.time_zone, "UTC");
  EXPECT_EQ(status.database_collation, 8);
  EXPECT_EQ(status.microseconds, 0x0201U);
  EXPECT_EQ(status.explicit_defaults_for_timestamp, true);
  EXPECT_EQ(status.ddl_xid, 5U);
  EXPECT_EQ(status.utf8mb4_collation, 255);
  EXPECT_FALSE(status.unknown_code);
}

TEST(QueryStatus, TooManyDatabasesHaveNoNames) {
  const QueryStatusBlock status = status_of("0c fe  08 0800");
  EXPECT_EQ(status.database_collation, 8);
}

TEST(QueryStatus, MariaDbAddsItsOwn) {
  const QueryStatusBlock status =
      status_of("80 010000  81 0900000000000000  82 04 0700000000000000  83 02 2d00e000 21000800");
  EXPECT_EQ(status.microseconds, 1U);
  EXPECT_EQ(status.ddl_xid, 9U);
  EXPECT_EQ(status.gtid_flags3, 4);
  EXPECT_EQ(status.start_alter_sequence, 7U);
  EXPECT_EQ(status.collation_for(45), 224);
  EXPECT_EQ(status.collation_for(33), 8);
  EXPECT_EQ(status.collation_for(8), std::nullopt);
}

TEST(QueryStatus, AnUnknownCodeEndsTheBlockAndHarmsNothing) {
  const QueryStatusBlock status = status_of("08 0800  63 ffff  01 0400000000000000");
  EXPECT_EQ(status.database_collation, 8);
  EXPECT_EQ(status.unknown_code, 0x63);
  EXPECT_FALSE(status.sql_mode);
  EXPECT_FALSE(status_of("ff 01 0400000000000000").sql_mode) << "filler to the end";
}

TEST(QueryStatus, AValueThatTheBlocksEndCutsIsNotThere) {
  const std::string whole = from_hex("08 0800  01 0400000000000000");
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string body = query_body(std::string_view(whole).substr(0, size), "d", "s");
    const auto query = decode_query(ExactCopy(as_bytes(body)).view());
    ASSERT_TRUE(query) << size;
    EXPECT_EQ(query->status.database_collation.has_value(), size >= 3) << size;
    EXPECT_FALSE(query->status.sql_mode) << size;
  }
}

}  // namespace
}  // namespace millrace::mysql
