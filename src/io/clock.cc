// SPDX-License-Identifier: Apache-2.0
#include "io/clock.h"

#include <chrono>

namespace millrace::io {
namespace {
template <class From>
int64_t us_of() {
  return std::chrono::duration_cast<std::chrono::microseconds>(From::now().time_since_epoch())
      .count();
}
}  // namespace

int64_t RealClock::wall_us() const { return us_of<std::chrono::system_clock>(); }
int64_t RealClock::monotonic_us() const { return us_of<std::chrono::steady_clock>(); }

}  // namespace millrace::io
