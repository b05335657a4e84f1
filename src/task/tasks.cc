// SPDX-License-Identifier: Apache-2.0
#include "task/tasks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "task/tasks_impl.h"
#include "task/topic_name.h"

namespace millrace::task {
namespace {

constexpr size_t kOperationThreads = 4;
constexpr size_t kCheckThreads = 4;
constexpr size_t kMaxNameBytes = 256;
constexpr size_t kIdCharacters = 12;
// Server IDs of ours: high, where people who number their servers seldom are.
constexpr uint32_t kFirstServerId = 1U << 30;

}  // namespace

Tasks::Tasks(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tasks::~Tasks() { stop(); }

Result<std::unique_ptr<Tasks>> Tasks::open(store::Store& store, const store::Secrets& secrets,
                                           const store::DataFolder& folder, TasksOptions options) {
  auto impl = std::make_unique<Impl>(store, secrets, folder, std::move(options));
  TRY(impl->load());
  return std::unique_ptr<Tasks>(new Tasks(std::move(impl)));
}

void Tasks::set_hooks(TasksHooks hooks) { impl_->set_hooks(std::move(hooks)); }
void Tasks::resume() { impl_->resume(); }
void Tasks::stop() { impl_->stop(); }
Result<TaskView> Tasks::create(const std::string& name, const TaskSpec& spec, bool start) {
  return impl_->create(name, spec, start);
}
std::vector<TaskView> Tasks::list() const { return impl_->list(); }
Result<TaskView> Tasks::find(const std::string& id_or_name) const {
  return impl_->find(id_or_name);
}
Result<TaskView> Tasks::start(const std::string& id, const std::vector<std::string>& skip_checks,
                              const StartOrder& order) {
  return impl_->start(id, skip_checks, order);
}
Result<TaskView> Tasks::pause(const std::string& id) { return impl_->pause(id); }
Result<TaskView> Tasks::check(const std::string& id) { return impl_->check(id); }
Status Tasks::remove(const std::string& id) { return impl_->remove(id); }
Result<TaskView> Tasks::verify(const std::string& id) { return impl_->verify(id); }
Result<storage::RepairPlan> Tasks::plan_repair(const std::string& id, bool give_up) {
  return impl_->plan_repair(id, give_up);
}
Result<TaskView> Tasks::repair(const std::string& id, bool give_up, const std::string& reason) {
  return impl_->repair(id, give_up, reason);
}
Status Tasks::back_up(const std::string& to, const io::CopyProgress& progress) {
  return impl_->back_up(to, progress);
}
uint64_t Tasks::bytes_on_disk() const { return impl_->bytes_on_disk(); }
TaskTopics Tasks::topics() const { return impl_->topics(); }

Tasks::Impl::Impl(store::Store& store, const store::Secrets& secrets,
                  const store::DataFolder& folder, TasksOptions options)
    : store_(store),
      secrets_(secrets),
      folder_(folder),
      options_(std::move(options)),
      operations_(std::make_unique<Executor>(kOperationThreads)),
      checks_(std::make_unique<Executor>(kCheckThreads)),
      verifies_(std::make_unique<Executor>(1)) {}

Tasks::Impl::~Impl() { stop(); }

void Tasks::Impl::set_hooks(TasksHooks hooks) { hooks_ = std::move(hooks); }

EntryRef Tasks::Impl::make_entry() {
  auto entry = std::make_shared<TaskEntry>();
  entry->strand = Strand::make(*operations_, [this, weak = std::weak_ptr(entry)] {
    if (const EntryRef alive = weak.lock()) run_next(alive);
  });
  return entry;
}

Status Tasks::Impl::load() {
  const std::map<store::TopicId, int64_t> ends = TRY(committed_ends());
  for (const store::TaskRow& row : TRY(store_.tasks())) {
    const auto end = ends.find(row.topic_id);
    TRY(load_task(row, end == ends.end() ? 0 : end->second));
  }
  TRY(sweep_folders());
  publish_topics();
  if (options_.scrub_every_ms > 0) scrub_thread_ = std::thread([this] { scrub(); });
  return Done{};
}

Status Tasks::Impl::load_task(const store::TaskRow& row, int64_t committed_end) {
  const std::string doing = fmt::format("control.db, task {} ({})", row.id, row.name);
  const std::optional<State> state = parse_state(row.state);
  if (!state)
    return Error{Errc::kCorrupt, fmt::format("{}: no state is called {}", doing, row.state)};
  Result<TaskSpec> spec = spec_from_store(row.spec, secrets_);
  if (!spec) return in_context(doing, spec.error());
  const EntryRef entry = make_entry();
  entry->record = {.id = row.id,
                   .name = row.name,
                   .spec = std::move(*spec),
                   .topic = row.topic,
                   .topic_id = row.topic_id,
                   .server_id = row.server_id,
                   .first_offset = row.first_offset,
                   .first_epoch = row.first_epoch,
                   .created_ms = row.created_ms};
  entry->state = *state;
  entry->reason = row.reason;
  entry->since_ms = row.since_ms;
  entry->run = row.run;
  entry->precheck.report = row.precheck;
  {
    const std::lock_guard lock(mutex_);
    entries_[row.id] = entry;
  }
  const bool there = TRY(io::exists(folder_.files(), folder_.task_folder(row.id)));
  const bool deleting = *state == State::kDeleting;
  if (there || !deleting) {
    const LogOrder order{.restored = options_.restored, .reason = "", .known_end = committed_end};
    if (const Status opened = open_log(entry, order); !opened && !deleting) {
      apply(entry, Event::kLogRefused, opened.error().what);
    }
  }
  if (deleting) return remove_operation(entry);
  return Done{};
}

// Folders that no row speaks of: a creation or a deletion that was cut short.
Status Tasks::Impl::sweep_folders() {
  io::Files& files = folder_.files();
  for (const std::string& name : TRY(files.list(folder_.tasks()))) {
    if (entries_.contains(name)) continue;
    TRY(io::remove_tree(files, folder_.trash() + "/" + name));
    TRY(files.rename(folder_.task_folder(name), folder_.trash() + "/" + name));
  }
  for (const std::string& name : TRY(files.list(folder_.trash()))) {
    TRY(io::remove_tree(files, folder_.trash() + "/" + name));
  }
  return Done{};
}

Result<EntryRef> Tasks::Impl::entry(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  if (stopping_) return Error{Errc::kCancelled, "the service is stopping"};
  const auto found = entries_.find(id);
  if (found == entries_.end())
    return Error{Errc::kNotFound, fmt::format("there is no task {}", id)};
  return found->second;
}

// A copy under the mutex, then the tracker's words without it: a tracker may hold a lock of its own
// while it tells us something.
TaskView Tasks::Impl::view(const EntryRef& entry) const {
  std::shared_ptr<Tracker> tracker;
  TaskView view;
  {
    const std::lock_guard lock(mutex_);
    tracker = entry->tracker;
    view = {.record = entry->record,
            .state = entry->state,
            .reason = entry->reason,
            .since_ms = entry->since_ms,
            .run = entry->run,
            .tracker = {},
            .precheck = entry->precheck,
            .verify = entry->verify,
            .log = entry->log};
  }
  if (tracker != nullptr) view.tracker = tracker->status();
  // They are newer than those that were written down.
  const bool active = view.state == State::kStarting || view.state == State::kRetrying;
  if (active && !view.tracker.reason.empty()) view.reason = view.tracker.reason;
  return view;
}

std::vector<EntryRef> Tasks::Impl::all_entries() const {
  const std::lock_guard lock(mutex_);
  std::vector<EntryRef> out;
  out.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) out.push_back(entry);
  return out;
}

std::vector<TaskView> Tasks::Impl::list() const {
  std::vector<TaskView> out;
  for (const EntryRef& entry : all_entries()) out.push_back(view(entry));
  std::stable_sort(out.begin(), out.end(), [](const TaskView& a, const TaskView& b) {
    return a.record.name < b.record.name;
  });
  return out;
}

Result<TaskView> Tasks::Impl::find(const std::string& id_or_name) const {
  EntryRef match;
  std::vector<std::string> ids;
  for (const EntryRef& entry : all_entries()) {
    // ID and name never change.
    if (entry->record.id == id_or_name) return view(entry);
    if (entry->record.name != id_or_name) continue;
    ids.push_back(entry->record.id);
    match = entry;
  }
  if (ids.empty()) {
    return Error{Errc::kNotFound,
                 fmt::format("there is no task {}: millrace task list shows them", id_or_name)};
  }
  if (ids.size() > 1) {
    return Error{Errc::kInvalid, fmt::format("{} tasks are called {}: give one of the IDs {}",
                                             ids.size(), id_or_name, fmt::join(ids, ", "))};
  }
  return view(match);
}

bool Tasks::Impl::topic_taken_locked(const std::string& topic) const {
  if (reserved_topics_.contains(topic)) return true;
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const auto& entry) { return entry.second->record.topic == topic; });
}

uint32_t Tasks::Impl::free_server_id_locked() const {
  while (true) {
    uint32_t random = 0;
    store::random_bytes(&random, sizeof random);
    const uint32_t id = kFirstServerId + (random & (kFirstServerId - 1));
    const bool taken = std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
      return entry.second->record.server_id == id;
    });
    if (!taken) return id;
  }
}

// Chooses what must be unique; the topic stays reserved until the task is in entries_.
Result<TaskRecord> Tasks::Impl::reserve(const std::string& name, const TaskSpec& spec) {
  if (name.empty() || name.size() > kMaxNameBytes) {
    return Error{Errc::kInvalid, fmt::format("a task's name has 1 to {} bytes, not {}",
                                             kMaxNameBytes, name.size())};
  }
  TRY(task::check(spec));
  const std::lock_guard lock(mutex_);
  if (stopping_) return Error{Errc::kCancelled, "the service is stopping"};
  if (entries_.size() >= options_.max_tasks) {
    return Error{Errc::kTooLarge, fmt::format("there are {} tasks already: delete one, or raise "
                                              "max_tasks in the settings",
                                              entries_.size())};
  }
  TaskRecord record;
  record.id = store::random_name(kIdCharacters);
  record.name = name;
  record.spec = spec;
  record.topic = TRY(choose_topic(spec.topic, name, record.id, [&](const std::string& topic) {
    return topic_taken_locked(topic);
  }));
  store::random_bytes(record.topic_id.data(), record.topic_id.size());
  record.server_id = free_server_id_locked();
  record.created_ms = options_.now_ms();
  if (const auto end = TRY(store_.topic_end(record.topic))) {
    record.first_offset = end->offset;
    record.first_epoch = end->leader_epoch;
  }
  reserved_topics_.insert(record.topic);
  return record;
}

Result<TaskView> Tasks::Impl::create(const std::string& name, const TaskSpec& spec, bool start) {
  const EntryRef entry = make_entry();
  entry->record = TRY(reserve(name, spec));
  const std::string id = entry->record.id;
  entry->state = State::kChecking;
  entry->since_ms = entry->record.created_ms;
  entry->run = start;
  Status made = open_log(entry, {});
  {
    const std::lock_guard lock(mutex_);
    reserved_topics_.erase(entry->record.topic);
    if (made && stopping_) made = Error{Errc::kCancelled, "the service is stopping"};
    if (made) made = store_.add_task(row_locked(*entry));
    if (made) entries_[id] = entry;
  }
  if (!made) {
    entry->log.reset();
    entry->tracker.reset();
    TRY(io::remove_tree(folder_.files(), folder_.task_folder(id)));
    return std::move(made.error());
  }
  log(*entry, fmt::format("created, topic {}", entry->record.topic));
  publish_topics();
  TRY(wait_for(entry, [this](const EntryRef& it) { return begin_check(it, true); }));
  return view(entry);
}

store::TaskRow Tasks::Impl::row_locked(const TaskEntry& entry) const {
  return {.id = entry.record.id,
          .name = entry.record.name,
          .spec = spec_for_store(entry.record.spec, secrets_),
          .run = entry.run,
          .state = std::string(to_string(entry.state)),
          .reason = entry.reason,
          .since_ms = entry.since_ms,
          .created_ms = entry.record.created_ms,
          .server_id = entry.record.server_id,
          .topic = entry.record.topic,
          .topic_id = entry.record.topic_id,
          .first_offset = entry.record.first_offset,
          .first_epoch = entry.record.first_epoch,
          .precheck = entry.precheck.report};
}

void Tasks::Impl::publish_topics() {
  auto topics = std::make_shared<std::vector<TaskTopic>>();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, entry] : entries_) {
      if (entry->state == State::kDeleting) continue;
      const TaskSpec& spec = entry->record.spec;
      topics->push_back({.name = entry->record.topic,
                         .id = entry->record.topic_id,
                         .task_id = id,
                         .log = entry->log,
                         .log_refused = entry->log == nullptr,
                         .compression = spec.compression,
                         .retention_ms = spec.retention_ms,
                         .retention_bytes = spec.retention_bytes.value_or(-1),
                         .listeners = spec.listeners});
    }
    // Inside, so that an older list never replaces a newer one.
    const std::lock_guard topics_lock(topics_mutex_);
    topics_ = std::move(topics);
  }
  hooks_.topics_changed();
}

TaskTopics Tasks::Impl::topics() const {
  const std::lock_guard lock(topics_mutex_);
  return topics_;
}

void Tasks::Impl::log(const TaskEntry& entry, const std::string& text) const {
  options_.log(fmt::format("task {} ({}): {}", entry.record.id, entry.record.name, text));
}

}  // namespace millrace::task
