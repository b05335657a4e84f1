// SPDX-License-Identifier: Apache-2.0
// A tracker that reads nothing and says what a test tells it to.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "task/tracker.h"

namespace millrace::task {

class FakeLog final : public storage::LogReader {
 public:
  storage::LogView view() const override {
    storage::LogView view;
    view.high_watermark = {1234};
    view.leader_epoch = 2;
    return view;
  }
  Result<storage::FileRange> read(storage::Offset, size_t, bool) const override {
    return storage::FileRange{};
  }
  Result<std::optional<storage::TimeMatch>> find_time(int64_t) const override {
    return std::optional<storage::TimeMatch>();
  }
  std::optional<std::pair<int32_t, storage::Offset>> epoch_end(int32_t) const override {
    return std::nullopt;
  }
  uint64_t watch(std::function<void()>) override { return 1; }
  void unwatch(uint64_t) override {}
};

class FakeTracker final : public Tracker {
 public:
  FakeTracker(TrackerChanged changed, std::atomic<int>& starts)
      : changed_(std::move(changed)), starts_(starts) {}
  void start(const StartOrder& order) override {
    order_ = order;
    ++starts_;
  }
  const StartOrder& order() const { return order_; }
  // As if it had read up to there.
  void stand_at(const change::Position& position) {
    const std::lock_guard lock(mutex_);
    status_.position = position;
  }
  void stop() override {
    const std::lock_guard lock(mutex_);
    status_.phase = Phase::kStopped;
  }
  TrackerStatus status() const override {
    const std::lock_guard lock(mutex_);
    return status_;
  }
  std::shared_ptr<storage::LogReader> log() const override { return log_; }
  Result<storage::VerifyReport> verify(const storage::VerifyProgress& progress) const override {
    if (progress && !progress(50)) return Error{Errc::kCancelled, "stopped"};
    const std::lock_guard lock(mutex_);
    return report_;
  }
  void resume_retention() override {}
  Status back_up(const std::string&, const io::CopyProgress&) override { return Done{}; }
  uint64_t bytes_on_disk() const override { return 100; }
  std::string loss() const override { return ""; }
  // What verify() says from here on.
  void damage(storage::Damage damage) {
    const std::lock_guard lock(mutex_);
    report_.damage.push_back(std::move(damage));
  }
  void change(const std::function<void(TrackerStatus&)>& change) {
    const std::lock_guard lock(mutex_);
    change(status_);
  }
  void say(Phase phase, const std::string& reason = "") {
    TrackerStatus status;
    {
      const std::lock_guard lock(mutex_);
      status_.phase = phase;
      status_.reason = reason;
      status = status_;
    }
    changed_(status);
  }

 private:
  StartOrder order_;
  TrackerChanged changed_;
  std::atomic<int>& starts_;
  mutable std::mutex mutex_;
  TrackerStatus status_;
  storage::VerifyReport report_;
  std::shared_ptr<FakeLog> log_ = std::make_shared<FakeLog>();
};

}  // namespace millrace::task
