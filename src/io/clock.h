// SPDX-License-Identifier: Apache-2.0
// What time it is. Whoever decides by time gets a Clock, so that tests move it.
#pragma once

#include <atomic>
#include <cstdint>

namespace millrace::io {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t wall_us() const = 0;       // since 1970, may step
  virtual int64_t monotonic_us() const = 0;  // never steps; its zero means nothing
  int64_t wall_ms() const { return wall_us() / 1000; }
  int64_t monotonic_ms() const { return monotonic_us() / 1000; }
};

class RealClock final : public Clock {
 public:
  int64_t wall_us() const override;
  int64_t monotonic_us() const override;
};

// Stands still until it is told to move. Any thread may ask.
class SimClock final : public Clock {
 public:
  explicit SimClock(int64_t wall_ms = 1'700'000'000'000) : wall_us_(wall_ms * 1000) {}
  int64_t wall_us() const override { return wall_us_; }
  int64_t monotonic_us() const override { return monotonic_us_; }
  void advance_ms(int64_t ms) {
    wall_us_ += ms * 1000;
    monotonic_us_ += ms * 1000;
  }
  // The wall clock is set: only that one moves.
  void step_wall_ms(int64_t ms) { wall_us_ += ms * 1000; }

 private:
  std::atomic<int64_t> wall_us_;
  std::atomic<int64_t> monotonic_us_ = 1'000'000;
};

}  // namespace millrace::io
