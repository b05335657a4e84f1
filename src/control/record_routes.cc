// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>

#include "control/api.h"
#include "control/record_stream.h"

namespace millrace::control {
namespace {

Result<bool> yes_or_no(const Call& call, const std::string& name) {
  const std::string text = call.query(name);
  if (text.empty() || text == "false") return false;
  if (text == "true") return true;
  return Error{Errc::kInvalid, fmt::format("{} \"{}\": give true or false", name, text)};
}

Result<std::optional<int64_t>> count(const Call& call, const std::string& name) {
  const std::string text = call.query(name);
  if (text.empty()) return std::optional<int64_t>();
  int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || value < 1) {
    return Error{Errc::kInvalid, fmt::format("{} \"{}\": give a whole number from 1", name, text)};
  }
  return std::optional<int64_t>(value);
}

Result<RecordFormat> format_of(const Call& call) {
  const std::string text = call.query("format");
  if (text.empty() || text == "json") return RecordFormat::kJson;
  if (text == "dts-avro") return RecordFormat::kDtsAvro;
  return Error{Errc::kInvalid, fmt::format("format \"{}\": give json or dts-avro", text)};
}

Result<HttpResponse> read_records(ApiContext& context, const Call& call) {
  const task::TaskView task = TRY(context.tasks.find(call.parameter("task")));
  if (task.log == nullptr) {
    return Error{Errc::kIo,
                 fmt::format("the log of task {} does not open: {}", task.record.id, task.reason)};
  }
  RecordQuery query;
  query.format = TRY(format_of(call));
  query.follow = TRY(yes_or_no(call, "follow"));
  query.limit = TRY(count(call, "limit"));
  query.from = TRY(find_offset(*task.log, call.query("from")));
  HttpResponse response;
  response.content_type =
      query.format == RecordFormat::kJson ? "application/x-ndjson" : "application/octet-stream";
  response.stream = make_record_stream(task.log, query);
  return response;
}

}  // namespace

void add_record_routes(Router& router, ApiContext& context) {
  router.add(
      {.method = "GET",
       .path = "/api/v1/tasks/{task}/records",
       .summary = "The task's records from a place on, as a stream",
       .handler = [&context](const Call& call) { return read_records(context, call); },
       .query = {{"from", "latest (the default), earliest, an offset or an RFC 3339 time"},
                 {"follow", "true: goes on with new records for as long as the client reads"},
                 {"limit", "ends after that many records"},
                 {"format",
                  "json: one object a line (the default); dts-avro: 4-byte "
                  "big-endian length, then the record"}},
       .content_type = "application/x-ndjson"});
}

}  // namespace millrace::control
