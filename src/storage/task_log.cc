// SPDX-License-Identifier: Apache-2.0
#include "storage/task_log.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <utility>

#include "base/check.h"
#include "storage/file_header.h"
#include "storage/limits.h"
#include "storage/task_log_files.h"
#include "storage/verify.h"

namespace millrace::storage {
namespace {

class TaskLogImpl final : public TaskLog {
 public:
  TaskLogImpl(io::Files& files, io::Clock& clock, const LogOptions& options, TaskLogStart start)
      : files_(files),
        clock_(clock),
        sync_(options.sync),
        retention_ms_(options.retention_ms),
        retention_bytes_(options.retention_bytes),
        parts_(std::move(start.files)),
        recovered_(std::move(start.recovered)),
        committed_(recovered_.progress) {
    for (size_t i = 0; i < parts_.logs.size(); ++i) {
      if (start.mark) {
        parts_.logs[i]->publish(*start.mark, i);
      } else {
        parts_.logs[i]->publish_empty();
      }
    }
    note_mark();
    if (start.last_written_ms > clock.wall_ms() + kMaxClockStepMs) clock_stepped_ = true;
    clock_gap_ms_ = clock.wall_ms() - clock.monotonic_ms();
  }

  ~TaskLogImpl() override {
    for (const auto& log : parts_.logs) log->published()->close();
  }

  const Recovered& recovered() const override { return recovered_; }
  const std::optional<Progress>& committed() const override { return committed_; }

  Status append(size_t format, Batches&& batches) override {
    TRY(heal());
    return judged(parts_.logs[format]->append(std::move(batches)));
  }
  Status append_history(Bytes entry, HistoryKind kind) override {
    TRY(heal());
    return judged(parts_.history->append(entry, kind));
  }
  Result<std::unique_ptr<PendingSegment>> begin_pending(size_t format) override {
    TRY(heal());
    return parts_.logs[format]->begin_pending();
  }
  Result<CommitMark> commit(const Progress& progress, const WholeGtids& whole) override {
    TRY(heal());
    return judged(commit_entry(entry_of(progress), whole, progress));
  }
  Status commit_progress(const Progress& progress, const WholeGtids& whole) override;
  void end_journal_file() override { parts_.journal->end_file(); }
  Status bump_epoch(size_t format, Offset highest_known_end) override;
  Result<RetentionReport> retain() override;
  void resume_retention() override {
    clock_stepped_ = false;
    clock_gap_ms_ = clock_.wall_ms() - clock_.monotonic_ms();
  }
  void set_retention(int64_t retention_ms, int64_t retention_bytes) override {
    retention_ms_ = retention_ms;
    retention_bytes_ = retention_bytes;
    for (const auto& log : parts_.logs) log->set_retention(retention_ms);
  }
  Status close() override;

  std::shared_ptr<LogReader> reader(size_t format) const override {
    return parts_.logs[format]->published();
  }
  Result<VerifyReport> verify(const VerifyProgress& progress) const override {
    return verify_task_log(parts_, marks().history, progress);
  }
  Result<std::vector<CopyPart>> copy_parts() const override;
  uint64_t bytes_on_disk() const override {
    uint64_t sum = parts_.journal->bytes() + parts_.history->bytes();
    for (const auto& log : parts_.logs) sum += log->published()->state()->bytes();
    return sum;
  }

 private:
  // A writer's call that failed: the next one begins with heal().
  template <class R>
  R judged(R result) {
    failed_ = failed_ || !result;
    return result;
  }
  Status heal();
  JournalEntry entry_of(const std::optional<Progress>& progress) const;
  // What the last mark promised.
  JournalEntry marked_entry() const;
  Result<CommitMark> commit_entry(JournalEntry entry, const WholeGtids& whole,
                                  const std::optional<Progress>& progress);
  bool anything_ahead() const;
  // What the last entry covers, for other threads.
  struct Marks {
    HistoryEnd history;
    std::string journal;  // the file that ends with it
    uint64_t journal_size = 0;
  };
  Marks marks() const {
    const std::lock_guard lock(marks_mutex_);
    return marks_;
  }
  void note_mark() {
    const std::lock_guard lock(marks_mutex_);
    marks_ = {parts_.history->marked(), parts_.journal->last_path(), parts_.journal->last_size()};
  }

  io::Files& files_;
  io::Clock& clock_;
  const bool sync_;
  int64_t retention_ms_;
  int64_t retention_bytes_;
  TaskLogFiles parts_;
  const Recovered recovered_;
  std::optional<Progress> committed_;
  bool failed_ = false;
  bool clock_stepped_ = false;
  int64_t clock_gap_ms_ = 0;  // wall less monotonic
  mutable std::mutex marks_mutex_;
  Marks marks_;
};

// Back to the last mark, if something failed since. The journal first: an entry that may be on disk
// must not speak of bytes that are cut.
Status TaskLogImpl::heal() {
  // A pending segment's commit fails in its log, behind our back.
  for (const auto& log : parts_.logs) failed_ = failed_ || log->failed();
  if (!failed_) return Done{};
  if (parts_.journal->needs_restating()) {
    auto said = parts_.journal->restate(marked_entry());
    if (!said) return std::move(said.error());
  }
  for (const auto& log : parts_.logs) TRY(log->cut_to_mark());
  TRY(parts_.history->cut_to_mark());
  failed_ = false;
  return Done{};
}

JournalEntry TaskLogImpl::entry_of(const std::optional<Progress>& progress) const {
  JournalEntry entry;
  entry.logs = ends_of(parts_.logs);
  entry.history = parts_.history->end();
  entry.progress = progress;
  if (progress) {
    if (!progress->gtids.empty()) entry.gtids.push_back(progress->gtids);
    entry.progress->gtids.clear();
  }
  return entry;
}

JournalEntry TaskLogImpl::marked_entry() const {
  JournalEntry entry;
  for (const auto& log : parts_.logs) entry.logs.push_back(log->marked_end());
  entry.history = parts_.history->marked();
  entry.progress = committed_;
  if (entry.progress) entry.progress->gtids.clear();
  return entry;
}

Result<CommitMark> TaskLogImpl::commit_entry(JournalEntry entry, const WholeGtids& whole,
                                             const std::optional<Progress>& progress) {
  TRY(parts_.history->sync());
  for (const auto& log : parts_.logs) TRY(log->sync());
  CommitMark mark = TRY(parts_.journal->append(std::move(entry), true, whole));
  parts_.history->mark();
  committed_ = progress;
  for (size_t i = 0; i < parts_.logs.size(); ++i) parts_.logs[i]->publish(mark, i);
  // Last: who finds this mark finds all that it covers.
  note_mark();
  return mark;
}

bool TaskLogImpl::anything_ahead() const {
  for (const auto& log : parts_.logs) {
    if (log->ahead()) return true;
  }
  return parts_.history->end() != parts_.history->marked();
}

Status TaskLogImpl::commit_progress(const Progress& progress, const WholeGtids& whole) {
  TRY(heal());
  if (anything_ahead()) {
    const auto committed = judged(commit_entry(entry_of(progress), whole, progress));
    return committed ? Status(Done{}) : Status(committed.error());
  }
  const auto written = judged(parts_.journal->append(entry_of(progress), false, whole));
  if (!written) return written.error();
  committed_ = progress;
  note_mark();
  return Done{};
}

Status TaskLogImpl::bump_epoch(size_t format, Offset highest_known_end) {
  TRY(heal());
  if (anything_ahead()) return Error{Errc::kRefused, "a new epoch begins between two commits"};
  FormatLog& log = *parts_.logs[format];
  const int64_t next = std::max(log.end().next, highest_known_end.value) + kEpochGap;
  TRY(judged(log.begin_epoch(next)));
  std::optional<Progress> progress = committed_;
  if (progress) progress->gtids.clear();
  const auto committed = judged(commit_entry(entry_of(progress), nullptr, committed_));
  return committed ? Status(Done{}) : Status(committed.error());
}

Result<RetentionReport> TaskLogImpl::retain() {
  TRY(heal());
  const int64_t gap_ms = clock_.wall_ms() - clock_.monotonic_ms();
  if (std::abs(gap_ms - clock_gap_ms_) > kMaxClockStepMs) clock_stepped_ = true;
  if (clock_stepped_) return RetentionReport{.clock_stepped = true};
  clock_gap_ms_ = gap_ms;  // a clock that is slewed never adds up to a step
  RetentionReport total;
  for (const auto& log : parts_.logs) {
    const RetentionReport one = TRY(log->retain(retention_ms_, retention_bytes_));
    total.segments_removed += one.segments_removed;
    total.bytes_removed += one.bytes_removed;
  }
  const auto is_gone = [&](const JournalEntry& entry) {
    for (const LogEnd& end : entry.logs) {
      for (const auto& log : parts_.logs) {
        if (log->end().format == end.format && end.next > log->start()) return false;
      }
    }
    return true;
  };
  TRY(parts_.journal->retain(is_gone));
  return total;
}

Result<std::vector<CopyPart>> TaskLogImpl::copy_parts() const {
  std::vector<CopyPart> parts;
  const Marks now = marks();
  const auto add = [&](const std::string& path, uint64_t bytes) {
    parts.push_back({path.substr(parts_.folder.size() + 1), bytes});
  };
  const auto whole = [&](const std::string& path) -> Status {
    add(path, TRY(files_.info(path)).size);
    return Done{};
  };
  for (const auto& log : parts_.logs) {
    const auto state = log->published()->state();
    for (size_t i = 0; i < state->segments(); ++i) {
      add(state->segment(i).segment->log_path(), state->segment(i).size);
    }
  }
  const std::string history = parts_.history->folder() + "/";
  uint64_t number = 0;
  for (const std::string& name : TRY(files_.list(parts_.history->folder()))) {
    if (!parse_numbered_name(name, ".history", &number) || number > now.history.file) continue;
    if (number < now.history.file) TRY(whole(history + name));
  }
  if (now.history.file > 0) {
    add(history + numbered_name(now.history.file, ".history"), now.history.size);
  }
  // Last, so that a copy that was cut short has nothing that it promises.
  const std::string commits = io::parent_of(now.journal) + "/";
  for (const std::string& name : now.journal.empty()
                                     ? std::vector<std::string>()
                                     : TRY(files_.list(io::parent_of(now.journal)))) {
    if (!parse_numbered_name(name, ".journal", &number)) continue;
    if (commits + name < now.journal) TRY(whole(commits + name));
  }
  if (!now.journal.empty()) add(now.journal, now.journal_size);
  return parts;
}

Status TaskLogImpl::close() {
  TRY(heal());
  if (sync_ || !committed_) return Done{};
  // Without syncs so far: one for all, then the entry that says so.
  TRY(files_.sync_all(parts_.folder));
  JournalEntry entry = marked_entry();
  entry.flags = JournalEntry::kClean;
  const auto written = judged(parts_.journal->append(std::move(entry), false, nullptr));
  if (!written) return written.error();
  return files_.sync_all(parts_.folder);
}

}  // namespace

Result<std::unique_ptr<TaskLog>> TaskLog::open(io::Files& files, io::Clock& clock,
                                               const std::string& folder, const LogOptions& options,
                                               const HistoryVisitor& history) {
  TaskLogStart start = TRY(start_task_log(files, clock, folder, options, history));
  return std::unique_ptr<TaskLog>(
      std::make_unique<TaskLogImpl>(files, clock, options, std::move(start)));
}

}  // namespace millrace::storage
