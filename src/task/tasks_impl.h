// SPDX-License-Identifier: Apache-2.0
// The inside of Tasks. Fields are guarded by one mutex, which is held for memory and control.db
// only; what may take long (the tracker, files, the source) runs without it, on the task's strand,
// so that a task has one such operation at a time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/executor.h"
#include "task/tasks.h"

namespace millrace::task {

struct TaskEntry {
  // Under the mutex, but for what never changes: ID, name, topic.
  TaskRecord record;
  State state = State::kReady;
  std::string reason;
  int64_t since_ms = 0;
  bool run = false;
  StartOrder order;  // for the next start of the tracker
  PrecheckView precheck;
  VerifyView verify;
  int64_t scrubbed_ms = 0;           // monotonic: when the last one ended, or is taken to have
  bool stop_verify = false;          // something else needs the log
  std::shared_ptr<Tracker> tracker;  // null: its log does not open
  std::shared_ptr<storage::LogReader> log;
  std::deque<std::function<void()>> operations;
  bool gone = false;  // its rows are deleted
  // Never change.
  std::shared_ptr<Strand> strand;         // runs `operations`
  std::shared_ptr<Strand> check_strand;   // runs prechecks
  std::shared_ptr<Strand> verify_strand;  // runs what verify() asked for
};
using EntryRef = std::shared_ptr<TaskEntry>;

class Tasks::Impl {
 public:
  Impl(store::Store& store, const store::Secrets& secrets, const store::DataFolder& folder,
       TasksOptions options);
  ~Impl();

  Status load();
  void set_hooks(TasksHooks hooks);
  void resume();
  void stop();
  Result<TaskView> create(const std::string& name, const TaskSpec& spec, bool start);
  std::vector<TaskView> list() const;
  Result<TaskView> find(const std::string& id_or_name) const;
  Result<TaskView> start(const std::string& id, const std::vector<std::string>& skip_checks,
                         const StartOrder& order);
  Result<TaskView> pause(const std::string& id);
  Result<TaskView> check(const std::string& id);
  Status remove(const std::string& id);
  TaskTopics topics() const;
  Result<TaskView> verify(const std::string& id);
  Result<storage::RepairPlan> plan_repair(const std::string& id, bool give_up);
  Result<TaskView> repair(const std::string& id, bool give_up, const std::string& reason);
  Status back_up(const std::string& to, const io::CopyProgress& progress);
  uint64_t bytes_on_disk() const;

 private:
  using Operation = std::function<Status(const EntryRef&)>;

  // tasks.cc: the directory.
  EntryRef make_entry();
  Result<EntryRef> entry(const std::string& id) const;
  std::vector<EntryRef> all_entries() const;
  TaskView view(const EntryRef& entry) const;
  bool topic_taken_locked(const std::string& topic) const;
  uint32_t free_server_id_locked() const;
  Result<TaskRecord> reserve(const std::string& name, const TaskSpec& spec);
  Status load_task(const store::TaskRow& row, int64_t committed_end);
  Status sweep_folders();
  store::TaskRow row_locked(const TaskEntry& entry) const;
  void publish_topics();

  // lifecycle.cc: operations; each runs on the task's strand, without the mutex.
  void post(const EntryRef& entry, std::function<void()> operation);
  void run_next(const EntryRef& entry);
  Status wait_for(const EntryRef& entry, const Operation& operation);
  Status start_operation(const EntryRef& entry, const std::vector<std::string>& skip_checks,
                         const StartOrder& order);
  Status take_order_locked(TaskEntry& entry, const StartOrder& order);
  Status pause_operation(const EntryRef& entry);
  Status remove_operation(const EntryRef& entry);
  Status open_log(const EntryRef& entry, LogOrder order);
  Result<std::map<store::TopicId, int64_t>> committed_ends() const;
  Status start_tracker(const EntryRef& entry);
  // Deletion from the renaming on; `end`: where the topic ended.
  Status drop(const EntryRef& entry, const store::TopicEnd& end);

  Status begin_check(const EntryRef& entry, bool decides);
  void take_what_is_here(const EntryRef& entry, PrecheckInput& input) const;
  void run_check(const EntryRef& entry, bool decides);
  void finish_check(const EntryRef& entry, const PrecheckReport& report, bool decides);

  // upkeep.cc: reading all, mending, copying.
  bool begin_verify(const EntryRef& entry, bool scrub);
  void run_verify(const EntryRef& entry, bool scrub);
  void end_verify(const EntryRef& entry, Result<storage::VerifyReport> report);
  bool goes_on_verifying(const EntryRef& entry, uint64_t bytes);
  void stop_verify(const EntryRef& entry);
  void scrub();
  EntryRef next_to_scrub() const;
  void pace(const EntryRef& entry, uint64_t bytes, std::chrono::steady_clock::time_point begin);
  Result<storage::RepairPlan> plan_operation(const EntryRef& entry, bool give_up);
  Status repair_operation(const EntryRef& entry, bool give_up, const std::string& reason);
  Status close_log(const EntryRef& entry);
  Status reopen_log(const EntryRef& entry, LogOrder order);
  Status check_repair(const EntryRef& entry) const;

  void on_tracker(const EntryRef& entry, const TrackerStatus& status);
  // Moves the state and writes the row. Nothing, and false, where the table has no such step.
  Result<bool> apply_locked(TaskEntry& entry, Event event, const std::string& reason);
  // As apply_locked(), for events that nobody waits for: what cannot be written is logged.
  bool apply(const EntryRef& entry, Event event, const std::string& reason);
  void log(const TaskEntry& entry, const std::string& text) const;

  store::Store& store_;
  const store::Secrets& secrets_;
  const store::DataFolder& folder_;
  const TasksOptions options_;
  TasksHooks hooks_;

  mutable std::mutex mutex_;
  std::map<std::string, EntryRef> entries_;  // by ID
  std::set<std::string> reserved_topics_;    // of tasks that are being made
  bool stopping_ = false;
  mutable std::condition_variable upkeep_;  // a verify ended, or stopping_

  mutable std::mutex topics_mutex_;
  TaskTopics topics_ = std::make_shared<std::vector<TaskTopic>>();

  // Last, so that they end first: what runs on them uses the rest.
  std::unique_ptr<Executor> operations_;
  std::unique_ptr<Executor> checks_;
  std::unique_ptr<Executor> verifies_;
  std::thread scrub_thread_;
};

}  // namespace millrace::task
