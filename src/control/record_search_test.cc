// SPDX-License-Identifier: Apache-2.0
#include "control/record_search.h"

#include <gtest/gtest.h>

#include <vector>

#include "control/fake_log.h"

namespace millrace::control {
namespace {

class RecordSearchTest : public testing::Test {
 protected:
  // A COMMIT at every tenth offset, heartbeats between.
  void SetUp() override {
    for (int64_t i = 0; i < 1000; ++i) {
      if (i % 10 == 0) {
        log_.add_commit(1000 + i);
      } else {
        log_.add_heartbeat(1000 + i);
      }
    }
  }
  RecordSearch search(bool newest_first, int64_t limit) {
    return {.filter = {.kinds = {"COMMIT"}, .table = "", .key = "", .column = "", .has = ""},
            .from = {0},
            .to = {1000},
            .newest_first = newest_first,
            .limit = limit,
            .max_bytes = 1 << 30};
  }
  static std::vector<int64_t> offsets(const json::Value& page) {
    std::vector<int64_t> out;
    for (const json::Value& record : *page.find("records")->array()) {
      out.push_back(*record.find("offset")->integer());
    }
    return out;
  }
  FakeLog log_;
};

TEST_F(RecordSearchTest, TheNewestComeFirst) {
  const json::Value page = *search_records(log_, search(true, 3));
  EXPECT_EQ(offsets(page), (std::vector<int64_t>{990, 980, 970}));
  EXPECT_EQ(*page.find("from")->integer(), 970);
  EXPECT_FALSE(*page.find("done")->boolean());
}

TEST_F(RecordSearchTest, TheOldestComeFirst) {
  const json::Value page = *search_records(log_, search(false, 3));
  EXPECT_EQ(offsets(page), (std::vector<int64_t>{0, 10, 20}));
  EXPECT_EQ(*page.find("to")->integer(), 21);
  EXPECT_EQ(*page.find("looked_at")->integer(), 21);
  EXPECT_FALSE(*page.find("done")->boolean());
}

TEST_F(RecordSearchTest, GoingOnSeesEachOnce) {
  for (const bool newest_first : {true, false}) {
    for (const size_t max_bytes : {size_t{1}, size_t{2000}, size_t{1} << 30}) {
      RecordSearch ask = search(newest_first, 7);
      ask.max_bytes = max_bytes;
      std::vector<int64_t> seen;
      bool done = false;
      for (int calls = 0; !done && calls < 2000; ++calls) {
        const json::Value page = *search_records(log_, ask);
        for (const int64_t offset : offsets(page)) seen.push_back(offset);
        done = *page.find("done")->boolean();
        if (newest_first) {
          ask.to = {*page.find("from")->integer()};
        } else {
          ask.from = {*page.find("to")->integer()};
        }
      }
      ASSERT_EQ(seen.size(), 100U) << newest_first << " " << max_bytes;
      for (int64_t i = 0; i < 100; ++i) {
        EXPECT_EQ(seen[static_cast<size_t>(i)], newest_first ? 990 - i * 10 : i * 10);
      }
    }
  }
}

TEST_F(RecordSearchTest, NothingThereIsDone) {
  RecordSearch ask = search(true, 5);
  ask.filter.table = "shop.orders";
  const json::Value page = *search_records(log_, ask);
  EXPECT_TRUE(offsets(page).empty());
  EXPECT_TRUE(*page.find("done")->boolean());
  EXPECT_EQ(*page.find("looked_at")->integer(), 1000);
  ask.from = ask.to;
  EXPECT_TRUE(*search_records(log_, ask)->find("done")->boolean());
}

TEST_F(RecordSearchTest, WhatIsNoRecordIsAnError) {
  log_.add({"not a record"}, 3000);
  RecordSearch ask = search(true, 5);
  ask.to = {1001};
  EXPECT_FALSE(search_records(log_, ask));
}

TEST(RecordFilter, LooksForKeysWholeAndForValuesInPart) {
  const json::Value view = *json::parse(
      R"({"key":["id"],"cells":[{"name":"id","before":"7","after":"7"},
          {"name":"note","before":null,"after":"blue mug"}]})");
  EXPECT_TRUE(
      (RecordFilter{.kinds = {}, .table = "", .key = "7", .column = "", .has = ""}).takes(view));
  const auto takes = [&](const std::string& key, const std::string& column,
                         const std::string& has) {
    return RecordFilter{.kinds = {}, .table = "", .key = key, .column = column, .has = has}.takes(
        view);
  };
  EXPECT_FALSE(takes("blue mug", "", ""));
  EXPECT_FALSE(takes("77", "", ""));
  EXPECT_TRUE(takes("", "", "mug"));
  EXPECT_TRUE(takes("7", "note", "mug"));
  EXPECT_FALSE(takes("", "id", "mug"));
  EXPECT_FALSE(takes("", "", "cup"));
}

}  // namespace
}  // namespace millrace::control
