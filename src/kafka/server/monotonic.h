// SPDX-License-Identifier: Apache-2.0
// The clock that deadlines are reckoned with.
#pragma once

#include <chrono>
#include <cstdint>

namespace millrace::kafka {

inline int64_t monotonic_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace millrace::kafka
