// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "control/alarms.h"
#include "control/api.h"
#include "control/views.h"

namespace millrace::control {
namespace {

Result<HttpResponse> list_tasks(ApiContext& context) {
  json::Value tasks = json::array();
  for (const task::TaskView& task : context.tasks.list()) {
    tasks.push(
        task_view(task, context.now_ms()).set("alarms", alarms_view(alarms_of(context, task))));
  }
  return json_response(json::object().set("tasks", std::move(tasks)));
}

json::Value whole_view(ApiContext& context, const task::TaskView& task) {
  json::Value out = task_view(task, context.now_ms());
  out.set("alarms", alarms_view(alarms_of(context, task)));
  out.set("precheck", precheck_view(task.precheck));
  json::Value groups = json::array();
  for (const store::GroupRow& group : context.groups.of_task(task.record.id)) {
    groups.push(json::object().set("id", group.id).set("name", group.name));
  }
  out.set("groups", std::move(groups));
  return out;
}

Result<HttpResponse> show_task(ApiContext& context, const Call& call) {
  const task::TaskView task = TRY(context.tasks.find(call.parameter("task")));
  return json_response(whole_view(context, task));
}

// A name that no listener has would make the task reachable by nobody.
Status check_listeners(const ApiContext& context, const task::TaskSpec& spec) {
  std::vector<std::string> names;
  names.reserve(context.listeners.size());
  for (const ListenerView& listener : context.listeners) names.push_back(listener.name);
  for (const std::string& wanted : spec.listeners) {
    if (std::find(names.begin(), names.end(), wanted) != names.end()) continue;
    return Error{Errc::kInvalid, fmt::format("there is no listener \"{}\"; there are {}", wanted,
                                             fmt::join(names, ", "))};
  }
  return Done{};
}

// The body is a spec with `name` and `start` beside its members.
Result<HttpResponse> create_task(ApiContext& context, const Call& call) {
  const json::Value body = TRY(call.body());
  if (body.object() == nullptr) return Error{Errc::kInvalid, "the body must be an object"};
  std::string name;
  bool start = true;
  json::Value rest = json::object();
  for (const json::Member& member : *body.object()) {
    if (member.name == "name" && member.value.text() != nullptr) {
      name = *member.value.text();
    } else if (member.name == "start" && member.value.boolean() != nullptr) {
      start = *member.value.boolean();
    } else {
      rest.set(member.name, member.value);
    }
  }
  const task::TaskSpec spec = TRY(task::spec_from_request(rest));
  TRY(check_listeners(context, spec));
  const task::TaskView task = TRY(context.tasks.create(name, spec, start));
  TRY(audit(
      context, call, "task create", task.record.id,
      json::write(
          json::object().set("name", name).set("spec", task::spec_for_people(task.record.spec)))));
  return json_response(whole_view(context, task), 202);
}

// What is said beside "start" about where to go on, and for the audit trail, without its SQL.
Result<task::StartOrder> read_order(json::Reader& in) {
  task::StartOrder order;
  if (const auto from = TRY(in.text("from"))) order.from = TRY(capture::parse_start_point(*from));
  order.schema_sql = TRY(in.text("schema")).value_or("");
  order.binlog_dir = TRY(in.text("binlog_dir")).value_or("");
  order.accept_gap = TRY(in.boolean("accept_gap")).value_or(false);
  order.accept_server = TRY(in.boolean("accept_server")).value_or(false);
  order.reason = TRY(in.text("reason")).value_or("");
  return order;
}

std::string order_text(const task::StartOrder& order, const std::vector<std::string>& skip) {
  std::string out;
  const auto say = [&out](const std::string& what) { out += (out.empty() ? "" : "; ") + what; };
  if (order.from) say("from " + capture::start_point_text(*order.from));
  if (!order.schema_sql.empty()) say("with definitions");
  if (!order.binlog_dir.empty()) say("binlog files in " + order.binlog_dir);
  if (order.accept_gap) say("a gap is accepted");
  if (order.accept_server) say("the server is accepted");
  if (!skip.empty()) say(fmt::format("skip checks: {}", fmt::join(skip, ", ")));
  if (!order.reason.empty()) say("reason: " + order.reason);
  return out;
}

Result<HttpResponse> start_task(ApiContext& context, const Call& call) {
  const json::Value body = TRY(call.body());
  json::Reader in(body, "the body");
  const auto skip = TRY(in.texts("skip_checks")).value_or(std::vector<std::string>());
  const task::StartOrder order = TRY(read_order(in));
  TRY(in.done());
  TRY(task::check_order(order));
  const task::TaskView found = TRY(context.tasks.find(call.parameter("task")));
  const std::string& id = found.record.id;
  TRY(audit(context, call, "task start", id, order_text(order, skip)));
  return json_response(whole_view(context, TRY(context.tasks.start(id, skip, order))), 202);
}

Result<HttpResponse> pause_task(ApiContext& context, const Call& call) {
  const task::TaskView found = TRY(context.tasks.find(call.parameter("task")));
  TRY(audit(context, call, "task pause", found.record.id));
  return json_response(whole_view(context, TRY(context.tasks.pause(found.record.id))));
}

Result<HttpResponse> check_task(ApiContext& context, const Call& call) {
  const task::TaskView found = TRY(context.tasks.find(call.parameter("task")));
  return json_response(whole_view(context, TRY(context.tasks.check(found.record.id))), 202);
}

Result<HttpResponse> delete_task(ApiContext& context, const Call& call) {
  const task::TaskView found = TRY(context.tasks.find(call.parameter("task")));
  TRY(audit(context, call, "task delete", found.record.id, found.record.name));
  TRY(context.tasks.remove(found.record.id));
  return json_response(json::object().set("deleted", found.record.id));
}

}  // namespace

void add_task_routes(Router& router, ApiContext& context) {
  using Handler = Result<HttpResponse> (*)(ApiContext&, const Call&);
  const auto bound = [&context](Handler handler) {
    return [&context, handler](const Call& call) { return handler(context, call); };
  };
  router.add({.method = "GET",
              .path = "/api/v1/tasks",
              .summary = "All tasks",
              .handler = [&context](const Call&) { return list_tasks(context); },
              .response = "Tasks"});
  router.add({.method = "POST",
              .path = "/api/v1/tasks",
              .summary = "Makes a task; checks its source in the background, then starts it",
              .handler = bound(create_task),
              .request = "NewTask",
              .response = "Task",
              .status = 202});
  router.add({.method = "GET",
              .path = "/api/v1/tasks/{task}",
              .summary = "One task, by its ID or a name that is unique",
              .handler = bound(show_task),
              .response = "Task"});
  router.add({.method = "DELETE",
              .path = "/api/v1/tasks/{task}",
              .summary = "Deletes a task, its records and its groups",
              .handler = bound(delete_task)});
  router.add({.method = "POST",
              .path = "/api/v1/tasks/{task}/start",
              .summary = "Starts a task, or goes on with a paused or failed one",
              .handler = bound(start_task),
              .request = "Start",
              .response = "Task",
              .status = 202});
  router.add({.method = "POST",
              .path = "/api/v1/tasks/{task}/pause",
              .summary = "Pauses a task; its records stay readable",
              .handler = bound(pause_task),
              .response = "Task"});
  router.add({.method = "POST",
              .path = "/api/v1/tasks/{task}/precheck",
              .summary = "Checks the source again, in the background",
              .handler = bound(check_task),
              .response = "Task",
              .status = 202});
}

}  // namespace millrace::control
