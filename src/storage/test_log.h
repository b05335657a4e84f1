// SPDX-License-Identifier: Apache-2.0
// For tests: logs on a simulated disk, and what is in them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/clock.h"
#include "io/sim_files.h"
#include "storage/batch_reader.h"
#include "storage/task_log.h"

namespace millrace::storage {

struct TestRecord {
  int64_t offset = 0;
  int64_t timestamp_ms = 0;
  std::string value;
  friend bool operator==(const TestRecord&, const TestRecord&) = default;
};

inline Batches batches_of(const std::vector<std::pair<int64_t, std::string>>& records,
                          Compression compression = Compression::kNone) {
  BatchBuilder builder;
  for (const auto& [time, value] : records) builder.add(time, as_bytes(value));
  Batches batches = builder.take();
  EXPECT_TRUE(seal(batches, compression));
  return batches;
}

inline std::vector<TestRecord> records_in(Bytes bytes) {
  std::vector<TestRecord> records;
  while (!bytes.empty()) {
    BatchReader reader;
    auto opened = reader.open(bytes);
    if (!opened) {
      ADD_FAILURE() << opened.error().what;
      break;
    }
    while (true) {
      auto record = reader.next();
      if (!record) ADD_FAILURE() << record.error().what;
      if (!record || !*record) break;
      records.push_back({(*record)->offset.value, (*record)->timestamp_ms,
                         std::string(as_text((*record)->value.value_or(Bytes{})))});
    }
    bytes = bytes.subspan(reader.header().size());
  }
  return records;
}

// All that is visible, read in pieces of at most `max_bytes`.
inline std::vector<TestRecord> read_all(const LogReader& log, size_t max_bytes = 1 << 20) {
  std::vector<TestRecord> all;
  const LogView view = log.view();
  for (Offset at = view.start; at < view.high_watermark;) {
    const auto range = log.read(at, max_bytes, true);
    if (!range) {
      ADD_FAILURE() << range.error().what;
      break;
    }
    if (range->bytes == 0) break;
    Buffer bytes;
    const auto read = read_range(*range, bytes);
    if (!read) {
      ADD_FAILURE() << read.error().what;
      break;
    }
    for (TestRecord& record : records_in(bytes.view())) {
      if (record.offset >= at.value) all.push_back(std::move(record));
    }
    at.value = all.back().offset + 1;
  }
  return all;
}

inline Progress progress_at(uint64_t offset) {
  Progress progress;
  progress.file = "mysql-bin.000007";
  progress.offset = offset;
  progress.server = {"3e11fa47-71ca-11e1-9e33-c80aa9429562", 17};
  progress.gtids = "g" + std::to_string(offset);
  progress.last_record_id = static_cast<int64_t>(offset) * 10;
  return progress;
}

struct TestLog {
  io::SimClock clock;
  io::SimFiles files{clock};
  LogOptions options;
  std::unique_ptr<TaskLog> log;
  std::vector<std::pair<std::string, HistoryKind>> history;  // as the last open() gave it

  Status try_open() {
    log.reset();
    history.clear();
    log = TRY(TaskLog::open(files, clock, "/data/tasks/t", options,
                            [&](Bytes entry, HistoryKind kind) -> Status {
                              history.emplace_back(as_text(entry), kind);
                              return Done{};
                            }));
    return Done{};
  }
  void open() {
    auto opened = try_open();
    ASSERT_TRUE(opened) << opened.error().what;
  }
  void append(std::vector<std::pair<int64_t, std::string>> records) {
    auto appended = log->append(0, batches_of(records));
    ASSERT_TRUE(appended) << appended.error().what;
  }
  void commit(uint64_t offset) {
    auto mark = log->commit(progress_at(offset), nullptr);
    ASSERT_TRUE(mark) << mark.error().what;
  }
  std::vector<TestRecord> records() const { return read_all(*log->reader(0)); }
  std::vector<std::string> values() const {
    std::vector<std::string> values;
    for (TestRecord& record : records()) values.push_back(std::move(record.value));
    return values;
  }
  std::vector<std::string> paths(const std::string& ending) const {
    std::vector<std::string> found;
    for (const std::string& path : files.all_files()) {
      if (path.ends_with(ending)) found.push_back("/" + path);
    }
    return found;
  }
};

}  // namespace millrace::storage
