// SPDX-License-Identifier: Apache-2.0
// The tasks: made, checked, started, paused, deleted, and begun again after the process was. Every
// state change goes through the table in state.h and is in control.db before it is told. Any
// thread; slow work runs on threads of its own, a call that waits says so.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/log_reader.h"
#include "store/data_folder.h"
#include "store/secrets.h"
#include "store/store.h"
#include "task/precheck/precheck.h"
#include "task/spec.h"
#include "task/state.h"
#include "task/tracker.h"

namespace millrace::task {

struct PrecheckView {
  bool running = false;
  std::vector<PrecheckItem> items;  // of the run under way, else of the last one
  std::string report;               // the last whole one, as JSON; empty before
};

// Reading every byte that a task keeps: asked for, or the scrub's.
struct VerifyView {
  bool running = false;
  bool scrub = false;  // nobody asked: it reads slowly
  uint64_t bytes_done = 0;
  uint64_t bytes_total = 0;
  int64_t finished_ms = 0;                      // the last whole one; 0: none yet
  std::optional<storage::VerifyReport> report;  // of that
  std::string error;                            // why the last one was not whole; empty: it was
};

struct TaskView {
  TaskRecord record;
  State state = State::kReady;
  std::string reason;
  int64_t since_ms = 0;
  bool run = false;  // what a person wants
  TrackerStatus tracker;
  PrecheckView precheck;
  VerifyView verify;
  std::shared_ptr<storage::LogReader> log;  // null when the log did not open
};

// What the Kafka endpoint must know of a task's topic.
struct TaskTopic {
  std::string name;
  store::TopicId id{};
  std::string task_id;
  std::shared_ptr<storage::LogReader> log;  // null: not there (yet), or refused to open
  bool log_refused = false;
  storage::Compression compression = storage::Compression::kNone;
  int64_t retention_ms = -1;
  int64_t retention_bytes = -1;
  std::vector<std::string> listeners = {};  // of the Kafka endpoint, by name; empty: all
};
using TaskTopics = std::shared_ptr<const std::vector<TaskTopic>>;

using RunPrecheck = std::function<PrecheckReport(
    const PrecheckInput& input, const std::function<void(const PrecheckItem&)>& progress)>;

struct TasksOptions {
  TrackerFactory make_tracker;
  RunPrecheck run_precheck;
  std::function<int64_t()> now_ms;
  // A line for the operator's log.
  std::function<void(const std::string&)> log = [](const std::string&) {};
  size_t max_tasks = 1000;
  // The data folder may be older than what was seen of it (a backup): guarantee 9 for every log.
  bool restored = false;
  // Every task is read whole once in that time, in the background; 0: none is.
  int64_t scrub_every_ms = int64_t{7} * 24 * 3'600'000;
  uint64_t scrub_bytes_per_s = 32 << 20;
  uint64_t max_record_bytes = 64ULL << 20;  // for the precheck
};

// What the rest of the program does when topics come and go; set before resume(). Called without a
// lock held.
struct TasksHooks {
  std::function<void()> topics_changed = [] {};
  // The task is being deleted and its topic is gone from topics(): cut its connections.
  std::function<void(const std::string& task_id, const std::string& topic)> removing =
      [](const std::string&, const std::string&) {};
  // Its rows are gone.
  std::function<void(const std::string& task_id)> removed = [](const std::string&) {};
};

class Tasks {
 public:
  // Reads the tasks, finishes deletions and opens the logs; starts nothing. The references outlive
  // this.
  static Result<std::unique_ptr<Tasks>> open(store::Store& store, const store::Secrets& secrets,
                                             const store::DataFolder& folder, TasksOptions options);
  ~Tasks();  // stop()
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;

  void set_hooks(TasksHooks hooks);
  // Goes on with what ran when the process ended, checks included.
  void resume();
  // Stops all trackers and waits for them; what a person wanted is kept. Nothing starts afterwards.
  void stop();

  // Checks the source in the background, then starts (if `start`). The view is of the moment after
  // the row was written, with the log open.
  Result<TaskView> create(const std::string& name, const TaskSpec& spec, bool start);
  std::vector<TaskView> list() const;  // by name, then ID
  // By ID, or by a name that one task only has. kNotFound; kInvalid names the IDs to choose from.
  Result<TaskView> find(const std::string& id_or_name) const;
  // From precheck_failed it checks again first. `skip_checks` are added to those already accepted.
  // Already running is no error, unless there is an order, which it would not follow: kRefused, as
  // for an order that makes no sense where the task stands. Returns when the tracker was told.
  Result<TaskView> start(const std::string& id, const std::vector<std::string>& skip_checks,
                         const StartOrder& order = {});
  // Waits until the tracker has stopped. Already paused is no error.
  Result<TaskView> pause(const std::string& id);
  // Runs in the background; decides about the state only before the first start.
  Result<TaskView> check(const std::string& id);
  // Reads every byte that the task keeps, in the background; already under way is no error.
  Result<TaskView> verify(const std::string& id);
  // What repair() would do; waits as long as it takes to read the log. Nothing is changed.
  // kRefused while the task runs.
  Result<storage::RepairPlan> plan_repair(const std::string& id, bool give_up);
  // Accepts what is damaged: the source is read again from before the damage, under offsets that
  // were never used (guarantee 9). `give_up`: the records up to the damage go instead. Then the
  // task goes on if it is to run. kRefused while it runs, or when nothing is damaged.
  Result<TaskView> repair(const std::string& id, bool give_up, const std::string& reason);
  // Copies what the tasks keep into `to`/ID, while they go on.
  Status back_up(const std::string& to, const io::CopyProgress& progress);
  uint64_t bytes_on_disk() const;  // of all tasks
  // Waits until the task, its groups and its log are gone from sight.
  Status remove(const std::string& id);

  TaskTopics topics() const;  // cheap

 private:
  class Impl;
  explicit Tasks(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::task
