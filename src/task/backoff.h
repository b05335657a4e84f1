// SPDX-License-Identifier: Apache-2.0
// How long to wait before the next try: doubling from half a second to half a minute, with jitter
// so that many tasks of one source do not come back at once.
#pragma once

#include <chrono>
#include <cstdint>

namespace millrace::task {

class Backoff {
 public:
  // `random` is any 64 random bits.
  std::chrono::milliseconds next(uint64_t random) {
    const int64_t whole = kFirstMs << (tries_ < kDoublings ? tries_ : kDoublings);
    ++tries_;
    const int64_t half = whole / 2;
    return std::chrono::milliseconds(half +
                                     static_cast<int64_t>(random % static_cast<uint64_t>(half)));
  }
  // After something worked.
  void reset() { tries_ = 0; }
  int tries() const { return tries_; }

 private:
  static constexpr int64_t kFirstMs = 500;
  static constexpr int kDoublings = 6;
  int tries_ = 0;
};

}  // namespace millrace::task
