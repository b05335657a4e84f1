// SPDX-License-Identifier: Apache-2.0
// Bytes that nobody can guess, and a simulated twin that gives the same ones for the same seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>

namespace millrace::io {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> out) = 0;  // any thread
  uint64_t next();
  uint64_t below(uint64_t limit);  // evenly in [0, limit), limit > 0
};

// The kernel's. Good enough for keys.
class RealRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override;
};

class SimRandom final : public Random {
 public:
  explicit SimRandom(uint64_t seed) : state_(seed) {}
  void fill(std::span<std::byte> out) override;

 private:
  std::mutex mutex_;
  uint64_t state_;
};

}  // namespace millrace::io
