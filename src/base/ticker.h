// SPDX-License-Identifier: Apache-2.0
// One thread that calls everybody once a second: heartbeats, retention, limits of time.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace millrace {

class Ticker {
 public:
  Ticker();
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  // `tick` must be short. The ticket is for remove().
  uint64_t add(std::function<void()> tick);
  // After it no call is under way and none comes. Not from within a tick.
  void remove(uint64_t ticket);

 private:
  void work();

  std::mutex mutex_;
  std::mutex calling_;  // guards ticks_, held while they run: remove() waits for them
  std::condition_variable stop_;
  bool stopping_ = false;
  uint64_t next_ = 1;
  std::map<uint64_t, std::function<void()>> ticks_;
  std::thread thread_;
};

// A tick for as long as it lives.
class TickerTicket {
 public:
  TickerTicket(Ticker& ticker, std::function<void()> tick)
      : ticker_(ticker), ticket_(ticker.add(std::move(tick))) {}
  ~TickerTicket() { ticker_.remove(ticket_); }
  TickerTicket(const TickerTicket&) = delete;
  TickerTicket& operator=(const TickerTicket&) = delete;

 private:
  Ticker& ticker_;
  uint64_t ticket_;
};

}  // namespace millrace
