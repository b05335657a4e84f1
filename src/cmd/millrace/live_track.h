// SPDX-License-Identifier: Apache-2.0
// Follows a source without a service and prints its changes: `millrace track`.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "capture/selection.h"
#include "capture/start_point.h"
#include "cmd/millrace/record_output.h"
#include "mysql/connection.h"

namespace millrace::cmd {

struct LiveTrackOptions {
  mysql::ConnectOptions source;
  OutputFormat format = OutputFormat::kJson;
  capture::Selection selection;
  bool fold_online_ddl = true;
  capture::StartPoint from;
  std::string schema_sql;                       // definitions as of `from`
  std::function<void(const std::string&)> say;  // a line for the person: connected, retrying ...
};

// Runs until stop_live_track(), or until a failure that trying again cannot mend.
Status live_track(const LiveTrackOptions& options);
// Safe in a signal handler.
void stop_live_track();

}  // namespace millrace::cmd
