// SPDX-License-Identifier: Apache-2.0
#include "io/random.h"

#include <sys/random.h>

#include <cerrno>

#include "base/check.h"

namespace millrace::io {

uint64_t Random::next() {
  uint64_t value = 0;
  fill(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

uint64_t Random::below(uint64_t limit) {
  CHECK(limit > 0);
  // Values of the last, incomplete run of `limit` would be more likely than the rest.
  const uint64_t even = UINT64_MAX - UINT64_MAX % limit;
  for (;;) {
    const uint64_t value = next();
    if (value < even) return value % limit;
  }
}

void RealRandom::fill(std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t got = ::getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      CHECK(errno == EINTR, errno);
      continue;
    }
    out = out.subspan(static_cast<size_t>(got));
  }
}

void SimRandom::fill(std::span<std::byte> out) {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < out.size(); i += 8) {
    // splitmix64
    uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    z ^= z >> 31;
    for (size_t k = i; k < out.size() && k < i + 8; ++k) {
      out[k] = static_cast<std::byte>(z >> (8 * (k - i)));
    }
  }
}

}  // namespace millrace::io
