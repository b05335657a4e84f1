// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "control/api.h"
#include "control/limits.h"
#include "control/record_search.h"
#include "control/record_stream.h"
#include "format/dts_avro/record.h"

namespace millrace::control {
namespace {

Result<bool> yes_or_no(const Call& call, const std::string& name) {
  const std::string text = call.query(name);
  if (text.empty() || text == "false") return false;
  if (text == "true") return true;
  return Error{Errc::kInvalid, fmt::format("{} \"{}\": give true or false", name, text)};
}

Result<RecordFormat> format_of(const Call& call) {
  const std::string text = call.query("format");
  if (text.empty() || text == "json") return RecordFormat::kJson;
  if (text == "dts-avro") return RecordFormat::kDtsAvro;
  if (text == "cells") return RecordFormat::kCells;
  return Error{Errc::kInvalid, fmt::format("format \"{}\": give json, cells or dts-avro", text)};
}

Result<task::TaskView> task_with_log(const ApiContext& context, const Call& call) {
  task::TaskView task = TRY(context.tasks.find(call.parameter("task")));
  if (task.log == nullptr) {
    return Error{Errc::kIo,
                 fmt::format("the log of task {} does not open: {}", task.record.id, task.reason)};
  }
  return task;
}

Result<HttpResponse> read_records(ApiContext& context, const Call& call) {
  const task::TaskView task = TRY(task_with_log(context, call));
  RecordQuery query;
  query.format = TRY(format_of(call));
  query.follow = TRY(yes_or_no(call, "follow"));
  query.limit = TRY(call.count("limit"));
  query.from = TRY(find_offset(*task.log, call.query("from")));
  HttpResponse response;
  response.content_type =
      query.format == RecordFormat::kDtsAvro ? "application/octet-stream" : "application/x-ndjson";
  response.stream = make_record_stream(task.log, query);
  return response;
}

// Where the log has `text`, cut to what it holds: a search may begin before it and end after it.
Result<storage::Offset> border(const storage::LogReader& log, const std::string& text) {
  int64_t offset = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), offset);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()) {
    const storage::LogView view = log.view();
    return storage::Offset{std::clamp(offset, view.start.value, view.high_watermark.value)};
  }
  return find_offset(log, text);
}

Result<RecordFilter> filter_of(const Call& call) {
  RecordFilter filter{.kinds = {},
                      .table = call.query("table"),
                      .key = call.query("key"),
                      .column = call.query("column"),
                      .has = call.query("has")};
  std::string kinds = call.query("kinds");
  for (size_t begin = 0; begin < kinds.size();) {
    const size_t end = std::min(kinds.find(',', begin), kinds.size());
    const std::string kind = kinds.substr(begin, end - begin);
    const auto& known = format::dts_avro::kOperationNames;
    if (std::find(known.begin(), known.end(), kind) == known.end()) {
      return Error{Errc::kInvalid,
                   fmt::format("kinds \"{}\": give INSERT, UPDATE, DELETE, DDL, BEGIN, COMMIT or "
                               "HEARTBEAT",
                               kind)};
    }
    filter.kinds.insert(kind);
    begin = end + 1;
  }
  return filter;
}

Result<HttpResponse> find_records(ApiContext& context, const Call& call) {
  const task::TaskView task = TRY(task_with_log(context, call));
  const std::string order = call.query("order");
  if (!order.empty() && order != "newest" && order != "oldest") {
    return Error{Errc::kInvalid, fmt::format("order \"{}\": give newest or oldest", order)};
  }
  const std::string from = call.query("from"), to = call.query("to");
  RecordSearch search{.filter = TRY(filter_of(call)),
                      .from = TRY(border(*task.log, from.empty() ? "earliest" : from)),
                      .to = TRY(border(*task.log, to.empty() ? "latest" : to)),
                      .newest_first = order != "oldest",
                      .max_bytes = kMaxSearchBytes};
  search.limit = std::min(TRY(call.count("limit")).value_or(search.limit), kMaxSearchRecords);
  return json_response(TRY(search_records(*task.log, search)));
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
                  "json: one object a line (the default); cells: a FoundRecord a line; dts-avro: "
                  "4-byte big-endian length, then the record"}},
       .content_type = "application/x-ndjson"});
  router.add(
      {.method = "GET",
       .path = "/api/v1/tasks/{task}/records/search",
       .summary =
           "Some of the task's records, with their offsets; one call looks at a bounded part "
           "of the log",
       .handler = [&context](const Call& call) { return find_records(context, call); },
       .query = {{"from", "an offset, an RFC 3339 time, earliest (the default) or latest"},
                 {"to", "likewise, not itself; latest is the default"},
                 {"order", "newest first (the default), or oldest"},
                 {"kinds", "INSERT,UPDATE ...: only these; all if absent"},
                 {"table", "database.table: only its records"},
                 {"key", "the text of a column of the primary key"},
                 {"column", "where \"has\" looks; in all columns if absent"},
                 {"has", "a part of a value's text"},
                 {"limit", "at most that many records, 20 if absent, 200 at most"}},
       .response = "FoundRecords"});
}

}  // namespace millrace::control
