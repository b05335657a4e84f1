// SPDX-License-Identifier: Apache-2.0
#include "base/ticker.h"

#include <chrono>
#include <utility>

namespace millrace {

Ticker::Ticker() : thread_([this] { work(); }) {}

Ticker::~Ticker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

uint64_t Ticker::add(std::function<void()> tick) {
  const std::lock_guard calling(calling_);
  const uint64_t ticket = next_++;
  ticks_.emplace(ticket, std::move(tick));
  return ticket;
}

void Ticker::remove(uint64_t ticket) {
  const std::lock_guard calling(calling_);
  ticks_.erase(ticket);
}

void Ticker::work() {
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; })) {
    const std::lock_guard calling(calling_);
    for (const auto& [ticket, tick] : ticks_) tick();
  }
}

}  // namespace millrace
