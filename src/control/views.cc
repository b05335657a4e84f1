// SPDX-License-Identifier: Apache-2.0
#include "control/views.h"

#include <algorithm>
#include <charconv>

#include "base/units.h"
#include "control/alarms.h"
#include "control/lag.h"
#include "control/limits.h"

namespace millrace::control {
namespace {

json::Value position_view(const change::Position& position) {
  if (position.file.empty()) return nullptr;
  return json::object()
      .set("file", position.file)
      .set("offset", position.offset)
      .set("gtids", position.gtids);
}

json::Value counters_view(const task::TrackerCounters& counters) {
  return json::object()
      .set("records", counters.records)
      .set("rows", counters.rows)
      .set("transactions", counters.transactions)
      .set("ddl", counters.ddl)
      .set("bytes_read", counters.bytes_read)
      .set("bytes_written", counters.bytes_written)
      .set("filtered_rows_events", counters.filtered_rows);
}

json::Value log_view(const storage::LogReader* log) {
  if (log == nullptr) return nullptr;
  const storage::LogView view = log->view();
  return json::object()
      .set("start_offset", view.start.value)
      .set("end_offset", view.high_watermark.value)
      .set("leader_epoch", view.leader_epoch)
      .set("bytes", view.bytes)
      .set("newest_record", time_view(view.newest_timestamp_ms));
}

// DTS's clients put the record's time in seconds first (spec 2.5).
std::optional<int64_t> time_in_metadata(const std::string& metadata) {
  int64_t seconds = 0;
  const auto parsed = std::from_chars(metadata.data(), metadata.data() + metadata.size(), seconds);
  constexpr int64_t kMaxSeconds = 99'999'999'999;
  if (parsed.ec != std::errc() || seconds <= 0 || seconds > kMaxSeconds) return std::nullopt;
  return seconds * 1000;
}

json::Value lag_view(const storage::LogReader& log, int64_t committed, int64_t now_ms,
                     std::optional<int64_t>& read_to_ms) {
  const Result<Lag> lag = measure_lag(log, {committed}, kMaxLagScanBytes);
  if (!lag) return nullptr;
  read_to_ms = lag->read_to_ms;
  return json::object()
      .set("records", lag->records)
      .set("heartbeats", lag->heartbeats)
      .set("exact", lag->exact)
      .set("lost_records", lag->lost)
      .set("delay_ms", lag->delay_ms(now_ms));
}

json::Value retention_view(const task::TaskView& task, int64_t committed, int64_t now_ms) {
  const auto use = retention_use(task, committed, now_ms);
  if (!use) return nullptr;
  return json::object()
      .set("used", use->share)
      .set("removed", time_view(use->removed_ms))
      .set("lost", use->lost)
      .set("alarm", use->is_near());
}

json::Value members_view(const kafka::GroupView& group) {
  json::Value members = json::array();
  for (const kafka::MemberView& member : group.members) {
    members.push(json::object()
                     .set("id", member.id)
                     .set("client_id", member.client_id)
                     .set("host", member.host)
                     .set("active", !member.assigned.empty()));
  }
  return members;
}

const kafka::CommittedOffset* offset_of(const std::optional<kafka::GroupView>& group,
                                        const std::string& topic) {
  if (!group) return nullptr;
  for (const kafka::CommittedOffset& offset : group->offsets) {
    if (offset.topic == topic && offset.partition == 0 && offset.offset >= 0) return &offset;
  }
  return nullptr;
}

json::Value server_view(const task::TrackerStatus& tracker) {
  if (tracker.server.uuid.empty() && tracker.server.server_id == 0) return nullptr;
  json::Value uuid = nullptr;
  if (!tracker.server.uuid.empty()) uuid = tracker.server.uuid;
  return json::object().set("uuid", std::move(uuid)).set("server_id", tracker.server.server_id);
}

json::Value healed_view(const task::TrackerStatus& tracker) {
  const auto or_null = [](const std::string& text) {
    return text.empty() ? json::Value() : json::Value(text);
  };
  json::Value healed = json::array();
  for (const task::HealedTable& one : tracker.healed) {
    healed.push(json::object()
                    .set("table", one.table)
                    .set("how", one.how)
                    .set("time", time_view(one.time_ms))
                    .set("file", one.at.file)
                    .set("offset", one.at.offset)
                    .set("gtid", or_null(one.at.gtids))
                    .set("read_at", or_null(one.read_at))
                    .set("statement", or_null(one.statement)));
  }
  return healed;
}

json::Value accepted_view(const task::TrackerStatus& tracker) {
  json::Value accepted = json::array();
  for (const task::Accepted& one : tracker.accepted) {
    accepted.push(json::object()
                      .set("event", task::to_string(one.what))
                      .set("time", time_view(one.time_ms))
                      .set("reason", one.reason)
                      .set("from", one.from)
                      .set("to", one.to));
  }
  return accepted;
}

json::Value texts_view(const std::vector<std::string>& texts) {
  json::Value out = json::array();
  for (const std::string& text : texts) out.push(text);
  return out;
}

}  // namespace

json::Value time_view(int64_t ms) {
  if (ms <= 0) return nullptr;
  return rfc3339_text(ms);
}

std::optional<int64_t> tracking_delay_ms(const task::TaskView& task, int64_t now_ms) {
  const task::TrackerStatus& tracker = task.tracker;
  if (tracker.read_time_ms <= 0) return std::nullopt;
  return std::max<int64_t>(0, now_ms + tracker.source_clock_delta_ms - tracker.read_time_ms);
}

json::Value task_view(const task::TaskView& task, int64_t now_ms) {
  const task::TaskRecord& record = task.record;
  const task::TrackerStatus& tracker = task.tracker;
  json::Value source = nullptr;
  if (!tracker.source.empty()) {
    source = tracker.source;
  } else if (!record.spec.sources.empty()) {
    source = mysql::masked_url(record.spec.sources.front());
  }
  json::Value error = nullptr;
  if (!tracker.last_error.empty()) {
    error = json::object()
                .set("what", tracker.last_error)
                .set("time", time_view(tracker.last_error_ms));
  }
  json::Value prepared = json::array();
  for (const capture::PreparedXa& xa : tracker.prepared_xa) {
    prepared.push(json::object()
                      .set("xid", capture::xid_text(xa.xid))
                      .set("since", time_view(xa.prepared_us / 1000))
                      .set("file", xa.prepared.file)
                      .set("offset", xa.prepared.offset));
  }
  json::Value sources = json::array();
  for (const mysql::ConnectOptions& one : record.spec.sources) sources.push(mysql::masked_url(one));
  return json::object()
      .set("id", record.id)
      .set("name", record.name)
      .set("state", task::to_string(task.state))
      .set("reason", task.reason)
      .set("since", time_view(task.since_ms))
      .set("wanted", task.run ? "running" : "stopped")
      .set("next_attempt",
           task.state == task::State::kRetrying ? time_view(tracker.next_retry_ms) : json::Value())
      .set("source", std::move(source))
      .set("sources", std::move(sources))
      .set("server", server_view(tracker))
      .set("topic", record.topic)
      .set("created", time_view(record.created_ms))
      .set("server_id", record.server_id)
      .set("tracking_delay_ms", tracking_delay_ms(task, now_ms))
      .set("read_to", time_view(tracker.read_time_ms))
      .set("source_clock_delta_ms", tracker.source_clock_delta_ms)
      .set("position", position_view(tracker.position))
      .set("log", log_view(task.log.get()))
      .set("counters", counters_view(tracker.counters))
      .set("prepared_xa", std::move(prepared))
      .set("healed", healed_view(tracker))
      .set("accepted", accepted_view(tracker))
      .set("last_error", std::move(error))
      .set("waits_for_disk", tracker.waits_for_disk)
      .set("spec", task::spec_for_people(record.spec));
}

json::Value items_view(const std::vector<task::PrecheckItem>& items) {
  json::Value out = json::array();
  for (const task::PrecheckItem& item : items) {
    out.push(json::object()
                 .set("id", item.id)
                 .set("title", item.title)
                 .set("level", task::to_string(item.level))
                 .set("evidence", item.evidence)
                 .set("why", item.why)
                 .set("fix", item.fix)
                 .set("can_waive", item.can_waive)
                 .set("source", item.source));
  }
  return out;
}

json::Value precheck_view(const task::PrecheckView& precheck) {
  const Result<json::Value> report = json::parse(precheck.report);
  return json::object()
      .set("running", precheck.running)
      .set("items", items_view(precheck.items))
      .set("report", report ? *report : json::Value());
}

json::Value group_view(const ApiContext& context, const store::GroupRow& group,
                       const task::TaskView* task) {
  const std::optional<kafka::GroupView> live = context.viewer.group(group.id);
  const std::string topic = task == nullptr ? std::string() : task->record.topic;
  const std::vector<std::string> listeners =
      task == nullptr ? std::vector<std::string>() : task->record.spec.listeners;
  json::Value out = json::object()
                        .set("id", group.id)
                        .set("name", group.name)
                        .set("account", group.account)
                        .set("user", store::sasl_user(group))
                        .set("task_id", group.task_id)
                        .set("task", task == nullptr ? json::Value() : task->record.name)
                        .set("topic", topic)
                        .set("created", time_view(group.created_ms))
                        .set("networks", texts_view(group.networks))
                        .set("listeners", texts_view(listeners))
                        .set("state", live ? kafka::name_of(live->state) : "Empty")
                        .set("members", live ? members_view(*live) : json::array());
  json::Value clients = json::array();
  for (const kafka::ConnectionView& connection : context.viewer.connections()) {
    if (connection.group_id != group.id) continue;
    clients.push(json::object()
                     .set("peer", connection.peer)
                     .set("client_id", connection.client_id)
                     .set("software", connection.software)
                     .set("since", time_view(connection.since_ms)));
  }
  out.set("connections", clients.array()->size());
  out.set("clients", std::move(clients));
  const kafka::CommittedOffset* committed = offset_of(live, topic);
  if (committed == nullptr) {
    return std::move(out).set("position", nullptr).set("lag", nullptr).set("retention", nullptr);
  }
  std::optional<int64_t> read_to_ms;
  json::Value lag = nullptr;
  if (task->log != nullptr) {
    lag = lag_view(*task->log, committed->offset, context.now_ms(), read_to_ms);
  }
  if (const auto told = time_in_metadata(committed->metadata)) read_to_ms = told;
  out.set("position", json::object()
                          .set("offset", committed->offset)
                          .set("leader_epoch", committed->leader_epoch)
                          .set("committed", time_view(committed->commit_time_ms))
                          .set("read_to", time_view(read_to_ms.value_or(0))));
  out.set("retention", retention_view(*task, committed->offset, context.now_ms()));
  return std::move(out).set("lag", std::move(lag));
}

}  // namespace millrace::control
