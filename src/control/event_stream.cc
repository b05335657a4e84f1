// SPDX-License-Identifier: Apache-2.0
#include "control/event_stream.h"

#include <atomic>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/json.h"
#include "base/ticker.h"
#include "control/alarms.h"
#include "control/views.h"

namespace millrace::control {
namespace {

class EventStream final : public BodyStream {
 public:
  explicit EventStream(const ApiContext& context) : context_(context) {}
  ~EventStream() override {
    if (ticket_ != 0) context_.ticker.remove(ticket_);
  }
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  void on_ready(std::function<void()> wake) override {
    ticket_ = context_.ticker.add([this, wake = std::move(wake)] {
      due_ = true;
      wake();
    });
  }

  Next next(std::string& out) override {
    if (!due_.exchange(false)) return Next::kWait;
    if (std::exchange(first_, false)) {
      begin(out);
    } else {
      go_on(out);
    }
    event("tick", json::write(json::object().set("now", time_view(context_.now_ms()))), out);
    return Next::kWait;
  }

 private:
  static void event(std::string_view name, std::string_view data, std::string& out) {
    out.append("event: ").append(name).append("\ndata: ").append(data).append("\n\n");
  }

  json::Value view_of(const task::TaskView& task) const {
    return task_view(task, context_.now_ms()).set("alarms", alarms_view(alarms_of(context_, task)));
  }

  void begin(std::string& out) {
    out += "retry: 1000\n\n";
    json::Value tasks = json::array();
    for (const task::TaskView& task : context_.tasks.list()) {
      json::Value view = view_of(task);
      sent_[task.record.id] = json::write(view);
      tasks.push(std::move(view));
    }
    event("tasks", json::write(json::object().set("tasks", std::move(tasks))), out);
  }

  void go_on(std::string& out) {
    std::set<std::string> gone;
    for (const auto& [id, text] : sent_) gone.insert(id);
    for (const task::TaskView& task : context_.tasks.list()) {
      gone.erase(task.record.id);
      std::string text = json::write(view_of(task));
      std::string& known = sent_[task.record.id];
      if (known == text) continue;
      event("task", text, out);
      known = std::move(text);
    }
    for (const std::string& id : gone) {
      sent_.erase(id);
      event("gone", json::write(json::object().set("id", id)), out);
    }
  }

  const ApiContext& context_;
  uint64_t ticket_ = 0;
  std::atomic<bool> due_{true};
  bool first_ = true;
  std::map<std::string, std::string> sent_;  // each task as it was last told
};

}  // namespace

std::shared_ptr<BodyStream> make_event_stream(const ApiContext& context) {
  return std::make_shared<EventStream>(context);
}

}  // namespace millrace::control
