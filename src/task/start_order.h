// SPDX-License-Identifier: Apache-2.0
// What a person says beside "start": where to go on, and what is accepted. It holds for one start.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "capture/start_point.h"

namespace millrace::task {

struct StartOrder {
  std::optional<capture::StartPoint> from;
  std::string schema_sql;  // definitions as of `from`, else as of the place where the task stands
  std::string binlog_dir;  // of files that the source has purged; on the service's own machine
  bool accept_gap = false;
  bool accept_server = false;
  std::string reason;  // for the marker in the topic

  bool empty() const {
    return !from && schema_sql.empty() && binlog_dir.empty() && !accept_gap && !accept_server;
  }
};

// Whether the words make sense together, whatever the task's state. kInvalid says which do not, and
// which would.
Status check_order(const StartOrder& order);
// Whether they make sense for a task that has read something already, or has not begun. kRefused.
Status check_order(const StartOrder& order, bool has_begun, const std::string& position);

}  // namespace millrace::task
