// SPDX-License-Identifier: Apache-2.0
// What the service says of itself: health, metrics, formats, events, the audit trail.
#include <algorithm>

#include "base/units.h"
#include "control/api.h"
#include "control/event_stream.h"
#include "control/metrics.h"
#include "control/problem.h"
#include "control/views.h"
#include "format/dts_avro/record_schema.h"

namespace millrace::control {
namespace {

constexpr int64_t kRetryingIsReadyMs = 60'000;

HttpResponse text_response(std::string body, std::string content_type, int status = 200) {
  HttpResponse response;
  response.status = status;
  response.content_type = std::move(content_type);
  response.body = std::move(body);
  return response;
}

// Whether this task's state says that the service does what people asked it to.
bool is_ready(const task::TaskView& task, int64_t now_ms) {
  if (!task.run) return true;
  switch (task.state) {
    case task::State::kStarting:
    case task::State::kRunning:
    case task::State::kChecking:
    case task::State::kDeleting:
      return true;
    case task::State::kRetrying:
      return now_ms - task.since_ms < kRetryingIsReadyMs;
    default:
      return false;
  }
}

HttpResponse readiness(const ApiContext& context) {
  json::Value waiting = json::array();
  bool ready = true;
  for (const task::TaskView& task : context.tasks.list()) {
    if (is_ready(task, context.now_ms())) continue;
    ready = false;
    waiting.push(json::object()
                     .set("id", task.record.id)
                     .set("state", task::to_string(task.state))
                     .set("since", time_view(task.since_ms))
                     .set("waits_for_disk", task.tracker.waits_for_disk));
  }
  json::Value answer = json::object().set("ready", ready).set("not_ready", std::move(waiting));
  if (context.disk != nullptr) answer.set("disk_full", context.disk->view().is_short);
  return json_response(answer, ready ? 200 : 503);
}

json::Value service_view(const ApiContext& context) {
  json::Value listeners = json::array();
  for (const ListenerView& listener : context.listeners) {
    listeners.push(json::object()
                       .set("name", listener.name)
                       .set("address", listener.address)
                       .set("security", listener.security));
  }
  return json::object()
      .set("version", context.version)
      .set("cluster_id", context.store.cluster_id())
      .set("started", time_view(context.started_ms))
      .set("listeners", std::move(listeners));
}

Result<HttpResponse> events(ApiContext& context) {
  HttpResponse response;
  response.content_type = "text/event-stream";
  response.stream = make_event_stream(context);
  return response;
}

Result<HttpResponse> audit_trail(ApiContext& context, const Call& call) {
  constexpr int64_t kShown = 200, kMost = 5000;
  const int64_t limit = TRY(call.count("limit")).value_or(kShown);
  json::Value entries = json::array();
  for (const store::AuditRow& row :
       TRY(context.store.audit_trail(static_cast<size_t>(std::min(limit, kMost))))) {
    entries.push(json::object()
                     .set("id", row.id)
                     .set("time", time_view(row.time_ms))
                     .set("who", row.who)
                     .set("what", row.what)
                     .set("object", row.object)
                     .set("detail", row.detail));
  }
  return json_response(json::object().set("entries", std::move(entries)));
}

Result<HttpResponse> format_schema(const Call& call) {
  if (call.parameter("format") != "dts-avro") {
    return Error{Errc::kNotFound,
                 "there is no format " + call.parameter("format") + "; there is dts-avro"};
  }
  return text_response(std::string(format::dts_avro::record_schema()), "application/json");
}

}  // namespace

void add_service_routes(Router& router, ApiContext& context) {
  router.add({.method = "GET",
              .path = "/healthz",
              .access = Access::kOpen,
              .summary = "200 as long as the process lives",
              .handler = [](const Call&) -> Result<HttpResponse> {
                return text_response("ok\n", "text/plain");
              },
              .content_type = "text/plain"});
  router.add(
      {.method = "GET",
       .path = "/readyz",
       .access = Access::kOpen,
       .summary = "200 if every started task is starting, running, or retrying for under a "
                  "minute; else 503 and which are not",
       .handler = [&context](const Call&) -> Result<HttpResponse> { return readiness(context); }});
  router.add({.method = "GET",
              .path = "/metrics",
              .access = Access::kOpen,
              .summary = "Metrics in Prometheus's text format",
              .handler = [&context](const Call&) -> Result<HttpResponse> {
                return text_response(metrics_text(context), "text/plain; version=0.0.4");
              },
              .content_type = "text/plain"});
  router.add({.method = "GET",
              .path = "/api/v1/formats/{format}",
              .access = Access::kOpen,
              .summary = "The schema of a record format",
              .handler = format_schema});
  router.add({.method = "GET",
              .path = "/api/v1/service",
              .summary = "Version, cluster ID, and the listeners that Kafka clients may use",
              .handler = [&context](const Call&) -> Result<HttpResponse> {
                return json_response(service_view(context));
              },
              .response = "Service"});
  router.add({.method = "GET",
              .path = "/api/v1/events",
              .summary =
                  "Server-sent events: \"tasks\" with all of them, then \"task\" with each one "
                  "that changed, \"gone\" with a deleted one's ID, \"tick\" each second",
              .handler = [&context](const Call&) { return events(context); },
              .content_type = "text/event-stream"});
  router.add({.method = "GET",
              .path = "/api/v1/audit",
              .summary = "Who did what, newest first",
              .handler = [&context](const Call& call) { return audit_trail(context, call); },
              .query = {{"limit", "that many, 200 if absent"}},
              .response = "Audit"});
}

void add_routes(Router& router, ApiContext& context) {
  router.set_sessions(
      [&context](const HttpRequest& request) { return find_session(context, request); });
  add_service_routes(router, context);
  add_session_routes(router, context);
  add_source_routes(router);
  add_task_routes(router, context);
  add_upkeep_routes(router, context);
  add_record_routes(router, context);
  add_group_routes(router, context);
  add_user_routes(router, context);
  add_openapi_route(router, context);
}

Status audit(ApiContext& context, const Call& call, const std::string& what,
             const std::string& object, const std::string& detail) {
  return context.store.audit({.time_ms = context.now_ms(),
                              .who = call.who(),
                              .what = what,
                              .object = object,
                              .detail = detail});
}

}  // namespace millrace::control
