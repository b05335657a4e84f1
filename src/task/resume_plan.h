// SPDX-License-Identifier: Apache-2.0
// Whether a server that answers may go on where a task stands, and how it is asked (design section
// 6, "Resume").
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "capture/assembler.h"
#include "change/position.h"
#include "mysql/connection.h"
#include "task/start_order.h"
#include "task/tracker_state.h"

namespace millrace::task {

// What a control connection found at the other end.
struct Source {
  mysql::ConnectOptions options;
  change::ServerIdentity identity;
  bool mariadb = false;
  bool gtid_on = false;
  int64_t clock_delta_ms = 0;  // its clock less ours
};
Result<Source> look_at(const mysql::ConnectOptions& options, mysql::Connection& control);

struct ResumePlan {
  change::Position start;
  bool by_gtid = false;
  std::optional<capture::Overlap> overlap;  // nullopt: the first transaction is a new one
  bool from_folder = false;                 // what comes next was purged there
  // What a person accepted with --accept-server, in words; empty: nothing had to be.
  std::string accepted;
  std::string lacking;  // GTIDs that were read and are given up with it
};

// A refusal, told apart from an error by whether waiting may mend it.
struct Refusal {
  bool is_behind = false;  // another server, which lacks what was read: it may be about to get it
};

// kDiverged with the difference and the choices; kLost with what was purged; kUnavailable while the
// server has received what it lacks and not applied it. Errors of the connection as they are.
Result<ResumePlan> plan_resume(mysql::Connection& control, const Source& found,
                               const TrackerState& state, const StartOrder& order,
                               uint32_t server_id, Refusal& refusal);

// "server_uuid ...", "server_id 7".
std::string server_text(const change::ServerIdentity& server);

}  // namespace millrace::task
