// SPDX-License-Identifier: Apache-2.0
// How a task moves between its states: what people ask for, what the tracker reports, and what a
// deletion does in which order.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "mysql/gtid_set.h"
#include "task/precheck/report.h"
#include "task/tasks_impl.h"

namespace millrace::task {
namespace {

std::string_view without_dot(std::string_view sentence) {
  if (sentence.ends_with('.')) sentence.remove_suffix(1);
  return sentence;
}

constexpr uint32_t kCheckConnectS = 5;
constexpr uint32_t kCheckReadS = 15;

// "binlog_format is STATEMENT; ..." of the items that fail, in one line.
std::string failures(const PrecheckReport& report, const std::vector<std::string>& waived) {
  std::string out;
  size_t more = 0;
  for (const PrecheckItem& item : report.items) {
    if (item.level != PrecheckLevel::kFail) continue;
    const bool accepted =
        item.can_waive && std::find(waived.begin(), waived.end(), item.id) != waived.end();
    if (accepted) continue;
    if (!out.empty()) {
      ++more;
      continue;
    }
    out = fmt::format("{}: {}", item.title, without_dot(item.evidence));
    if (!item.why.empty()) out += fmt::format(". {}", without_dot(item.why));
    if (!item.fix.empty()) out += fmt::format(". To do: {}", without_dot(item.fix));
  }
  if (more > 0) out += fmt::format(" ({} more)", more);
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

std::vector<mysql::ConnectOptions*> all_of(PrecheckInput& input) {
  std::vector<mysql::ConnectOptions*> out = {&input.source};
  for (mysql::ConnectOptions& other : input.others) out.push_back(&other);
  return out;
}

std::optional<Event> event_of(Phase phase) {
  switch (phase) {
    case Phase::kStopped:
    case Phase::kStarting:
      return std::nullopt;
    case Phase::kRunning:
      return Event::kTracking;
    case Phase::kRetrying:
      return Event::kTrouble;
    case Phase::kFailed:
      return Event::kGaveUp;
  }
  return std::nullopt;
}

}  // namespace

void Tasks::Impl::post(const EntryRef& entry, std::function<void()> operation) {
  {
    const std::lock_guard lock(mutex_);
    entry->operations.push_back(std::move(operation));
  }
  entry->strand->wake();
}

void Tasks::Impl::run_next(const EntryRef& entry) {
  std::function<void()> operation;
  {
    const std::lock_guard lock(mutex_);
    if (entry->operations.empty()) return;
    operation = std::move(entry->operations.front());
    entry->operations.pop_front();
  }
  operation();
  entry->strand->wake();
}

Status Tasks::Impl::wait_for(const EntryRef& entry, const Operation& operation) {
  std::promise<Status> promise;
  std::future<Status> done = promise.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return Error{Errc::kCancelled, "the service is stopping"};
    entry->operations.emplace_back([&] {
      const bool gone = [&] {
        const std::lock_guard inner(mutex_);
        return entry->gone;
      }();
      promise.set_value(gone ? Status(Error{Errc::kNotFound, "the task was deleted meanwhile"})
                             : operation(entry));
    });
  }
  entry->strand->wake();
  return done.get();
}

// The states of one task change here only.
Result<bool> Tasks::Impl::apply_locked(TaskEntry& entry, Event event, const std::string& reason) {
  const std::optional<State> to = next_state(entry.state, event);
  if (!to) return false;
  if (*to == entry.state && entry.reason == reason) return true;
  const State from = entry.state;
  const std::string old_reason = entry.reason;
  const int64_t old_since = entry.since_ms;
  if (*to != from) entry.since_ms = options_.now_ms();
  entry.state = *to;
  entry.reason = reason;
  if (Status written = store_.update_task(row_locked(entry)); !written) {
    // What runs or not is a fact, written or not; what a person asks for waits until it can be.
    const bool fact = event != Event::kStart && event != Event::kDelete && event != Event::kCheck;
    if (!fact) {
      entry.state = from;
      entry.reason = old_reason;
      entry.since_ms = old_since;
    }
    return std::move(written.error());
  }
  if (*to != from) {
    log(entry, fmt::format("{}{}{}", to_string(*to), reason.empty() ? "" : ": ", reason));
  }
  return true;
}

bool Tasks::Impl::apply(const EntryRef& entry, Event event, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  if (entry->gone) return false;
  const Result<bool> moved = apply_locked(*entry, event, reason);
  if (!moved) log(*entry, moved.error().what);
  return moved ? *moved : true;
}

void Tasks::Impl::on_tracker(const EntryRef& entry, const TrackerStatus& status) {
  const std::optional<Event> event = event_of(status.phase);
  const std::lock_guard lock(mutex_);
  if (!event || stopping_ || entry->gone) return;
  const Result<bool> moved = apply_locked(*entry, *event, status.reason);
  if (!moved) log(*entry, moved.error().what);
}

// Up to where groups have read of each topic.
Result<std::map<store::TopicId, int64_t>> Tasks::Impl::committed_ends() const {
  std::map<store::TopicId, int64_t> ends;
  for (const store::OffsetRow& row : TRY(store_.offsets())) {
    int64_t& end = ends[row.topic_id];
    end = std::max(end, row.offset);
  }
  return ends;
}

Status Tasks::Impl::open_log(const EntryRef& entry, LogOrder order) {
  TaskRecord record;
  {
    const std::lock_guard lock(mutex_);
    record = entry->record;
  }
  record.log_order = std::move(order);
  TrackerChanged changed = [this, weak = std::weak_ptr(entry)](const TrackerStatus& status) {
    if (const EntryRef alive = weak.lock()) on_tracker(alive, status);
  };
  Result<std::unique_ptr<Tracker>> made =
      options_.make_tracker(record, folder_.task_folder(record.id), std::move(changed));
  if (!made) return std::move(made.error());
  const std::lock_guard lock(mutex_);
  entry->tracker = std::move(*made);
  entry->log = entry->tracker->log();
  return Done{};
}

Status Tasks::Impl::start_tracker(const EntryRef& entry) {
  std::shared_ptr<Tracker> tracker;
  StartOrder order;
  {
    const std::lock_guard lock(mutex_);
    tracker = entry->tracker;
  }
  if (tracker == nullptr) {
    TRY(reopen_log(entry, {}));
    tracker = entry->tracker;
  }
  {
    const std::lock_guard lock(mutex_);
    const bool moved = TRY(apply_locked(*entry, Event::kStart, ""));
    order = std::exchange(entry->order, {});
    if (tracker->status().position.file.empty()) {
      order.from = entry->record.spec.from;
      order.schema_sql = entry->record.spec.schema_sql;
    }
    if (!moved) {
      return Error{Errc::kRefused, fmt::format("the task is {}: it cannot start from there",
                                               to_string(entry->state))};
    }
  }
  tracker->start(order);
  return Done{};
}

// Refuses an order that makes no sense where the task stands, keeps any other for the tracker.
Status Tasks::Impl::take_order_locked(TaskEntry& entry, const StartOrder& order) {
  TRY(check_order(order));
  switch (entry.state) {
    case State::kChecking:
    case State::kStarting:
    case State::kRunning:
    case State::kRetrying:
      if (order.empty()) return Done{};
      return Error{Errc::kRefused,
                   fmt::format("the task is {}: pause it first (millrace task pause "
                               "{}), then start it with these options",
                               to_string(entry.state), entry.record.id)};
    default:
      break;
  }
  entry.order = {};
  if (order.empty()) return Done{};
  if (entry.tracker == nullptr)
    return Error{Errc::kRefused,
                 "the task's log does not open, so nothing can go on: " + entry.reason};
  const change::Position position = entry.tracker->status().position;
  const bool has_begun = !position.file.empty();
  TRY(check_order(order, has_begun, position_text(position)));
  if (!has_begun) {
    // It is what the task begins with, now and after a restart of the service.
    if (order.from) {
      entry.record.spec.from = *order.from;
      entry.record.spec.schema_sql.clear();
    }
    if (!order.schema_sql.empty()) entry.record.spec.schema_sql = order.schema_sql;
  }
  entry.order = order;
  return Done{};
}

Status Tasks::Impl::start_operation(const EntryRef& entry,
                                    const std::vector<std::string>& skip_checks,
                                    const StartOrder& order) {
  State state = State::kReady;
  {
    const std::lock_guard lock(mutex_);
    state = entry->state;
    if (state == State::kDeleting) return Error{Errc::kRefused, "the task is being deleted"};
    if (state == State::kNotConfigured) {
      return Error{Errc::kRefused, "the task has no source yet: configure it first"};
    }
    TRY(take_order_locked(*entry, order));
    std::vector<std::string>& accepted = entry->record.spec.skip_checks;
    for (const std::string& item : skip_checks) {
      if (std::find(accepted.begin(), accepted.end(), item) == accepted.end()) {
        accepted.push_back(item);
      }
    }
    entry->run = true;
    TRY(store_.update_task(row_locked(*entry)));
    if (entry->tracker != nullptr) entry->tracker->resume_retention();
  }
  switch (state) {
    case State::kChecking:  // starts when it has passed
    case State::kStarting:
    case State::kRunning:
    case State::kRetrying:
      return Done{};
    case State::kReady:  // which may have been long ago
    case State::kPrecheckFailed:
      return begin_check(entry, true);
    default:
      break;
  }
  // A task that has begun goes on at once: whether it can, the tracker proves or tries again. The
  // check beside it is for those who read its items.
  TRY(start_tracker(entry));
  return begin_check(entry, false);
}

Status Tasks::Impl::pause_operation(const EntryRef& entry) {
  std::shared_ptr<Tracker> tracker;
  {
    const std::lock_guard lock(mutex_);
    if (!next_state(entry->state, Event::kPause) && entry->state != State::kChecking) {
      return Error{Errc::kRefused, fmt::format("the task is {}: there is nothing to pause",
                                               to_string(entry->state))};
    }
    entry->run = false;
    TRY(store_.update_task(row_locked(*entry)));
    tracker = entry->tracker;
  }
  if (tracker != nullptr) tracker->stop();
  apply(entry, Event::kPause, "");
  return Done{};
}

// Design section 5, "Deletion": mark, stop, cut its connections, rename to the trash, delete the
// rows, unlink. Called again after a crash, it goes on wherever it was.
Status Tasks::Impl::remove_operation(const EntryRef& entry) {
  std::shared_ptr<Tracker> tracker;
  {
    const std::lock_guard lock(mutex_);
    entry->run = false;
    TRY(apply_locked(*entry, Event::kDelete, ""));
    tracker = entry->tracker;
  }
  if (tracker != nullptr) tracker->stop();
  publish_topics();
  hooks_.removing(entry->record.id, entry->record.topic);
  std::shared_ptr<storage::LogReader> reader;
  {
    const std::lock_guard lock(mutex_);
    reader = entry->log;
  }
  std::optional<storage::LogView> last;
  if (reader != nullptr) last = reader->view();
  reader.reset();
  store::TopicEnd end;
  {
    const std::lock_guard lock(mutex_);
    if (last) {
      // Into the row before the log goes: a start that finds only the row still knows it.
      entry->record.first_offset = std::max(entry->record.first_offset, last->high_watermark.value);
      entry->record.first_epoch = std::max(entry->record.first_epoch, last->leader_epoch);
      TRY(store_.update_task(row_locked(*entry)));
    }
    end = {.offset = entry->record.first_offset, .leader_epoch = entry->record.first_epoch};
    entry->log.reset();
    entry->tracker.reset();
  }
  tracker.reset();
  return drop(entry, end);
}

Status Tasks::Impl::drop(const EntryRef& entry, const store::TopicEnd& end) {
  io::Files& files = folder_.files();
  const std::string id = entry->record.id;
  const std::string trash = folder_.trash() + "/" + id;
  if (TRY(io::exists(files, folder_.task_folder(id)))) {
    TRY(io::remove_tree(files, trash));
    TRY(files.rename(folder_.task_folder(id), trash));
    TRY(files.sync_folder(folder_.trash()));
    TRY(files.sync_folder(folder_.tasks()));
  }
  TRY(store_.remove_task(id, end));
  {
    const std::lock_guard lock(mutex_);
    entry->gone = true;
    entries_.erase(id);
  }
  log(*entry, "deleted");
  hooks_.removed(id);
  // Nobody misses what is left here if it cannot be unlinked now; the next start tries again.
  if (const Status unlinked = io::remove_tree(files, trash); !unlinked) {
    log(*entry, unlinked.error().what);
  }
  return Done{};
}

Status Tasks::Impl::begin_check(const EntryRef& entry, bool decides) {
  {
    const std::lock_guard lock(mutex_);
    if (entry->precheck.running) return Done{};
    if (decides && entry->state != State::kChecking) {
      const bool moved = TRY(apply_locked(*entry, Event::kCheck, ""));
      if (!moved) return Error{Errc::kRefused, "the task cannot be checked now"};
    }
    entry->precheck.running = true;
    entry->precheck.items.clear();
    entry->check_strand = Strand::make(*checks_, [this, weak = std::weak_ptr(entry), decides] {
      if (const EntryRef alive = weak.lock()) run_check(alive, decides);
    });
  }
  entry->check_strand->wake();
  return Done{};
}

// Where the task stands, and what room there is for its records.
void Tasks::Impl::take_what_is_here(const EntryRef& entry, PrecheckInput& input) const {
  std::shared_ptr<Tracker> tracker;
  PrecheckRoom room;
  {
    const std::lock_guard lock(mutex_);
    tracker = entry->tracker;
    room.retention_ms = entry->record.spec.retention_ms;
    room.retention_bytes = entry->record.spec.retention_bytes;
  }
  if (tracker != nullptr) {
    const TrackerStatus status = tracker->status();
    input.is_reading = status.phase != Phase::kStopped && status.phase != Phase::kFailed;
    if (!status.position.file.empty()) input.place = {status.position, status.server};
  }
  room.max_record_bytes = options_.max_record_bytes;
  const Result<io::Space> space = folder_.files().space(folder_.tasks());
  if (!space) return;
  room.free_bytes = space->free_bytes;
  input.room = room;
}

void Tasks::Impl::run_check(const EntryRef& entry, bool decides) {
  PrecheckInput input;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || entry->gone) return;
    const TaskRecord& record = entry->record;
    input.source = record.spec.sources.front();
    input.others.assign(record.spec.sources.begin() + 1, record.spec.sources.end());
    input.selection = record.spec.selection;
    input.our_server_id = record.server_id;
    input.our_uuid = mysql::uuid_text(record.topic_id);
    if (record.spec.from.kind == capture::StartPoint::Kind::kFile)
      input.start_file = record.spec.from.file;
    for (const auto& [id, other] : entries_) {
      if (other != entry) input.busy_server_ids.push_back(other->record.server_id);
    }
  }
  take_what_is_here(entry, input);
  for (mysql::ConnectOptions* source : all_of(input)) {
    source->connect_timeout_s = kCheckConnectS;
    source->read_timeout_s = kCheckReadS;
  }
  const PrecheckReport report = options_.run_precheck(input, [&](const PrecheckItem& item) {
    const std::lock_guard lock(mutex_);
    entry->precheck.items.push_back(item);
  });
  post(entry, [this, entry, report, decides] { finish_check(entry, report, decides); });
}

void Tasks::Impl::finish_check(const EntryRef& entry, const PrecheckReport& report, bool decides) {
  bool start = false;
  {
    const std::lock_guard lock(mutex_);
    if (entry->gone) return;
    entry->precheck = {.running = false, .items = report.items, .report = report_json(report)};
    const std::vector<std::string>& waived = entry->record.spec.skip_checks;
    const bool passed = report.passed(waived);
    const Result<bool> moved =
        decides ? apply_locked(*entry, passed ? Event::kCheckPassed : Event::kCheckFailed,
                               passed ? "" : failures(report, waived))
                : Result<bool>(false);
    if (!moved) log(*entry, moved.error().what);
    if (!decides) {
      if (const Status kept = store_.update_task(row_locked(*entry)); !kept) {
        log(*entry, kept.error().what);
      }
    }
    start = decides && passed && entry->run && entry->state == State::kReady && !stopping_;
  }
  if (!start) return;
  if (const Status started = start_tracker(entry); !started) {
    const std::lock_guard lock(mutex_);
    log(*entry, started.error().what);
  }
}

void Tasks::Impl::resume() {
  for (const EntryRef& entry : all_entries()) {
    bool stopped = false;
    State state = State::kReady;
    {
      const std::lock_guard lock(mutex_);
      // The state as the last process left it; the event names what it is now.
      state = next_state(entry->state, Event::kServiceStart).value_or(entry->state);
      stopped = !entry->run && state == State::kStarting;
    }
    if (stopped) {
      apply(entry, Event::kPause, "");
    } else if (state == State::kStarting) {
      apply(entry, Event::kServiceStart, "");
      post(entry, [this, entry] {
        std::shared_ptr<Tracker> tracker;
        {
          const std::lock_guard lock(mutex_);
          if (entry->state != State::kStarting || stopping_) return;
          tracker = entry->tracker;
        }
        tracker->start({});
      });
    } else if (state == State::kChecking) {
      post(entry, [this, entry] { static_cast<void>(begin_check(entry, true)); });
    }
  }
}

void Tasks::Impl::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  upkeep_.notify_all();
  if (scrub_thread_.joinable()) scrub_thread_.join();
  const std::vector<EntryRef> entries = all_entries();
  std::vector<std::future<void>> stopped;
  for (const EntryRef& entry : entries) {
    auto promise = std::make_shared<std::promise<void>>();
    stopped.push_back(promise->get_future());
    post(entry, [this, entry, promise] {
      std::shared_ptr<Tracker> tracker;
      {
        const std::lock_guard lock(mutex_);
        tracker = entry->tracker;
      }
      if (tracker != nullptr) tracker->stop();
      promise->set_value();
    });
  }
  for (std::future<void>& one : stopped) one.wait();
  for (const EntryRef& entry : entries) {
    std::shared_ptr<Strand> check;
    std::shared_ptr<Strand> verify;
    {
      const std::lock_guard lock(mutex_);
      check = entry->check_strand;
      verify = entry->verify_strand;
    }
    if (check != nullptr) check->close();
    if (verify != nullptr) verify->close();
    entry->strand->close();
    // A check that ended late has posted its end, which holds the entry that holds it.
    const std::lock_guard lock(mutex_);
    entry->operations.clear();
  }
}

Result<TaskView> Tasks::Impl::start(const std::string& id,
                                    const std::vector<std::string>& skip_checks,
                                    const StartOrder& order) {
  const EntryRef found = TRY(entry(id));
  TRY(wait_for(found, [&](const EntryRef& it) { return start_operation(it, skip_checks, order); }));
  return view(found);
}

Result<TaskView> Tasks::Impl::pause(const std::string& id) {
  const EntryRef found = TRY(entry(id));
  TRY(wait_for(found, [this](const EntryRef& it) { return pause_operation(it); }));
  return view(found);
}

Result<TaskView> Tasks::Impl::check(const std::string& id) {
  const EntryRef found = TRY(entry(id));
  TRY(wait_for(found, [this](const EntryRef& it) {
    const bool decides = [&] {
      const std::lock_guard lock(mutex_);
      return next_state(it->state, Event::kCheck).has_value();
    }();
    return begin_check(it, decides);
  }));
  return view(found);
}

Status Tasks::Impl::remove(const std::string& id) {
  const EntryRef found = TRY(entry(id));
  return wait_for(found, [this](const EntryRef& it) { return remove_operation(it); });
}

}  // namespace millrace::task
