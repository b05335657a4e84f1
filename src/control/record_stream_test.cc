// SPDX-License-Identifier: Apache-2.0
#include "control/record_stream.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/json.h"
#include "control/fake_log.h"

namespace millrace::control {
namespace {

using Next = BodyStream::Next;

class RecordStreamTest : public testing::Test {
 protected:
  std::string read_all(RecordQuery query, Next& last) {
    const std::shared_ptr<BodyStream> stream = make_record_stream(log_, query);
    stream->on_ready([] {});
    std::string out;
    do {
      last = stream->next(out);
    } while (last == Next::kData);
    return out;
  }
  static int64_t lines(const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  }
  std::shared_ptr<FakeLog> log_ = std::make_shared<FakeLog>();
};

TEST_F(RecordStreamTest, GivesOneJsonObjectALineAndEnds) {
  log_->add_commit(1000);
  log_->add_heartbeat(2000);
  Next last = Next::kData;
  const std::string text = read_all({.from = {0}, .limit = {}}, last);
  EXPECT_EQ(last, Next::kEnd);
  EXPECT_EQ(lines(text), 2);
  const Result<json::Value> first = json::parse(text.substr(0, text.find('\n')));
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_EQ(*first->find("operation")->text(), "COMMIT");
}

TEST_F(RecordStreamTest, EndsWhereTheLogEndedWhenItWasAsked) {
  log_->add_commit(1000);
  const std::shared_ptr<BodyStream> stream = make_record_stream(log_, {.from = {0}, .limit = {}});
  log_->add_commit(2000);
  std::string out;
  while (stream->next(out) == Next::kData) {
  }
  EXPECT_EQ(lines(out), 1);
}

TEST_F(RecordStreamTest, BeginsInsideABatchAndKeepsToItsLimit) {
  const std::vector<std::string_view> values(5, "abc");
  log_->add(values, 1000);
  Next last = Next::kData;
  const std::string text =
      read_all({.from = {1}, .format = RecordFormat::kDtsAvro, .limit = 2}, last);
  EXPECT_EQ(last, Next::kEnd);
  EXPECT_EQ(text, std::string("\0\0\0\3abc\0\0\0\3abc", 14));
}

TEST_F(RecordStreamTest, FollowsUntilNobodyListens) {
  int woken = 0;
  {
    const std::shared_ptr<BodyStream> stream =
        make_record_stream(log_, {.from = {0}, .follow = true, .limit = {}});
    stream->on_ready([&] { ++woken; });
    std::string out;
    EXPECT_EQ(stream->next(out), Next::kWait);
    log_->add_commit(1000);
    EXPECT_EQ(woken, 1);
    EXPECT_EQ(stream->next(out), Next::kData);
    EXPECT_EQ(lines(out), 1);
    EXPECT_EQ(stream->next(out), Next::kWait);
    EXPECT_TRUE(log_->is_watched());
  }
  EXPECT_FALSE(log_->is_watched());
}

TEST_F(RecordStreamTest, IsCutOffWhereARecordIsNone) {
  log_->add_commit(1000);
  log_->add({"no record"}, 2000);
  Next last = Next::kData;
  const std::string text = read_all({.from = {0}, .limit = {}}, last);
  EXPECT_EQ(last, Next::kBroken);
  EXPECT_EQ(lines(text), 1);
}

TEST_F(RecordStreamTest, IsCutOffWhereRetentionOvertookIt) {
  log_->add_commit(1000);
  log_->add_commit(1000);
  log_->cut_to(1);
  Next last = Next::kData;
  read_all({.from = {0}, .limit = {}}, last);
  EXPECT_EQ(last, Next::kBroken);
}

TEST_F(RecordStreamTest, FindsThePlaceThatAPersonNames) {
  for (int i = 0; i < 4; ++i) log_->add_commit(1000);
  log_->cut_to(1);
  EXPECT_EQ(find_offset(*log_, "")->value, 4);
  EXPECT_EQ(find_offset(*log_, "latest")->value, 4);
  EXPECT_EQ(find_offset(*log_, "earliest")->value, 1);
  EXPECT_EQ(find_offset(*log_, "2")->value, 2);
  EXPECT_EQ(find_offset(*log_, "1970-01-01T00:00:01Z")->value, 1);
  EXPECT_EQ(find_offset(*log_, "1970-01-01T00:00:02Z")->value, 4);
  EXPECT_EQ(find_offset(*log_, "0").error().code, Errc::kNotFound);
  EXPECT_EQ(find_offset(*log_, "5").error().code, Errc::kNotFound);
  EXPECT_EQ(find_offset(*log_, "bin.000001:4").error().code, Errc::kInvalid);
}

}  // namespace
}  // namespace millrace::control
