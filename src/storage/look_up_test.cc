// SPDX-License-Identifier: Apache-2.0
// Look-ups by offset, time and size against a model that has all records in a row; and readers
// against a writer.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "storage/test_log.h"

namespace millrace::storage {
namespace {

struct Model {
  struct Batch {
    int64_t base = 0;
    int64_t end = 0;
    size_t bytes = 0;
    size_t segment = 0;  // by the position it was found at
  };
  std::vector<TestRecord> records;
};

// A log of random batches in random commits, with epochs' gaps, whose timestamps go up and down.
void fill(TestLog& t, Model& model, std::mt19937_64& random, int commits) {
  int64_t time = 1'000'000;
  uint64_t progress = 0;
  for (int i = 0; i < commits; ++i) {
    for (uint64_t batches = 1 + random() % 4; batches > 0; --batches) {
      std::vector<std::pair<int64_t, std::string>> records;
      const int64_t next = t.log->reader(0)->view().high_watermark.value;
      int64_t offset = model.records.empty() ? 0 : model.records.back().offset + 1;
      offset = std::max(offset, next);
      for (uint64_t count = 1 + random() % 5; count > 0; --count) {
        time += static_cast<int64_t>(random() % 200) - 80;
        records.emplace_back(time, std::string(random() % 9000, 'r'));
        model.records.push_back({offset++, time, records.back().second});
      }
      const auto codec = static_cast<Compression>(random() % 5);
      ASSERT_TRUE(t.log->append(0, batches_of(records, codec)));
    }
    t.commit(++progress);
    if (random() % 40 == 0) {
      ASSERT_TRUE(t.log->bump_epoch(0, {}));
    }
  }
}

void compare(const TestLog& t, const Model& model, std::mt19937_64& random) {
  const auto reader = t.log->reader(0);
  const LogView view = reader->view();
  const auto first = std::find_if(model.records.begin(), model.records.end(),
                                  [&](const auto& r) { return r.offset >= view.start.value; });
  for (int i = 0; i < 300; ++i) {
    const int64_t time = 999'000 + static_cast<int64_t>(random() % 60'000);
    const auto expected = std::find_if(first, model.records.end(),
                                       [&](const auto& r) { return r.timestamp_ms >= time; });
    const auto found = reader->find_time(time);
    ASSERT_TRUE(found) << found.error().what;
    ASSERT_EQ(found->has_value(), expected != model.records.end()) << time;
    if (expected == model.records.end()) continue;
    EXPECT_EQ((*found)->offset.value, expected->offset) << time;
    EXPECT_EQ((*found)->timestamp_ms, expected->timestamp_ms);
  }
  for (int i = 0; i < 300; ++i) {
    const auto& wanted =
        *(first +
          static_cast<ptrdiff_t>(random() % static_cast<uint64_t>(model.records.end() - first)));
    const size_t limit = random() % 100'000;
    const auto range = reader->read({wanted.offset}, limit, true);
    ASSERT_TRUE(range) << range.error().what;
    Buffer bytes;
    ASSERT_TRUE(read_range(*range, bytes));
    const auto header = decode_batch_header(bytes.view());
    ASSERT_TRUE(header);
    EXPECT_LE(header->base_offset, wanted.offset);
    EXPECT_GT(header->next_offset(), wanted.offset);
    EXPECT_TRUE(bytes.size() <= limit || bytes.size() == header->size());
    const auto records = records_in(bytes.view());
    auto expected = std::find_if(first, model.records.end(),
                                 [&](const auto& r) { return r.offset == header->base_offset; });
    for (const TestRecord& record : records) EXPECT_EQ(record, *expected++);
    // As much as fits: the next batch would not, or begins another segment, or is not there.
    if (range->at_tail) {
      EXPECT_EQ(expected, model.records.end());
      continue;
    }
    ASSERT_NE(expected, model.records.end());
    const auto next = reader->read({expected->offset}, 1, true);
    ASSERT_TRUE(next);
    EXPECT_TRUE(next->segment != range->segment || bytes.size() + next->bytes > limit);
  }
}

TEST(LookUp, AgreesWithARowOfRecords) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    std::mt19937_64 random(seed);
    TestLog t;
    t.options.segment_bytes = seed % 2 == 0 ? 300'000 : 64'000;
    t.options.retention_ms = -1;
    t.options.retention_bytes = 600'000;
    t.open();
    Model model;
    fill(t, model, random, 60);
    if (testing::Test::HasFatalFailure()) return;
    compare(t, model, random);
    t.open();
    compare(t, model, random);
    ASSERT_TRUE(t.log->retain());
    compare(t, model, random);
    // Without indexes: slower, no other answer.
    for (const std::string& path : t.paths(".index")) {
      std::string bytes = *t.files.content(path);
      for (char& byte : bytes) byte = static_cast<char>(byte ^ 0x55);
      ASSERT_TRUE(t.files.set_content(path, as_bytes(bytes)));
    }
    compare(t, model, random);
    t.open();
    compare(t, model, random);
    EXPECT_TRUE(t.log->verify(nullptr)->damage.empty());
  }
}

TEST(LookUp, NothingIsFoundBeyondTheNewestTime) {
  TestLog t;
  t.open();
  EXPECT_FALSE(*t.log->reader(0)->find_time(0));
  t.append({{100, "a"}, {90, "b"}});
  EXPECT_FALSE(*t.log->reader(0)->find_time(0)) << "not committed";
  t.commit(1);
  EXPECT_EQ((*t.log->reader(0)->find_time(95))->offset.value, 0);
  EXPECT_EQ((*t.log->reader(0)->find_time(INT64_MIN))->offset.value, 0);
  EXPECT_FALSE(*t.log->reader(0)->find_time(101));
  EXPECT_EQ(t.log->reader(0)->view().newest_timestamp_ms, 100);
}

TEST(LookUp, ReadersSeeWholeCommitsWhileTheWriterGoesOn) {
  TestLog t;
  t.options.segment_bytes = 20'000;
  t.options.retention_ms = -1;
  t.options.retention_bytes = 100'000;
  t.open();
  const auto reader = t.log->reader(0);
  std::atomic<bool> done = false;
  std::atomic<uint64_t> woken = 0;
  const auto read_on = [&] {
    const uint64_t ticket = reader->watch([&] { ++woken; });
    int64_t at = 0;
    while (!done || at < reader->view().high_watermark.value) {
      const LogView view = reader->view();
      // Commits are of ten records: no other watermark may ever be seen.
      EXPECT_EQ(view.high_watermark.value % 10, 0);
      at = std::max(at, view.start.value);
      const auto range = reader->read({at}, 4000, true);
      if (!range) {  // retention overtook us between the two calls
        EXPECT_EQ(range.error().code, Errc::kNotFound);
        continue;
      }
      Buffer bytes;
      ASSERT_TRUE(read_range(*range, bytes));
      for (const TestRecord& record : records_in(bytes.view())) {
        if (record.offset < at) continue;
        ASSERT_EQ(record.offset, at);
        ASSERT_EQ(record.value.substr(0, 8), "value " + std::to_string(at % 90 + 10));
        ++at;
      }
      (void)reader->find_time(at / 2);
    }
    reader->unwatch(ticket);
  };
  std::thread one(read_on);
  std::thread two(read_on);
  std::thread check([&] {
    while (!done) {
      const auto report = t.log->verify(nullptr);
      if (report) {
        EXPECT_TRUE(report->damage.empty());
      }
    }
  });
  int64_t offset = 0;
  for (uint64_t c = 0; c < 400; ++c) {
    for (int part = 0; part < 2; ++part) {
      std::vector<std::pair<int64_t, std::string>> records;
      for (int i = 0; i < 5; ++i, ++offset) {
        records.emplace_back(offset, "value " + std::to_string(offset % 90 + 10) +
                                         std::string(static_cast<size_t>(offset % 300), 'x'));
      }
      ASSERT_TRUE(t.log->append(0, batches_of(records)));
    }
    t.commit(c);
    if (c % 20 == 19) {
      ASSERT_TRUE(t.log->retain());
    }
  }
  done = true;
  one.join();
  two.join();
  check.join();
  EXPECT_GT(woken, 0U);
}

}  // namespace
}  // namespace millrace::storage
