// SPDX-License-Identifier: Apache-2.0
// The thread that owns the coordinator. Everything that concerns groups is posted to it and runs in
// order; commits that wait at the same time are written together.
#pragma once

#include <functional>
#include <future>
#include <memory>

#include "base/result.h"
#include "kafka/group/coordinator.h"
#include "kafka/limits.h"

namespace millrace::kafka {

class GroupThread {
 public:
  using Job = std::function<void(Coordinator&, Now)>;

  // `wall_ms` is the clock for what is kept.
  GroupThread(GroupPersistence& persistence, const Limits& limits,
              std::function<int64_t()> wall_ms);
  ~GroupThread();
  // Loads the groups, then runs.
  Status start();
  // Flushes commits and ends. Jobs posted later are run by whoever posts them.
  void stop();
  void post(Job job);
  // Runs `ask` on the thread and waits for what it returns. Not from the thread itself.
  template <class Ask>
  auto ask(Ask ask) {
    using Answer = decltype(ask(std::declval<Coordinator&>(), Now{}));
    auto promise = std::make_shared<std::promise<Answer>>();
    std::future<Answer> answer = promise->get_future();
    post([ask, promise](Coordinator& groups, Now now) { promise->set_value(ask(groups, now)); });
    return answer.get();
  }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::kafka
