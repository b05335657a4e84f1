// SPDX-License-Identifier: Apache-2.0
// One workload of everything that a log does, with the power cut after every single call that
// changes or syncs the disk, and with every single call failing. Whatever happens, what had been
// promised is there byte for byte, nothing beyond it is, and the log goes on at the right offset.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "storage/test_log.h"

namespace millrace::storage {
namespace {

constexpr int kCommits = 20;

// The workload is a row of commits. What commit `c` adds is a function of `c` alone.
enum class Step { kRecords, kProgress, kHeartbeatBesidePending, kPending };
Step step_of(int c) {
  if (c % 9 == 3) return Step::kProgress;
  if (c % 9 == 5) return Step::kHeartbeatBesidePending;
  if (c % 9 == 6) return Step::kPending;
  return Step::kRecords;
}
std::vector<std::pair<int64_t, std::string>> records_of(int c) {
  std::vector<std::pair<int64_t, std::string>> records;
  const int count = step_of(c) == Step::kProgress ? 0 : 1 + c % 3;
  for (int i = 0; i < count; ++i) {
    records.emplace_back(1000 + c, std::to_string(c) + "." + std::to_string(i) +
                                       std::string(static_cast<size_t>(c * 7 % 90), 'v'));
  }
  return records;
}
bool has_derived(int c) { return c % 3 == 1; }
bool has_input(int c) { return c % 4 == 2; }

std::vector<std::string> values_up_to(int c) {
  std::vector<std::string> values;
  for (int i = 0; i <= c; ++i) {
    for (auto& [time, value] : records_of(i)) values.push_back(value);
  }
  return values;
}

class Workload {
 public:
  TestLog t;
  int promised = -1;   // the last commit that returned a mark
  int attempted = -1;  // the last commit that was tried

  Workload() {
    t.options.segment_bytes = 700;
    t.options.retention_ms = 60'000;
  }

  // Commits from..to-1; stops at the first error.
  Status run(int from, int to) {
    std::unique_ptr<PendingSegment> pending;
    for (int c = from; c < to; ++c) {
      t.clock.advance_ms(1500);
      if (step_of(c) == Step::kHeartbeatBesidePending && c + 1 < to) {
        pending = TRY(begin_pending(c + 1));
      }
      TRY(commit(c, pending));
      if (c % 6 == 4) {
        t.clock.advance_ms(20'000);
        TRY(t.log->retain());
      }
    }
    return Done{};
  }

  // Everything that a start after a crash must find. Returns the commit that it went back to.
  int check() {
    const auto& progress = t.log->committed();
    const int found = progress ? static_cast<int>(progress->offset) : -1;
    EXPECT_GE(found, promised);
    EXPECT_LE(found, attempted);
    const auto values = values_up_to(found);
    const LogView view = t.log->reader(0)->view();
    EXPECT_EQ(view.high_watermark.value, static_cast<int64_t>(values.size()));
    EXPECT_LE(view.start, view.high_watermark);
    int64_t expected_offset = view.start.value;
    for (const TestRecord& record : t.records()) {
      EXPECT_EQ(record.offset, expected_offset);
      EXPECT_EQ(record.value, values[static_cast<size_t>(record.offset)]);
      ++expected_offset;
    }
    EXPECT_EQ(expected_offset, view.high_watermark.value);
    for (const auto& [offset, bytes] : batches_from(view.start)) {
      const auto before = seen_.find(offset);
      if (before != seen_.end()) {
        EXPECT_EQ(before->second, bytes) << offset;
      }
    }
    return found;
  }

  void check_history(int found) {
    std::vector<std::string> derived;
    std::vector<std::string> inputs;
    for (const auto& [entry, kind] : t.history) {
      (kind == HistoryKind::kInput ? inputs : derived).push_back(entry);
    }
    std::vector<std::string> expected_derived;
    std::vector<std::string> must;
    for (int c = 0; c <= found; ++c) {
      if (has_derived(c)) expected_derived.push_back("d" + std::to_string(c));
      if (has_input(c)) must.push_back("i" + std::to_string(c));
    }
    EXPECT_EQ(derived, expected_derived);
    // Inputs beyond the mark may have been kept: in their order, and each as often as it was given.
    ASSERT_GE(inputs.size(), must.size());
    EXPECT_TRUE(std::equal(must.begin(), must.end(), inputs.begin()));
    for (size_t i = must.size(); i < inputs.size(); ++i) {
      EXPECT_EQ(inputs[i][0], 'i');
      EXPECT_GT(std::stoi(inputs[i].substr(1)), found);
    }
  }

 private:
  Result<std::unique_ptr<PendingSegment>> begin_pending(int c) {
    auto pending = TRY(t.log->begin_pending(0));
    TRY(pending->append(batches_of({{1, "cut back"}})));
    TRY(pending->cut_back({}));
    for (auto& record : records_of(c)) TRY(pending->append(batches_of({record})));
    const auto mark = pending->mark();
    TRY(pending->append(batches_of({{1, "rolled back to the savepoint"}})));
    TRY(pending->cut_back(mark));
    return pending;
  }

  Status commit(int c, std::unique_ptr<PendingSegment>& pending) {
    if (has_derived(c)) {
      TRY(t.log->append_history(as_bytes("d" + std::to_string(c)), HistoryKind::kDerived));
    }
    if (has_input(c) && c != input_given_) {
      TRY(t.log->append_history(as_bytes("i" + std::to_string(c)), HistoryKind::kInput));
      input_given_ = c;  // inputs outlive an error that comes later
    }
    const Offset end = t.log->reader(0)->view().high_watermark;
    Progress progress = progress_at(static_cast<uint64_t>(c));
    attempted = std::max(attempted, c);
    if (step_of(c) == Step::kProgress) {
      TRY(t.log->commit_progress(progress, nullptr));
      // Not synced: not promised, unless it came with something that is.
      if (has_derived(c) || has_input(c)) promised = c;
      return Done{};
    }
    if (step_of(c) == Step::kPending) {
      if (pending == nullptr) pending = TRY(begin_pending(c));
      TRY(pending->commit());
      pending = nullptr;
    } else {
      TRY(t.log->append(0, batches_of(records_of(c))));
    }
    TRY(t.log->commit(progress, nullptr));
    promised = c;
    for (auto& [offset, bytes] : batches_from(end)) seen_[offset] = bytes;
    return Done{};
  }

  std::map<int64_t, std::string> batches_from(Offset at) {
    std::map<int64_t, std::string> batches;
    const auto reader = t.log->reader(0);
    while (at < reader->view().high_watermark) {
      const auto range = reader->read(at, 1, true);
      Buffer bytes;
      if (!range || !read_range(*range, bytes)) break;  // the power is off
      const auto header = decode_batch_header(bytes.view());
      if (!header) break;
      batches[header->base_offset] = std::string(as_text(bytes.view()));
      at.value = header->next_offset();
    }
    return batches;
  }

  std::map<int64_t, std::string> seen_;  // batches as they were once visible
  int input_given_ = -1;

 public:
  // After a crash nothing says which inputs are there: they are given again.
  void forget_inputs() { input_given_ = -1; }
};

uint64_t calls_of_all() {
  Workload w;
  w.t.open();
  const auto ran = w.run(0, kCommits);
  EXPECT_TRUE(ran) << ran.error().what;
  EXPECT_EQ(w.check(), kCommits - 1);
  EXPECT_TRUE(w.t.log->verify(nullptr)->damage.empty());
  EXPECT_GT(w.t.log->reader(0)->view().start.value, 0) << "retention is part of the workload";
  return w.t.files.calls();
}

// Opens after a crash, checks, finishes the workload and checks again.
void recover_and_finish(Workload& w) {
  const auto opened = w.t.try_open();
  ASSERT_TRUE(opened) << opened.error().what;
  const int found = w.check();
  w.check_history(found);
  ASSERT_FALSE(testing::Test::HasFailure());
  const auto report = w.t.log->verify(nullptr);
  ASSERT_TRUE(report);
  for (const Damage& damage : report->damage) {
    ADD_FAILURE() << damage.file << " at " << damage.position << ": " << damage.what;
  }
  w.forget_inputs();
  const auto ran = w.run(found + 1, kCommits);
  ASSERT_TRUE(ran) << ran.error().what;
  const auto again = w.t.try_open();
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(w.check(), kCommits - 1);
  EXPECT_TRUE(w.t.log->verify(nullptr)->damage.empty());
}

TEST(Crash, AfterEverySingleCallAllThatWasPromisedIsThere) {
  const uint64_t calls = calls_of_all();
  ASSERT_GT(calls, 120U);
  for (const io::CrashOrder order : io::kCrashOrders) {
    for (uint64_t call = 0; call <= calls; ++call) {
      SCOPED_TRACE(testing::Message() << "call " << call << ", order " << static_cast<int>(order));
      Workload w;
      w.t.files.power_off_after(call);
      if (w.t.try_open()) (void)w.run(0, kCommits);
      w.t.files.crash(order, call);
      recover_and_finish(w);
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST(Crash, ASecondOneDuringRecoveryLosesNothingEither) {
  const uint64_t calls = calls_of_all();
  std::mt19937_64 random(1);
  for (uint64_t round = 0; round < 200; ++round) {
    Workload w;
    w.t.files.power_off_after(random() % calls);
    if (w.t.try_open()) (void)w.run(0, kCommits);
    for (int crashes = 0; crashes < 3; ++crashes) {
      w.t.files.crash(io::kCrashOrders[random() % std::size(io::kCrashOrders)], random());
      w.t.files.power_off_after(w.t.files.calls() + random() % 12);
      w.forget_inputs();
      if (w.t.try_open()) {
        const int found = w.check();
        (void)w.run(found + 1, kCommits);
      }
    }
    w.t.files.crash(io::kCrashOrders[random() % std::size(io::kCrashOrders)], random());
    SCOPED_TRACE(testing::Message() << "round " << round);
    recover_and_finish(w);
    if (testing::Test::HasFailure()) return;
  }
}

// Goes on from the last mark after each error, as the sink does.
void run_in_spite_of_errors(Workload& w) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    if (w.t.log == nullptr && !w.t.try_open()) continue;
    const auto& committed = w.t.log->committed();
    const int from = committed ? static_cast<int>(committed->offset) + 1 : 0;
    if (w.run(from, kCommits)) return;
    // Nothing of what failed may be seen.
    w.check();
  }
  ADD_FAILURE() << "still failing";
}

TEST(Crash, AnySingleCallMayFailAndTheCallerEncodesAgain) {
  const uint64_t calls = calls_of_all();
  for (const Errc code : {Errc::kIo, Errc::kNoSpace}) {
    for (uint64_t call = 1; call <= calls; ++call) {
      SCOPED_TRACE(testing::Message() << "call " << call);
      Workload w;
      w.t.files.fail_call(call, code);
      run_in_spite_of_errors(w);
      EXPECT_EQ(w.check(), kCommits - 1);
      w.t.files.crash(io::CrashOrder::kNothing, call);
      recover_and_finish(w);
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST(Crash, ACrashSoonAfterAFailureLosesNothingEither) {
  const uint64_t calls = calls_of_all();
  std::mt19937_64 random(2);
  for (uint64_t call = 1; call <= calls; ++call) {
    for (const io::CrashOrder order : io::kCrashOrders) {
      Workload w;
      w.t.files.fail_call(call, Errc::kIo);
      if (random() % 3 == 0) w.t.files.fail_call(call + 1 + random() % 4, Errc::kIo);
      const uint64_t off = call + random() % 12;
      SCOPED_TRACE(testing::Message() << "fails at " << call << ", off after " << off << ", order "
                                      << static_cast<int>(order));
      w.t.files.power_off_after(off);
      for (int attempt = 0; attempt < 4; ++attempt) {
        if (w.t.log == nullptr && !w.t.try_open()) continue;
        const auto& committed = w.t.log->committed();
        (void)w.run(committed ? static_cast<int>(committed->offset) + 1 : 0, kCommits);
      }
      w.t.files.crash(order, call * 31 + off);
      recover_and_finish(w);
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST(Crash, AFullDiskStopsTheLogAndRoomLetsItGoOn) {
  const uint64_t used = [] {
    Workload w;
    w.t.open();
    EXPECT_TRUE(w.run(0, kCommits));
    uint64_t sum = 0;
    for (const std::string& path : w.t.files.all_files()) sum += w.t.files.info(path)->size;
    return sum;
  }();
  for (uint64_t capacity = 0; capacity < used; capacity += 41) {
    SCOPED_TRACE(testing::Message() << capacity << " bytes");
    Workload w;
    w.t.files.set_capacity(capacity);
    for (int attempt = 0; attempt < 3; ++attempt) {
      if (w.t.log == nullptr && !w.t.try_open()) continue;
      const auto& committed = w.t.log->committed();
      (void)w.run(committed ? static_cast<int>(committed->offset) + 1 : 0, kCommits);
      w.check();
    }
    w.t.files.set_capacity(std::nullopt);
    run_in_spite_of_errors(w);
    EXPECT_EQ(w.check(), kCommits - 1);
    w.t.files.crash(io::CrashOrder::kNothing, capacity);
    recover_and_finish(w);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Crash, AFailedSyncIsNotTriedAgainAndWhatItCoveredGoesToANewFile) {
  TestLog t;
  t.open();
  t.append({{1, "a"}});
  t.commit(1);
  t.append({{1, "b"}});
  t.files.fail_call(t.files.calls() + 1, Errc::kIo);
  EXPECT_EQ(t.log->commit(progress_at(2), nullptr).error().code, Errc::kIo);
  EXPECT_EQ(t.values(), std::vector<std::string>{"a"});
  EXPECT_EQ(t.paths(".log").size(), 1U);
  t.append({{1, "b again"}});
  t.commit(2);
  EXPECT_EQ(t.paths(".log").size(), 2U);
  EXPECT_EQ(t.values(), (std::vector<std::string>{"a", "b again"}));
  t.files.crash(io::CrashOrder::kNothing, 1);
  t.open();
  EXPECT_EQ(t.values(), (std::vector<std::string>{"a", "b again"}));
}

}  // namespace
}  // namespace millrace::storage
