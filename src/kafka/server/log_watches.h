// SPDX-License-Identifier: Apache-2.0
// One loop's long polls: which connections wait for which log. However many wait and however fast
// the log grows, one wake-up at a time crosses the threads.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "storage/log_reader.h"

namespace millrace::kafka {

class LogWaiter {
 public:
  virtual ~LogWaiter() = default;
  virtual void log_moved() = 0;
};

// Used by its loop's thread only; `post` brings a call there from any.
class LogWatches {
 public:
  explicit LogWatches(std::function<void(std::function<void()>)> post) : post_(std::move(post)) {}
  ~LogWatches() {
    for (auto& [log, watch] : watches_) watch.log->unwatch(watch.ticket);
  }
  LogWatches(const LogWatches&) = delete;
  LogWatches& operator=(const LogWatches&) = delete;

  // What happened before add() is not told: look again after it.
  void add(const std::shared_ptr<storage::LogReader>& log, LogWaiter* waiter) {
    auto [at, is_new] = watches_.try_emplace(log.get());
    at->second.waiters.insert(waiter);
    if (!is_new) return;
    at->second.log = log;
    auto signalled = std::make_shared<std::atomic<bool>>(false);
    at->second.ticket = log->watch([this, key = log.get(), signalled] {
      if (signalled->exchange(true)) return;
      post_([this, key, signalled] {
        signalled->store(false);
        wake(key);
      });
    });
  }
  void remove(const storage::LogReader* log, LogWaiter* waiter) {
    const auto at = watches_.find(log);
    if (at == watches_.end()) return;
    at->second.waiters.erase(waiter);
    if (!at->second.waiters.empty()) return;
    at->second.log->unwatch(at->second.ticket);
    watches_.erase(at);
  }
  size_t size() const { return watches_.size(); }

 private:
  struct Watch {
    std::shared_ptr<storage::LogReader> log;
    uint64_t ticket = 0;
    std::unordered_set<LogWaiter*> waiters;
  };
  void wake(const storage::LogReader* log) {
    const auto at = watches_.find(log);
    if (at == watches_.end()) return;
    // One that is woken may leave, and take another with it.
    const std::unordered_set<LogWaiter*> now = at->second.waiters;
    for (LogWaiter* waiter : now) {
      const auto still = watches_.find(log);
      if (still == watches_.end()) return;
      if (still->second.waiters.contains(waiter)) waiter->log_moved();
    }
  }
  std::function<void(std::function<void()>)> post_;
  std::unordered_map<const storage::LogReader*, Watch> watches_;
};

}  // namespace millrace::kafka
