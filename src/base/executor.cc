// SPDX-License-Identifier: Apache-2.0
#include "base/executor.h"

#include <utility>

namespace millrace {

Executor::Executor(size_t threads) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Executor::~Executor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Executor::post(std::shared_ptr<Strand> strand) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(strand));
  }
  ready_.notify_one();
}

void Executor::work() {
  for (;;) {
    std::shared_ptr<Strand> strand;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      strand = std::move(queue_.front());
      queue_.pop_front();
    }
    strand->run();
  }
}

Strand::Strand(Executor& executor, std::function<void()> job)
    : executor_(executor), job_(std::move(job)) {}

std::shared_ptr<Strand> Strand::make(Executor& executor, std::function<void()> job) {
  return std::shared_ptr<Strand>(new Strand(executor, std::move(job)));
}

void Strand::wake() {
  int state = state_.load();
  for (;;) {
    if (state == kDue || state == kRunningDue) return;
    const int next = state == kIdle ? kDue : kRunningDue;
    if (!state_.compare_exchange_weak(state, next)) continue;
    if (next == kDue) executor_.post(shared_from_this());
    return;
  }
}

void Strand::run() {
  state_.store(kRunning);
  {
    const std::lock_guard lock(running_);
    if (!closed_) job_();
  }
  int state = kRunning;
  if (state_.compare_exchange_strong(state, kIdle)) return;
  state_.store(kDue);
  executor_.post(shared_from_this());
}

void Strand::close() {
  const std::lock_guard lock(running_);
  closed_ = true;
}

}  // namespace millrace
