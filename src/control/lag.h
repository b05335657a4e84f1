// SPDX-License-Identifier: Apache-2.0
// How far a group is behind (design section 1, "consumption delay"): heartbeats told apart, 0 when
// only they are unread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "storage/log_reader.h"

namespace millrace::control {

struct Lag {
  int64_t records = 0;     // unread, without the heartbeats that were seen
  int64_t heartbeats = 0;  // unread
  bool exact = true;       // false: too much is unread to tell all heartbeats apart
  int64_t lost = 0;        // removed by retention before the group read them
  // Time of the oldest unread record that is no heartbeat; nullopt: there is none, or none was
  // found within what was read.
  std::optional<int64_t> oldest_unread_ms;
  // Time of the last record that was read; nullopt: it is not held any more.
  std::optional<int64_t> read_to_ms;
  // Now less the oldest unread record's time; 0 when only heartbeats are unread.
  int64_t delay_ms(int64_t now_ms) const;
};

// Reads at most about `max_bytes` of the log.
Result<Lag> measure_lag(const storage::LogReader& log, storage::Offset committed, size_t max_bytes);

}  // namespace millrace::control
