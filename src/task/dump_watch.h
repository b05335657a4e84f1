// SPDX-License-Identifier: Apache-2.0
// Notices a dump that stands still while the source's log goes on. After RESET MASTER a server's
// thread stays on a file that is no more, and says with every heartbeat that nothing new is there.
//
// A heartbeat is sent only where the dump has come to its end. So: when the log's end has moved
// since it was asked for before, and heartbeats alone have come since then, and some more of the
// same come after it was seen to have moved, then the dump is not of that log.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "change/position.h"
#include "io/clock.h"

namespace millrace::task {

class DumpWatch {
 public:
  // Asks the source where its log ends.
  using LogEnd = std::function<Result<change::Position>()>;

  DumpWatch(io::Clock& clock, LogEnd log_end) : clock_(clock), log_end_(std::move(log_end)) {}

  // Each event as it came. kUnavailable when the dump stands still.
  Status event(Bytes raw);

 private:
  Status heartbeat(Bytes raw);

  io::Clock& clock_;
  const LogEnd log_end_;
  std::string beat_;                     // the last heartbeat, apart from its time
  std::optional<change::Position> end_;  // as asked while nothing but `beat_` came
  int beats_since_moved_ = 0;            // counted from 1; 0 while the end stands
  int64_t next_ask_ms_ = 0;
};

}  // namespace millrace::task
