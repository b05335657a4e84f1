// SPDX-License-Identifier: Apache-2.0
// From what a person says (`earliest`, file:offset, GTIDs, a time) to the place between two
// transactions where reading begins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "capture/start_point.h"
#include "change/position.h"
#include "mysql/connection.h"

namespace millrace::capture {

struct StartPlaceOptions {
  mysql::ConnectOptions source;  // for the short dumps that look through a file
  uint32_t server_id = 0;        // that they register with
};

// kLatest: the end of the log. kEarliest: the beginning of the oldest file. A file and offset, and
// MariaDB's GTIDs, must be a place between two transactions. MySQL's GTIDs are the set of all that
// shall not be sent. A time: before the first transaction that was committed then or later, in the
// order of the log; the files are searched by halving.
//
// kLost: purged, with what the oldest is; kInvalid: no such place, with the nearest one; kDiverged:
// the server lacks GTIDs of the set, which are named.
Result<change::Position> find_start(mysql::Connection& control, const StartPlaceOptions& options,
                                    const StartPoint& point);

// When the transaction of this GTID was committed where it began, microseconds, as this server's
// log has it; nullopt: it is not there, or not any more.
Result<std::optional<int64_t>> find_original_commit_time(mysql::Connection& control,
                                                         const StartPlaceOptions& options,
                                                         const std::string& gtid);

}  // namespace millrace::capture
