// SPDX-License-Identifier: Apache-2.0
#include "kafka/server/group_thread.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/check.h"
#include "kafka/server/monotonic.h"

namespace millrace::kafka {
namespace {

// Version 4, as RFC 4122 prints it.
std::string random_uuid() {
  std::array<unsigned char, 16> bytes{};
  CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", bytes[i]);
  }
  return text;
}

}  // namespace

struct GroupThread::Impl {
  Impl(GroupPersistence& persistence, const Limits& limits, std::function<int64_t()> wall)
      : wall_ms(std::move(wall)), coordinator(persistence, limits, random_uuid) {}

  Now now() const { return {monotonic_ms(), wall_ms()}; }
  void run();
  // Runs all that waits, then writes its commits: called with the lock held, runs without.
  void drain(std::unique_lock<std::mutex>& lock);

  std::function<int64_t()> wall_ms;
  Coordinator coordinator;
  std::mutex mutex;
  std::condition_variable arrived;
  std::deque<Job> jobs;
  bool running = false;
  std::thread thread;
  std::mutex after_stop;  // guards the coordinator once the thread has ended
};

GroupThread::GroupThread(GroupPersistence& persistence, const Limits& limits,
                         std::function<int64_t()> wall_ms)
    : impl_(std::make_unique<Impl>(persistence, limits, std::move(wall_ms))) {}

GroupThread::~GroupThread() { stop(); }

Status GroupThread::start() {
  TRY(impl_->coordinator.load(impl_->now()));
  impl_->running = true;
  impl_->thread = std::thread([this] { impl_->run(); });
  return Done{};
}

void GroupThread::stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->running = false;
  }
  impl_->arrived.notify_all();
  if (impl_->thread.joinable()) impl_->thread.join();
}

void GroupThread::post(Job job) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->running) {
      impl_->jobs.push_back(std::move(job));
      impl_->arrived.notify_one();
      return;
    }
  }
  const std::lock_guard lock(impl_->after_stop);
  job(impl_->coordinator, impl_->now());
  impl_->coordinator.flush();
}

void GroupThread::Impl::drain(std::unique_lock<std::mutex>& lock) {
  std::deque<Job> taken;
  taken.swap(jobs);
  lock.unlock();
  for (const Job& job : taken) job(coordinator, now());
  coordinator.flush();
  coordinator.advance(now());
  lock.lock();
}

void GroupThread::Impl::run() {
  const std::lock_guard after(after_stop);
  std::unique_lock lock(mutex);
  while (running) {
    const int64_t deadline = coordinator.next_deadline_ms();
    const auto ready = [this] { return !running || !jobs.empty(); };
    if (deadline == kNoDeadline) {
      arrived.wait(lock, ready);
    } else {
      arrived.wait_until(
          lock, std::chrono::steady_clock::time_point(std::chrono::milliseconds(deadline)), ready);
    }
    drain(lock);
  }
  drain(lock);  // what came before the stop
  coordinator.drop_parked();
}

}  // namespace millrace::kafka
