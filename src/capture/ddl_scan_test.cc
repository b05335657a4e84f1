// SPDX-License-Identifier: Apache-2.0
#include "capture/ddl_scan.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "base/buffer.h"
#include "mysql/event_type.h"

namespace millrace::capture {
namespace {

using schema::ObjectRef;

std::string event(mysql::EventType type, std::string_view body, uint32_t log_pos = 0) {
  Buffer out;
  out.le(1'700'000'000, 4);
  out.put(static_cast<uint8_t>(type));
  out.le(1, 4);
  out.le(19 + body.size(), 4);
  out.le(log_pos, 4);
  out.le(0, 2);
  out.append(body);
  const Bytes bytes = out.view();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string query(std::string_view database, std::string_view statement) {
  std::string body(8, '\0');  // thread and time
  body += static_cast<char>(database.size());
  body += std::string(4, '\0');  // error code, no status block
  body += database;
  body += '\0';
  body += statement;
  return event(mysql::EventType::kQuery, body);
}

std::set<ObjectRef> touched(std::string_view statement) {
  DdlScan scan(false, {});
  const std::string raw = query("shop", statement);
  EXPECT_TRUE(scan.event(as_bytes(raw)));
  return scan.touched();
}

TEST(DdlScan, TellsWhatAStatementTouches) {
  EXPECT_EQ(touched("ALTER TABLE orders ADD c INT"), (std::set<ObjectRef>{{"shop", "orders"}}));
  EXPECT_EQ(touched("RENAME TABLE a TO crm.b"), (std::set<ObjectRef>{{"shop", "a"}, {"crm", "b"}}));
  EXPECT_EQ(touched("DROP DATABASE crm"), (std::set<ObjectRef>{{"crm", ""}}));
}

TEST(DdlScan, WhatChangesNoDefinitionTouchesNothing) {
  for (const char* statement :
       {"BEGIN", "COMMIT", "INSERT INTO t VALUES (1)", "CREATE TEMPORARY TABLE t (a INT)",
        "CREATE PROCEDURE p() SELECT 1", "CREATE USER u", "ANALYZE TABLE t"}) {
    EXPECT_TRUE(touched(statement).empty()) << statement;
  }
}

TEST(DdlScan, WhatNobodyUnderstandsTouchesSomething) {
  EXPECT_FALSE(touched("TRANSMOGRIFY TABLE orders").empty());
}

TEST(DdlScan, LooksInsideCompressedTransactions) {
  const std::string inner = query("shop", "CREATE TABLE t (a INT) START TRANSACTION");
  ASSERT_LT(inner.size(), 251U);  // lengths of one byte
  const auto size = static_cast<char>(inner.size());
  std::string body = {2, 3, '\xFC', '\xFF', '\0', 1, 1, size, 3, 1, size, '\0'};
  DdlScan scan(false, {});
  const std::string raw = event(mysql::EventType::kTransactionPayload, body + inner);
  const Status status = scan.event(as_bytes(raw));
  EXPECT_TRUE(status);
  EXPECT_EQ(scan.touched(), (std::set<ObjectRef>{{"shop", "t"}}));
}

TEST(DdlScan, KnowsTheEndOfItsStretch) {
  DdlScan scan(false, {.file = "bin.000002", .offset = (uint64_t{1} << 32) + 500, .gtids = {}});
  const auto at_end = [&](const std::string& raw) {
    EXPECT_TRUE(scan.event(as_bytes(raw)));
    return scan.at_end();
  };
  const std::string first("\4\0\0\0\0\0\0\0", 8);
  const std::string far("\0\0\0\0\1\0\0\0", 8);
  EXPECT_FALSE(at_end(event(mysql::EventType::kRotate, first + "bin.000001")));
  EXPECT_FALSE(at_end(event(mysql::EventType::kXid, first, 500)));
  EXPECT_FALSE(at_end(event(mysql::EventType::kRotate, first + "bin.000002")));
  EXPECT_FALSE(at_end(event(mysql::EventType::kXid, first, 500)));  // 4 GiB too early
  EXPECT_FALSE(at_end(event(mysql::EventType::kRotate, far + "bin.000002")));
  EXPECT_FALSE(at_end(event(mysql::EventType::kXid, first, 400)));
  EXPECT_TRUE(at_end(event(mysql::EventType::kXid, first, 500)));
}

TEST(DdlScan, BeyondTheEndIsTheEndToo) {
  const std::string position("\4\0\0\0\0\0\0\0", 8);
  for (const bool another_file : {false, true}) {
    DdlScan scan(false, {.file = "bin.000002", .offset = 500, .gtids = {}});
    const auto at_end = [&](const std::string& raw) {
      EXPECT_TRUE(scan.event(as_bytes(raw)));
      return scan.at_end();
    };
    EXPECT_FALSE(at_end(event(mysql::EventType::kRotate, position + "bin.000002")));
    EXPECT_FALSE(at_end(event(mysql::EventType::kXid, std::string(8, '\0'), 490)));
    EXPECT_TRUE(at_end(another_file ? event(mysql::EventType::kRotate, position + "bin.000003")
                                    : event(mysql::EventType::kXid, std::string(8, '\0'), 510)));
  }
}

TEST(DdlScan, EveryTruncationEndsWithoutAnOverread) {
  const std::string whole = query("shop", "ALTER TABLE orders ADD c INT");
  for (size_t n = 0; n < whole.size(); ++n) {
    const auto cut = std::make_unique<std::byte[]>(n);
    std::copy_n(as_bytes(whole).begin(), n, cut.get());
    DdlScan scan(false, {});
    EXPECT_FALSE(scan.event(Bytes(cut.get(), n))) << n << " bytes";
  }
}

}  // namespace
}  // namespace millrace::capture
