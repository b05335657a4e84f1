// SPDX-License-Identifier: Apache-2.0
// A shared pool of threads and strands on it. A strand's job runs on one thread at a time and never
// twice at once: the encode and append stages of every task run so.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace millrace {

class Strand;

class Executor {
 public:
  explicit Executor(size_t threads);
  // Runs what was posted before, then stops. No strand may be woken afterwards.
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

 private:
  friend class Strand;
  void post(std::shared_ptr<Strand> strand);
  void work();

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::shared_ptr<Strand>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

// A job that is run once for any number of wake() calls since its last run began. The job does what
// there is to do in bounded time and returns; it calls wake() itself when more is left.
class Strand : public std::enable_shared_from_this<Strand> {
 public:
  static std::shared_ptr<Strand> make(Executor& executor, std::function<void()> job);
  // From any thread; cheap when the job is due already.
  void wake();
  // After it no run is under way and none begins. Not from within the job.
  void close();

 private:
  friend class Executor;
  enum State : int { kIdle, kDue, kRunning, kRunningDue };
  Strand(Executor& executor, std::function<void()> job);
  void run();

  Executor& executor_;
  std::function<void()> job_;
  std::atomic<int> state_{kIdle};
  std::mutex running_;
  bool closed_ = false;  // under running_
};

}  // namespace millrace
