// SPDX-License-Identifier: Apache-2.0
#include "control/group_reset.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/limits.h"
#include "control/record_search.h"
#include "control/record_stream.h"
#include "control/views.h"

namespace millrace::control {
namespace {

struct Reset {
  std::string topic;
  storage::Offset to;
  json::Value view;
};

bool is_time(const std::string& text) {
  return text != "latest" && text != "earliest" &&
         text.find_first_not_of("0123456789") != std::string::npos;
}

std::optional<int64_t> committed_offset(const ApiContext& context, const store::GroupRow& group,
                                        const std::string& topic) {
  const std::optional<kafka::GroupView> live = context.viewer.group(group.id);
  if (!live) return std::nullopt;
  for (const kafka::CommittedOffset& offset : live->offsets) {
    if (offset.topic == topic && offset.partition == 0 && offset.offset >= 0) return offset.offset;
  }
  return std::nullopt;
}

std::vector<std::string> connected_clients(const ApiContext& context,
                                           const store::GroupRow& group) {
  std::vector<std::string> out;
  for (const kafka::ConnectionView& connection : context.viewer.connections()) {
    if (connection.group_id != group.id) continue;
    out.push_back(connection.client_id.empty() ? connection.peer
                                               : connection.peer + " " + connection.client_id);
  }
  return out;
}

// The first record from there on that is a change; null when there is none among the next ones.
Result<json::Value> first_change(const storage::LogReader& log, storage::Offset from) {
  const RecordSearch search{.filter = {.kinds = {"INSERT", "UPDATE", "DELETE", "DDL"},
                                       .table = "",
                                       .key = "",
                                       .column = "",
                                       .has = ""},
                            .from = from,
                            .to = log.view().high_watermark,
                            .newest_first = false,
                            .limit = 1,
                            .max_bytes = kMaxLagScanBytes};
  const json::Value found = TRY(search_records(log, search));
  const json::Array& records = *found.find("records")->array();
  return records.empty() ? json::Value() : records.front();
}

Result<json::Value> time_at(const storage::LogReader& log, storage::Offset offset) {
  const RecordSearch search{.filter = {},
                            .from = offset,
                            .to = {offset.value + 1},
                            .newest_first = false,
                            .limit = 1,
                            .max_bytes = kMaxLagScanBytes};
  if (offset >= log.view().high_watermark) return json::Value();
  const json::Value found = TRY(search_records(log, search));
  const json::Array& records = *found.find("records")->array();
  return records.empty() ? json::Value() : *records.front().find("time");
}

Result<Reset> plan(const ApiContext& context, const store::GroupRow& group, const std::string& to) {
  if (to.empty()) {
    return Error{Errc::kInvalid,
                 "to is missing: give latest, earliest, an offset, or a time such as "
                 "2026-11-24T04:10:00Z"};
  }
  const task::TaskView task = TRY(context.tasks.find(group.task_id));
  if (task.log == nullptr) {
    return Error{Errc::kIo,
                 fmt::format("the log of task {} does not open: {}", task.record.id, task.reason)};
  }
  Reset reset;
  reset.topic = task.record.topic;
  reset.to = TRY(find_offset(*task.log, to));
  const storage::LogView log = task.log->view();
  const std::optional<int64_t> now = committed_offset(context, group, reset.topic);
  // What retention has removed can be neither read again nor skipped.
  const int64_t from = std::clamp(now.value_or(reset.to.value), log.start.value,
                                  std::max(log.start.value, log.high_watermark.value));
  json::Value clients = json::array();
  for (const std::string& client : connected_clients(context, group)) clients.push(client);
  reset.view = json::object()
                   .set("offset", reset.to.value)
                   .set("time", TRY(time_at(*task.log, reset.to)))
                   .set("now", now)
                   .set("read_again", std::max<int64_t>(0, from - reset.to.value))
                   .set("skipped", std::max<int64_t>(0, reset.to.value - from))
                   .set("past_end", is_time(to) && reset.to >= log.high_watermark)
                   .set("clients", std::move(clients))
                   .set("first", TRY(first_change(*task.log, reset.to)));
  return reset;
}

}  // namespace

Result<json::Value> preview_reset(const ApiContext& context, const store::GroupRow& group,
                                  const std::string& to) {
  return TRY(plan(context, group, to)).view;
}

Result<json::Value> reset_group(ApiContext& context, const store::GroupRow& group,
                                const std::string& to) {
  Reset reset = TRY(plan(context, group, to));
  const std::vector<std::string> clients = connected_clients(context, group);
  if (!clients.empty()) {
    return Error{Errc::kRefused, fmt::format("a client of group {} is connected: {}; stop it first",
                                             group.id, fmt::join(clients, ", "))};
  }
  TRY(context.commands.reset_offset(group.id, reset.topic, reset.to.value, ""));
  return std::move(reset.view);
}

}  // namespace millrace::control
