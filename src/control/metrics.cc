// SPDX-License-Identifier: Apache-2.0
#include "control/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "control/alarms.h"
#include "control/views.h"

namespace millrace::control {
namespace {

// A label's value as the format wants it.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

// Gathers one family: its head once, then a line a value.
class Family {
 public:
  Family(std::string& out, std::string_view name, std::string_view type, std::string_view help)
      : out_(out), name_(name) {
    fmt::format_to(std::back_inserter(out_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                   type);
  }
  template <class T>
  void add(const std::string& labels, T value) {
    fmt::format_to(std::back_inserter(out_), "{}{} {}\n", name_,
                   labels.empty() ? "" : "{" + labels + "}", value);
  }

 private:
  std::string& out_;
  std::string_view name_;
};

std::string labels_of(const task::TaskView& task) {
  return fmt::format("task=\"{}\",topic=\"{}\"", task.record.id, escaped(task.record.topic));
}

struct TaskMetric {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  std::optional<double> (*value)(const task::TaskView& task, int64_t now_ms);
};

template <uint64_t task::TrackerCounters::*kCounter>
std::optional<double> counter(const task::TaskView& task, int64_t) {
  return static_cast<double>(task.tracker.counters.*kCounter);
}

std::optional<double> delay_s(const task::TaskView& task, int64_t now_ms) {
  const std::optional<int64_t> ms = tracking_delay_ms(task, now_ms);
  if (!ms) return std::nullopt;
  return static_cast<double>(*ms) / 1000;
}

template <class Get>
std::optional<double> of_log(const task::TaskView& task, Get get) {
  if (task.log == nullptr) return std::nullopt;
  return static_cast<double>(get(task.log->view()));
}

std::optional<double> log_start(const task::TaskView& task, int64_t) {
  return of_log(task, [](const storage::LogView& log) { return log.start.value; });
}
std::optional<double> log_end(const task::TaskView& task, int64_t) {
  return of_log(task, [](const storage::LogView& log) { return log.high_watermark.value; });
}
std::optional<double> log_bytes(const task::TaskView& task, int64_t) {
  return of_log(task, [](const storage::LogView& log) { return log.bytes; });
}

using task::TrackerCounters;
constexpr TaskMetric kTaskMetrics[] = {
    {"millrace_task_tracking_delay_seconds", "gauge",
     "The source's clock less the time up to which it was read and made visible", delay_s},
    {"millrace_task_records_total", "counter", "Records written, heartbeats included",
     counter<&TrackerCounters::records>},
    {"millrace_task_rows_total", "counter", "Row changes written", counter<&TrackerCounters::rows>},
    {"millrace_task_transactions_total", "counter", "Transactions written",
     counter<&TrackerCounters::transactions>},
    {"millrace_task_ddl_total", "counter", "DDL records written", counter<&TrackerCounters::ddl>},
    {"millrace_task_read_bytes_total", "counter", "Bytes read from the source",
     counter<&TrackerCounters::bytes_read>},
    {"millrace_task_written_bytes_total", "counter", "Bytes written to the log",
     counter<&TrackerCounters::bytes_written>},
    {"millrace_task_filtered_rows_events_total", "counter", "Rows events that were not selected",
     counter<&TrackerCounters::filtered_rows>},
    {"millrace_task_log_start_offset", "gauge", "The oldest offset that is held", log_start},
    {"millrace_task_log_end_offset", "gauge", "The offset behind the newest record", log_end},
    {"millrace_task_log_bytes", "gauge", "Bytes that the log holds", log_bytes},
};

void add_tasks(std::string& out, const std::vector<task::TaskView>& tasks, int64_t now_ms) {
  Family states(out, "millrace_task_state", "gauge", "1 for the state that the task is in");
  for (const task::TaskView& task : tasks) {
    states.add(fmt::format("{},state=\"{}\"", labels_of(task), task::to_string(task.state)), 1);
  }
  for (const TaskMetric& metric : kTaskMetrics) {
    Family family(out, metric.name, metric.type, metric.help);
    for (const task::TaskView& task : tasks) {
      if (const auto value = metric.value(task, now_ms)) family.add(labels_of(task), *value);
    }
  }
}

// By offsets alone: cheap enough for every scrape. The API tells heartbeats apart.
void add_groups(std::string& out, const ApiContext& context,
                const std::vector<task::TaskView>& tasks) {
  Family lag(out, "millrace_group_lag_offsets", "gauge",
             "Offsets between the group's position and the log's end, heartbeats included");
  for (const store::GroupRow& group : context.groups.all()) {
    const std::optional<kafka::GroupView> live = context.viewer.group(group.id);
    for (const task::TaskView& task : tasks) {
      if (!live || task.record.id != group.task_id || task.log == nullptr) continue;
      for (const kafka::CommittedOffset& offset : live->offsets) {
        if (offset.topic != task.record.topic) continue;
        const int64_t end = task.log->view().high_watermark.value;
        lag.add(fmt::format("group=\"{}\",{}", escaped(group.id), labels_of(task)),
                std::max<int64_t>(0, end - offset.offset));
      }
    }
  }
}

void add_alarms(std::string& out, const ApiContext& context,
                const std::vector<task::TaskView>& tasks) {
  Family family(out, "millrace_task_alarm", "gauge",
                "1 for each kind of alarm that holds: disk, retention, clock, damage");
  for (const task::TaskView& task : tasks) {
    const std::vector<Alarm> alarms = alarms_of(context, task);
    for (const AlarmKind kind : kAlarmKinds) {
      const bool holds = std::any_of(alarms.begin(), alarms.end(),
                                     [&](const Alarm& alarm) { return alarm.kind == kind; });
      family.add(fmt::format("{},alarm=\"{}\"", labels_of(task), to_string(kind)), holds ? 1 : 0);
    }
  }
}

// Of the next record that the group has to read.
void add_retention(std::string& out, const ApiContext& context,
                   const std::vector<task::TaskView>& tasks) {
  Family used(out, "millrace_group_retention_used_ratio", "gauge",
              "How much of its retention the group's next record has used; it is removed at 1");
  for (const task::TaskView& task : tasks) {
    for (const store::GroupRow& group : context.groups.of_task(task.record.id)) {
      const auto committed = committed_offset(context, group.id, task.record.topic);
      if (!committed) continue;
      const auto use = retention_use(task, *committed, context.now_ms());
      used.add(fmt::format("group=\"{}\",{}", escaped(group.id), labels_of(task)),
               use ? use->share : 0.0);
    }
  }
}

void add_disk(std::string& out, const task::Disk* disk) {
  if (disk == nullptr) return;
  const task::DiskView view = disk->view();
  const auto one = [&out](std::string_view name, std::string_view help, uint64_t value) {
    Family(out, name, "gauge", help).add("", value);
  };
  one("millrace_disk_free_bytes", "Room on the data folder's disk", view.free_bytes);
  one("millrace_disk_reserve_bytes", "Tasks wait when less than this is free", view.reserve_bytes);
  one("millrace_disk_ballast_bytes", "Given up when the disk is full all the same",
      view.ballast_bytes);
  one("millrace_disk_full", "1 while tasks wait for room", view.is_short ? 1 : 0);
}

void add_endpoint(std::string& out, const kafka::EndpointCounts& counts) {
  const auto one = [&out](std::string_view name, std::string_view type, std::string_view help,
                          uint64_t value) { Family(out, name, type, help).add("", value); };
  one("millrace_kafka_connections", "gauge", "Open connections", counts.connections);
  one("millrace_kafka_accepted_total", "counter", "Connections accepted", counts.accepted);
  one("millrace_kafka_refused_total", "counter", "Connections over a limit", counts.refused);
  one("millrace_kafka_malformed_total", "counter", "Requests that were none", counts.malformed);
  one("millrace_kafka_authentication_failures_total", "counter", "Log-ins refused",
      counts.authentication_failures);
  one("millrace_kafka_requests_total", "counter", "Requests", counts.requests);
  one("millrace_kafka_fetches_total", "counter", "Fetch requests", counts.fetches);
  one("millrace_kafka_received_bytes_total", "counter", "Bytes received", counts.bytes_in);
  one("millrace_kafka_sent_bytes_total", "counter", "Bytes sent", counts.bytes_out);
  one("millrace_kafka_parked_fetches", "gauge", "Fetches that wait for records",
      counts.parked_fetches);
  one("millrace_kafka_fetch_sessions", "gauge", "Fetch sessions that are kept",
      counts.fetch_sessions);
}

}  // namespace

std::string metrics_text(const ApiContext& context) {
  std::string out;
  Family(out, "millrace_build_info", "gauge", "1; the version is a label")
      .add(fmt::format("version=\"{}\"", escaped(context.version)), 1);
  Family(out, "millrace_start_time_seconds", "gauge", "When the process began")
      .add("", context.started_ms / 1000);
  const std::vector<task::TaskView> tasks = context.tasks.list();
  add_tasks(out, tasks, context.now_ms());
  add_groups(out, context, tasks);
  add_retention(out, context, tasks);
  add_alarms(out, context, tasks);
  add_disk(out, context.disk);
  add_endpoint(out, context.viewer.counts());
  return out;
}

}  // namespace millrace::control
