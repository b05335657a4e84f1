// SPDX-License-Identifier: Apache-2.0
// What keeps the tasks' data safe: reading all of it, asked for or in the background, going on
// beyond what is damaged, and copying it.
#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "io/clock.h"
#include "task/tasks_impl.h"

namespace millrace::task {
namespace {

constexpr std::chrono::seconds kScrubLooks{1};
// After a start the first scrub of a task comes after this part of its time.
constexpr int64_t kFirstScrubPart = 10;
constexpr std::chrono::seconds kWaitForClose{30};

io::Clock& clock_of_process() {
  static io::RealClock clock;
  return clock;
}

storage::LogOptions closed_log_options(const TaskRecord& record, bool give_up) {
  storage::LogOptions options;
  options.formats = {record.spec.format};
  options.give_up = give_up;
  return options;
}

std::string damage_text(const storage::Damage& damage) {
  return fmt::format("{} at {}: {}", damage.file, damage.position, damage.what);
}

}  // namespace

// -- verify and scrub

bool Tasks::Impl::begin_verify(const EntryRef& entry, bool scrub) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || entry->gone || entry->stop_verify) return false;
  VerifyView& verify = entry->verify;
  if (verify.running) return false;
  verify.running = true;
  verify.scrub = scrub;
  verify.bytes_done = 0;
  verify.error.clear();
  return true;
}

bool Tasks::Impl::goes_on_verifying(const EntryRef& entry, uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  entry->verify.bytes_done = bytes;
  entry->verify.bytes_total = std::max(entry->verify.bytes_total, bytes);
  return !stopping_ && !entry->gone && !entry->stop_verify;
}

void Tasks::Impl::pace(const EntryRef& entry, uint64_t bytes,
                       std::chrono::steady_clock::time_point begin) {
  const auto due =
      begin + std::chrono::microseconds(bytes * 1'000'000 /
                                        std::max<uint64_t>(1, options_.scrub_bytes_per_s));
  std::unique_lock lock(mutex_);
  upkeep_.wait_until(lock, due, [&] { return stopping_ || entry->stop_verify; });
}

void Tasks::Impl::run_verify(const EntryRef& entry, bool scrub) {
  std::shared_ptr<Tracker> tracker;
  TaskRecord record;
  {
    const std::lock_guard lock(mutex_);
    tracker = entry->tracker;
    record = entry->record;
  }
  const std::string folder = folder_.task_folder(record.id);
  const Result<uint64_t> total =
      tracker != nullptr ? tracker->bytes_on_disk() : io::bytes_below(folder_.files(), folder);
  {
    const std::lock_guard lock(mutex_);
    entry->verify.bytes_total = total ? *total : 0;
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto progress = [&](uint64_t bytes) {
    if (!goes_on_verifying(entry, bytes)) return false;
    if (scrub) pace(entry, bytes, begin);
    return true;
  };
  auto report = tracker != nullptr
                    ? tracker->verify(progress)
                    : storage::verify_closed_log(folder_.files(), clock_of_process(), folder,
                                                 closed_log_options(record, false), progress);
  tracker.reset();
  end_verify(entry, std::move(report));
}

void Tasks::Impl::end_verify(const EntryRef& entry, Result<storage::VerifyReport> report) {
  {
    const std::lock_guard lock(mutex_);
    VerifyView& verify = entry->verify;
    verify.running = false;
    entry->scrubbed_ms = clock_of_process().monotonic_ms();
    if (report) {
      verify.bytes_done = verify.bytes_total = report->bytes;
      verify.finished_ms = options_.now_ms();
      if (!report->damage.empty()) {
        log(*entry, fmt::format("damaged: {}{}", damage_text(report->damage.front()),
                                report->damage.size() > 1
                                    ? fmt::format(", and {} more", report->damage.size() - 1)
                                    : ""));
      }
      verify.report = std::move(*report);
    } else {
      verify.error = report.error().what;
    }
  }
  upkeep_.notify_all();
}

Result<TaskView> Tasks::Impl::verify(const std::string& id) {
  const EntryRef found = TRY(entry(id));
  // The scrub may be past what the asker has in mind.
  const bool scrubbing = [&] {
    const std::lock_guard lock(mutex_);
    return found->verify.running && found->verify.scrub;
  }();
  if (scrubbing) {
    stop_verify(found);
    const std::lock_guard lock(mutex_);
    found->stop_verify = false;
  }
  if (begin_verify(found, false)) {
    std::shared_ptr<Strand> strand;
    {
      const std::lock_guard lock(mutex_);
      strand = found->verify_strand = Strand::make(*verifies_, [this, weak = std::weak_ptr(found)] {
        if (const EntryRef alive = weak.lock()) run_verify(alive, false);
      });
    }
    strand->wake();
  }
  return view(found);
}

EntryRef Tasks::Impl::next_to_scrub() const {
  const int64_t now = clock_of_process().monotonic_ms();
  const std::lock_guard lock(mutex_);
  EntryRef oldest;
  for (const auto& [id, entry] : entries_) {
    if (entry->verify.running || entry->state == State::kDeleting) continue;
    if (entry->scrubbed_ms == 0) {
      const int64_t every = options_.scrub_every_ms;
      entry->scrubbed_ms = now - every + every / kFirstScrubPart;
    }
    if (now - entry->scrubbed_ms < options_.scrub_every_ms) continue;
    if (oldest == nullptr || entry->scrubbed_ms < oldest->scrubbed_ms) oldest = entry;
  }
  return oldest;
}

// The scrub's thread: one task after another.
void Tasks::Impl::scrub() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (upkeep_.wait_for(lock, kScrubLooks, [this] { return stopping_; })) return;
    }
    const EntryRef entry = next_to_scrub();
    if (entry != nullptr && begin_verify(entry, true)) run_verify(entry, true);
  }
}

// And none begins until somebody allows it again.
void Tasks::Impl::stop_verify(const EntryRef& entry) {
  {
    const std::lock_guard lock(mutex_);
    entry->stop_verify = true;
  }
  upkeep_.notify_all();
  std::unique_lock lock(mutex_);
  upkeep_.wait(lock, [&] { return !entry->verify.running; });
}

// -- repair

Status Tasks::Impl::check_repair(const EntryRef& entry) const {
  const std::lock_guard lock(mutex_);
  switch (entry->state) {
    case State::kChecking:
    case State::kStarting:
    case State::kRunning:
    case State::kRetrying:
      return Error{Errc::kRefused, fmt::format("the task is {}: pause it first (millrace task "
                                               "pause {}), then repair it",
                                               to_string(entry->state), entry->record.id)};
    case State::kDeleting:
      return Error{Errc::kRefused, "the task is being deleted"};
    default:
      return Done{};
  }
}

// Nobody has the log open when this returns. Readers get a storage error meanwhile.
Status Tasks::Impl::close_log(const EntryRef& entry) {
  stop_verify(entry);
  std::shared_ptr<Tracker> tracker;
  std::shared_ptr<storage::LogReader> log;
  const auto exchange = [&] {
    {
      const std::lock_guard lock(mutex_);
      tracker.swap(entry->tracker);
      log.swap(entry->log);
    }
    publish_topics();
  };
  exchange();
  if (tracker == nullptr) return Done{};
  tracker->stop();
  // Whoever asked it for its status is about to let it go.
  const auto until = std::chrono::steady_clock::now() + kWaitForClose;
  while (tracker.use_count() > 1) {
    if (std::chrono::steady_clock::now() > until) {
      exchange();
      return Error{Errc::kUnavailable, "the task's log is in use: try again"};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return Done{};
}

Status Tasks::Impl::reopen_log(const EntryRef& entry, LogOrder order) {
  const auto ends = TRY(committed_ends());
  if (const auto end = ends.find(entry->record.topic_id); end != ends.end()) {
    order.known_end = end->second;
  }
  Status opened = open_log(entry, std::move(order));
  if (!opened) apply(entry, Event::kLogRefused, opened.error().what);
  publish_topics();
  return opened;
}

Result<storage::RepairPlan> Tasks::Impl::plan_operation(const EntryRef& entry, bool give_up) {
  TaskRecord record;
  {
    const std::lock_guard lock(mutex_);
    record = entry->record;
  }
  storage::RepairPlan plan =
      TRY(storage::plan_repair(folder_.files(), clock_of_process(), folder_.task_folder(record.id),
                               closed_log_options(record, give_up)));
  if (plan.damage.empty()) {
    return Error{Errc::kRefused,
                 "nothing of what the task keeps is damaged: there is nothing to "
                 "repair"};
  }
  if (!plan.progress) {
    return Error{
        Errc::kRefused,
        fmt::format("no position is known from before the damage ({}), so nothing can be read "
                    "again from there. {}",
                    damage_text(plan.damage.front()),
                    give_up ? "Restore a backup, or delete the task and make it again"
                            : "With --give-up the records up to the damage go, and what is behind "
                              "it stays; or restore a backup")};
  }
  return plan;
}

Result<storage::RepairPlan> Tasks::Impl::plan_repair(const std::string& id, bool give_up) {
  const EntryRef found = TRY(entry(id));
  storage::RepairPlan plan;
  TRY(wait_for(found, [&](const EntryRef& it) -> Status {
    TRY(check_repair(it));
    plan = TRY(plan_operation(it, give_up));
    return Done{};
  }));
  return plan;
}

Status Tasks::Impl::repair_operation(const EntryRef& entry, bool give_up,
                                     const std::string& reason) {
  TRY(check_repair(entry));
  Status closed = close_log(entry);
  Status mended = closed;
  if (closed) {
    auto plan = plan_operation(entry, give_up);
    const bool planned = static_cast<bool>(plan);
    if (!planned) mended = std::move(plan.error());
    const Status opened =
        reopen_log(entry, {.repair = planned, .give_up = give_up && planned, .reason = reason});
    if (planned) mended = opened;
  }
  bool run = false;
  bool failed = false;
  {
    const std::lock_guard lock(mutex_);
    entry->stop_verify = false;
    if (!mended) return mended;
    entry->verify = {};
    run = entry->run;
    failed = entry->state == State::kFailed;
    log(*entry, "repaired: " + entry->tracker->loss());
  }
  if (run && failed) return start_tracker(entry);
  if (!run) apply(entry, Event::kPause, "");
  return Done{};
}

Result<TaskView> Tasks::Impl::repair(const std::string& id, bool give_up,
                                     const std::string& reason) {
  const EntryRef found = TRY(entry(id));
  TRY(wait_for(found, [&](const EntryRef& it) { return repair_operation(it, give_up, reason); }));
  return view(found);
}

// -- backup

Status Tasks::Impl::back_up(const std::string& to, const io::CopyProgress& progress) {
  for (const EntryRef& entry : all_entries()) {
    std::shared_ptr<Tracker> tracker;
    std::string id;
    {
      const std::lock_guard lock(mutex_);
      if (entry->state == State::kDeleting) continue;
      tracker = entry->tracker;
      id = entry->record.id;
    }
    // One that does not open is copied as it is: nobody writes to it.
    Status copied = tracker != nullptr ? tracker->back_up(to + "/" + id, progress)
                                       : io::copy_tree(folder_.files(), folder_.task_folder(id),
                                                       to + "/" + id, progress);
    if (!copied) return in_context("task " + id, std::move(copied.error()));
  }
  return folder_.files().sync_folder(to);
}

uint64_t Tasks::Impl::bytes_on_disk() const {
  uint64_t sum = 0;
  for (const EntryRef& entry : all_entries()) {
    std::shared_ptr<Tracker> tracker;
    {
      const std::lock_guard lock(mutex_);
      tracker = entry->tracker;
    }
    if (tracker != nullptr) sum += tracker->bytes_on_disk();
  }
  return sum;
}

}  // namespace millrace::task
