// SPDX-License-Identifier: Apache-2.0
// Reads every byte that a task's log promised.
#pragma once

#include "storage/task_log_files.h"

namespace millrace::storage {

// Any thread, while the log is written to. `history`: how much of the history is promised.
Result<VerifyReport> verify_task_log(const TaskLogFiles& files, const HistoryEnd& history,
                                     const VerifyProgress& progress);

// Such damage loses nothing: the index is made again.
bool is_of_index(const Damage& damage);

}  // namespace millrace::storage
