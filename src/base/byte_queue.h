// SPDX-License-Identifier: Apache-2.0
// A queue between two stages, bounded in bytes: a full queue stops its writer (pressure). An
// element larger than the bound is let in when the queue is empty.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace millrace {

template <class T>
class ByteQueue {
 public:
  explicit ByteQueue(size_t max_bytes) : max_bytes_(max_bytes) {}

  // Waits for room. False when the queue was closed, or `timeout` passed with no room; then `value`
  // is untouched.
  bool push(T& value, size_t bytes, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    if (!room_.wait_for(lock, timeout, [&] { return closed_ || fits(bytes); })) return false;
    if (closed_) return false;
    put(value, bytes);
    return true;
  }
  // Never waits.
  bool try_push(T& value, size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (closed_ || !fits(bytes)) return false;
    put(value, bytes);
    return true;
  }
  // Without regard to the bound: for a writer that asked has_room() before a step of known size.
  void push_over(T value, size_t bytes) {
    const std::lock_guard lock(mutex_);
    put(value, bytes);
  }
  std::optional<T> try_pop() {
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) return std::nullopt;
    std::pair<T, size_t> head = std::move(queue_.front());
    queue_.pop_front();
    bytes_ -= head.second;
    room_.notify_one();
    return std::move(head.first);
  }
  bool empty() const {
    const std::lock_guard lock(mutex_);
    return queue_.empty();
  }
  size_t bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }
  bool has_room() const {
    const std::lock_guard lock(mutex_);
    return bytes_ < max_bytes_;
  }
  // Wakes a waiting writer; no element gets in any more, those inside can still be taken.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    room_.notify_all();
  }

 private:
  bool fits(size_t bytes) const { return queue_.empty() || bytes_ + bytes <= max_bytes_; }
  void put(T& value, size_t bytes) {
    queue_.emplace_back(std::move(value), bytes);
    bytes_ += bytes;
  }
  const size_t max_bytes_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::deque<std::pair<T, size_t>> queue_;
  size_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace millrace
