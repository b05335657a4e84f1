// SPDX-License-Identifier: Apache-2.0
// All that a task keeps on disk: for each record format a log of Kafka batches, the commit journal
// that makes one moment of them, and the history. Written by one thread at a time; readers are
// handed out and never wait for it.
//
// The rule for errors: when append(), commit() or anything else of the writer side fails, all that
// was appended since the last CommitMark is gone (inputs of the history apart). The caller encodes
// again from committed(). A sync is never tried again: what it covered goes to a new file.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "io/clock.h"
#include "io/files.h"
#include "storage/batch.h"
#include "storage/commit_mark.h"
#include "storage/log_reader.h"
#include "storage/pending_segment.h"
#include "storage/progress.h"

namespace millrace::storage {

struct LogOptions {
  std::vector<std::string> formats{"dts-avro"};  // folder names; `format` below is an index into it
  uint64_t segment_bytes = 256 << 20;
  int64_t retention_ms = int64_t{24} * 3'600'000;  // by append time; -1: for ever
  int64_t retention_bytes = -1;                    // -1: no limit
  bool sync = true;
  // Opens what is damaged below the durable mark, wherever that is: goes back to the last journal
  // entry before the damage and on by guarantee 9. A person decided so.
  bool accept_loss = false;
  // With it: the segments up to the last damaged one are given up instead, as retention would, and
  // what lies behind them stays.
  bool give_up = false;
};

// What the history keeps. Derived entries come again when the binlog is read again, inputs do not.
enum class HistoryKind : uint8_t { kInput = 1, kDerived = 2 };
// Entries in their order; an Error stops the opening with it. The bytes live for the call.
using HistoryVisitor = std::function<Status(Bytes entry, HistoryKind kind)>;

struct Recovered {
  std::optional<Progress> progress;  // of the last entry; nullopt: nothing was ever committed.
                                     // Its `gtids` is empty: see below
  // The whole GTID set: the union of these texts, in their order (MariaDB: the last one of a domain
  // counts).
  std::vector<std::string> gtids;
  std::vector<Offset> next;  // for each format
  std::vector<Offset> cut;   // with accept_loss: where it was cut; with give_up: where it began
  std::string loss;          // what accept_loss or relaxed durability gave up, for the operator
};

struct RetentionReport {
  size_t segments_removed = 0;
  uint64_t bytes_removed = 0;
  bool clock_stepped = false;  // suspended: see resume_retention()
};

struct Damage {
  std::string file;
  uint64_t position = 0;
  std::string what;  // expected and found
};
struct VerifyReport {
  uint64_t bytes = 0;
  uint64_t batches = 0;
  uint64_t journal_entries = 0;
  uint64_t history_entries = 0;
  std::vector<Damage> damage;  // the first few
};
// Called now and then with the bytes read so far; false stops it with kCancelled.
using VerifyProgress = std::function<bool(uint64_t bytes)>;

// What opening with accept_loss would do. Nothing is changed.
struct RepairPlan {
  std::vector<Damage> damage;  // none: there is nothing to repair
  // Where the source is read again from; nullopt: no entry of the journal is older than the damage.
  std::optional<Progress> progress;
  // Of the first format.
  Offset from;  // records from here on are read again; with give_up: those before it are given up
  Offset end;   // the highest offset that anybody may have seen
  Offset next;  // what the next record gets
};

// One file of a copy: its name below the log's folder, and how much of it belongs to the copy.
struct CopyPart {
  std::string name;
  uint64_t bytes = 0;
};

class TaskLog {
 public:
  // Creates what is missing, else recovers: see recovery.h. `folder` is DATA/tasks/ID.
  static Result<std::unique_ptr<TaskLog>> open(io::Files& files, io::Clock& clock,
                                               const std::string& folder, const LogOptions& options,
                                               const HistoryVisitor& history);
  virtual ~TaskLog() = default;  // wakes the watchers; readers stay usable

  virtual const Recovered& recovered() const = 0;

  // -- the writer's side: one thread at a time ---------------------------------------------------

  // Sealed batches, whose offsets count from 0. Not visible, not safe until commit().
  virtual Status append(size_t format, Batches&& batches) = 0;
  // On disk with the next commit(), before any record that is appended after it.
  virtual Status append_history(Bytes entry, HistoryKind kind) = 0;
  // A segment of its own for a large transaction.
  virtual Result<std::unique_ptr<PendingSegment>> begin_pending(size_t format) = 0;
  // Makes all that was appended durable, then visible, and `progress` with it. Several transactions
  // may have been appended: theirs is the last one's progress, and the GTIDs of all.
  virtual Result<CommitMark> commit(const Progress& progress, const WholeGtids& whole) = 0;
  // Progress through traffic that was filtered out: written, not synced by itself. A commit() when
  // something was appended.
  virtual Status commit_progress(const Progress& progress, const WholeGtids& whole) = 0;
  // The last Progress that was committed (its `gtids` as it was handed in).
  virtual const std::optional<Progress>& committed() const = 0;
  // The next commit begins a file of the journal, so that its whole GTIDs count and none of before:
  // the source is read from a place that does not continue the last one.
  virtual void end_journal_file() = 0;
  // Guarantee 9: goes on at max(end, highest_known_end) + 2^20 under the next leader epoch, and
  // makes that durable and visible.
  virtual Status bump_epoch(size_t format, Offset highest_known_end) = 0;
  // Removes whole closed segments that are past their time or over the limit.
  virtual Result<RetentionReport> retain() = 0;
  virtual void resume_retention() = 0;  // a person looked at the clock
  virtual void set_retention(int64_t retention_ms, int64_t retention_bytes) = 0;
  // Records that nothing is open: with sync = false, the next open() then need not doubt.
  virtual Status close() = 0;

  // -- any thread
  // ----------------------------------------------------------------------------------

  virtual std::shared_ptr<LogReader> reader(size_t format) const = 0;
  // Reads every byte that is promised: logs, indexes, journal, history.
  virtual Result<VerifyReport> verify(const VerifyProgress& progress) const = 0;
  // Bytes of everything in the folder that counts, journal and history included.
  virtual uint64_t bytes_on_disk() const = 0;
  // The files that make a copy of the log as of one of its commits, not older than this call. What
  // they hold up to there stays as it is; only retain() removes some, which the caller prevents.
  // Indexes are left out: the next open rebuilds them.
  virtual Result<std::vector<CopyPart>> copy_parts() const = 0;
};

// The same as TaskLog::verify(), of a log that nobody has open. A log that
// refuses to open is damaged here, and it is said where.
Result<VerifyReport> verify_closed_log(io::Files& files, io::Clock& clock,
                                       const std::string& folder, const LogOptions& options,
                                       const VerifyProgress& progress);
// Of a log that nobody has open.
Result<RepairPlan> plan_repair(io::Files& files, io::Clock& clock, const std::string& folder,
                               const LogOptions& options);

}  // namespace millrace::storage
