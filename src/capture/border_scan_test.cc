// SPDX-License-Identifier: Apache-2.0
#include "capture/border_scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "capture/event_log_test_support.h"

namespace millrace::capture {
namespace {

using mysql::EventType;

TEST(BorderScan, KnowsWhereTransactionsBeginAndEnd) {
  EventLog log;
  BorderScan scan(mysql::Flavour::kMySql, "bin.000001");
  const auto take = [&](const std::string& raw) { EXPECT_TRUE(scan.event(as_bytes(raw))); };
  EXPECT_TRUE(scan.at_border());
  EXPECT_EQ(scan.offset(), 4U);
  take(log.query("BEGIN", "", 1'700'000'007));
  EXPECT_TRUE(scan.opened());
  EXPECT_FALSE(scan.at_border());
  EXPECT_EQ(scan.group_start(), 4U);
  EXPECT_EQ(scan.group_time_us(), 1'700'000'007'000'000);
  EXPECT_TRUE(scan.whole_seconds());
  take(log.query("SAVEPOINT s"));
  EXPECT_FALSE(scan.at_border()) << "a statement inside of it ends nothing";
  EXPECT_FALSE(scan.opened());
  take(log.add(EventType::kXid, std::string(8, '\0')));
  EXPECT_TRUE(scan.at_border());
  EXPECT_EQ(scan.offset(), log.offset());
  const uint32_t border = log.offset();
  take(log.query("CREATE TABLE t (a INT)"));
  EXPECT_TRUE(scan.opened()) << "a statement of its own opens and ends";
  EXPECT_TRUE(scan.at_border());
  EXPECT_EQ(scan.group_start(), border);
  take(log.query("BEGIN"));
  take(log.query("ROLLBACK"));
  EXPECT_TRUE(scan.at_border());
}

TEST(BorderScan, CountsDomainsAtTheEndOfTheirTransactions) {
  EventLog log;
  BorderScan scan(mysql::Flavour::kMariaDb, "bin.000001");
  const auto take = [&](const std::string& raw) { EXPECT_TRUE(scan.event(as_bytes(raw))); };
  // 0-1-41: one GTID; the server stands behind the domain.
  take(log.add(EventType::kGtidList, std::string("\1\0\0\0"
                                                 "\0\0\0\0"
                                                 "\1\0\0\0"
                                                 "\51\0\0\0\0\0\0\0",
                                                 20)));
  EXPECT_TRUE(scan.has_gtids());
  EXPECT_EQ(scan.gtids(), "0-1-41");
  std::string gtid(
      "\52\0\0\0\0\0\0\0"
      "\0\0\0\0"
      "\0"
      "\0\0\0\0\0\0",
      19);
  take(log.add(EventType::kMariaDbGtid, gtid));
  EXPECT_FALSE(scan.at_border());
  EXPECT_EQ(scan.gtids(), "0-1-41");
  take(log.query("CREATE TABLE inside (a INT)"));
  EXPECT_FALSE(scan.at_border()) << "its GTID is its BEGIN";
  take(log.query("COMMIT"));
  EXPECT_EQ(scan.gtids(), "0-7-42");
}

TEST(BorderScan, EveryTruncationEndsWithoutAnOverread) {
  EventLog log;
  const std::vector<std::string> events = {log.query("BEGIN"),
                                           log.add(EventType::kXid, std::string(8, '\0'))};
  for (const std::string& whole : events) {
    for (size_t n = 0; n < whole.size(); ++n) {
      const auto cut = std::make_unique<std::byte[]>(n);
      std::copy_n(as_bytes(whole).begin(), n, cut.get());
      BorderScan scan(mysql::Flavour::kMySql, "bin.000001");
      EXPECT_FALSE(scan.event(Bytes(cut.get(), n))) << n << " bytes";
    }
  }
}

}  // namespace
}  // namespace millrace::capture
