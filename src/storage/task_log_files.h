// SPDX-License-Identifier: Apache-2.0
// The parts of a TaskLog and how they begin: recovery, also with loss. task_log.cc makes a log of
// them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/commit_journal.h"
#include "storage/format_log.h"
#include "storage/history_log.h"
#include "storage/task_log.h"

namespace millrace::storage {

struct TaskLogFiles {
  std::string folder;
  std::unique_ptr<CommitJournal> journal;
  std::unique_ptr<HistoryLog> history;
  std::vector<std::unique_ptr<FormatLog>> logs;
};

struct TaskLogStart {
  TaskLogFiles files;
  Recovered recovered;
  std::optional<CommitMark> mark;  // what is visible; nullopt: nothing was ever committed
  int64_t last_written_ms = -1;    // when the last entry was
};

TaskLogFiles make_task_log_files(io::Files& files, io::Clock& clock, const std::string& folder,
                                 const LogOptions& options);

// Recovers to the last whole entry of the journal. With options.accept_loss, or when it was written
// without syncs and not closed, damage makes it go back further, and on by guarantee 9.
Result<TaskLogStart> start_task_log(io::Files& files, io::Clock& clock, const std::string& folder,
                                    const LogOptions& options, const HistoryVisitor& history);

// The ends of all logs as the next entry has them.
std::vector<LogEnd> ends_of(const std::vector<std::unique_ptr<FormatLog>>& logs);

}  // namespace millrace::storage
