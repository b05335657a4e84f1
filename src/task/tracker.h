// SPDX-License-Identifier: Apache-2.0
// One task's data path as the lifecycle sees it: begin, stop, say how it goes. It exists as long as
// the task does and keeps the log open whatever the task's state, so that records stay readable
// while a task is paused or failed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "capture/xa_store.h"
#include "change/position.h"
#include "io/files.h"
#include "storage/log_reader.h"
#include "storage/task_log.h"
#include "store/rows.h"
#include "task/accepted.h"
#include "task/spec.h"
#include "task/start_order.h"

namespace millrace::task {

// How a log is to be opened, when not as usual.
struct LogOrder {
  bool repair = false;   // a person accepts what is damaged: guarantee 9
  bool give_up = false;  // with it: what lies before the damage goes, and what lies behind it stays
  bool restored = false;  // the folder may be older than what was seen of it: guarantee 9
  std::string reason;     // of the repair, for its marker
  int64_t known_end = 0;  // an offset that some group has committed
};

// What a tracker needs to know of its task.
struct TaskRecord {
  std::string id;
  std::string name;
  TaskSpec spec;
  std::string topic;
  store::TopicId topic_id{};
  uint32_t server_id = 0;    // what its dump registers with; no other task of ours has it
  int64_t first_offset = 0;  // of an empty log
  int32_t first_epoch = 0;   // of an empty log
  int64_t created_ms = 0;
  LogOrder log_order = {};
};

enum class Phase : uint8_t { kStopped, kStarting, kRunning, kRetrying, kFailed };

struct TrackerCounters {
  uint64_t records = 0;  // written, heartbeats included
  uint64_t rows = 0;
  uint64_t transactions = 0;
  uint64_t ddl = 0;
  uint64_t bytes_read = 0;     // from the source
  uint64_t bytes_written = 0;  // to the log
  uint64_t filtered_rows = 0;  // rows events that were not selected
};

// A definition that was found out for rows that fitted none.
struct HealedTable {
  std::string table;      // database.table
  std::string how;        // "read_again", "given", "metadata"
  change::Position at;    // of the rows; `gtids` is their transaction's own
  int64_t time_ms = 0;    // when it was found out
  std::string read_at;    // the source's position when it was read again
  std::string statement;  // that put it in doubt; empty: none that was logged
};

struct TrackerStatus {
  Phase phase = Phase::kStopped;
  // kRetrying: what went wrong; kFailed: that, and the way out; kStarting: what it is doing.
  std::string reason;
  int64_t next_retry_ms = 0;  // wall clock; 0: none is due
  change::Position position;  // up to which everything is durable and visible
  int64_t read_time_ms = 0;   // up to which the source was read and made visible; 0: never yet
  int64_t source_clock_delta_ms = 0;  // the source's clock less ours
  TrackerCounters counters;
  storage::Offset end_offset;
  std::vector<capture::PreparedXa> prepared_xa;  // that wait for their XA COMMIT
  std::vector<HealedTable> healed;               // the newest last
  std::vector<Accepted> accepted;                // likewise
  std::string source;  // the one that is read, as a URL without its password; empty: none yet
  change::ServerIdentity server;  // likewise
  std::string last_error;         // the newest, also after it was overcome; empty: none
  int64_t last_error_ms = 0;
  bool waits_for_disk = false;       // kRetrying: for room
  bool retention_suspended = false;  // our clock stepped: nothing is removed until somebody looks
};

class Tracker {
 public:
  virtual ~Tracker() = default;
  // Begins in the background: at the journal's position, or at the spec's start point when there is
  // none; the order says otherwise, and holds until the next stop(). Called when it is stopped or
  // failed.
  virtual void start(const StartOrder& order) = 0;
  // Returns when nothing reads or writes any more. Also when it is stopped already.
  virtual void stop() = 0;
  virtual TrackerStatus status() const = 0;  // any thread, never waits
  virtual std::shared_ptr<storage::LogReader> log() const = 0;

  // A person looked at the clock, which had stepped: what is old by it may be removed again.
  virtual void resume_retention() = 0;
  // Both take as long as they do; any thread, also while it runs.
  virtual Result<storage::VerifyReport> verify(const storage::VerifyProgress& progress) const = 0;
  // Copies what the task keeps into the new folder `to`, as of one of its commits.
  virtual Status back_up(const std::string& to, const io::CopyProgress& progress) = 0;
  virtual uint64_t bytes_on_disk() const = 0;
  // What opening the log had to give up; empty: nothing.
  virtual std::string loss() const = 0;
};

// Told after each change of phase, and of the reason while retrying; from any of the tracker's
// threads, not from within start(), stop() or the factory. It must not call start() or stop().
using TrackerChanged = std::function<void(const TrackerStatus&)>;

// Opens (or makes) the log in `folder`, DATA/tasks/ID, and starts nothing. An error: the log
// refuses to open, and says why.
using TrackerFactory = std::function<Result<std::unique_ptr<Tracker>>(
    const TaskRecord& task, const std::string& folder, TrackerChanged changed)>;

}  // namespace millrace::task
