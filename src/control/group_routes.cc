// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>

#include "control/api.h"
#include "control/group_reset.h"
#include "control/views.h"

namespace millrace::control {
namespace {

Error no_such_group(const std::string& id) {
  return {Errc::kNotFound, fmt::format("there is no group {}: millrace group list shows them", id)};
}

Result<store::GroupRow> find_group(const ApiContext& context, const Call& call) {
  std::optional<store::GroupRow> group = context.groups.find(call.parameter("group"));
  if (!group) return no_such_group(call.parameter("group"));
  return std::move(*group);
}

Result<HttpResponse> list_groups(ApiContext& context, const Call& call) {
  std::string only;
  if (const std::string task = call.query("task"); !task.empty()) {
    only = TRY(context.tasks.find(task)).record.id;
  }
  std::map<std::string, task::TaskView> tasks;
  for (task::TaskView& task : context.tasks.list()) tasks.emplace(task.record.id, std::move(task));
  json::Value groups = json::array();
  for (const store::GroupRow& group : context.groups.all()) {
    if (!only.empty() && group.task_id != only) continue;
    const auto task = tasks.find(group.task_id);
    groups.push(group_view(context, group, task == tasks.end() ? nullptr : &task->second));
  }
  return json_response(json::object().set("groups", std::move(groups)));
}

json::Value whole_view(const ApiContext& context, const store::GroupRow& group) {
  const Result<task::TaskView> task = context.tasks.find(group.task_id);
  return group_view(context, group, task ? &*task : nullptr);
}

Result<HttpResponse> show_group(ApiContext& context, const Call& call) {
  return json_response(whole_view(context, TRY(find_group(context, call))));
}

Result<HttpResponse> create_group(ApiContext& context, const Call& call) {
  const json::Value body = TRY(call.body());
  json::Reader in(body, "the body");
  store::NewGroup group;
  const std::string task = TRY(in.text("task")).value_or("");
  group.account = TRY(in.text("account")).value_or("");
  group.name = TRY(in.text("name")).value_or("");
  group.id = TRY(in.text("id")).value_or("");
  group.password = TRY(in.text("password")).value_or("");
  group.networks = TRY(in.texts("networks")).value_or(group.networks);
  TRY(in.done());
  const task::TaskView found = TRY(context.tasks.find(task));
  if (found.state == task::State::kDeleting) {
    return Error{Errc::kRefused, "the task is being deleted"};
  }
  group.task_id = found.record.id;
  const store::GroupRow made = TRY(context.groups.add(group, context.now_ms()));
  TRY(audit(context, call, "group create", made.id,
            json::write(json::object().set("task", group.task_id).set("account", made.account))));
  return json_response(group_view(context, made, &found), 201);
}

Result<HttpResponse> set_password(ApiContext& context, const Call& call) {
  const store::GroupRow group = TRY(find_group(context, call));
  const json::Value body = TRY(call.body());
  json::Reader in(body, "the body");
  const std::string password = TRY(in.text("password")).value_or("");
  TRY(in.done());
  TRY(context.groups.set_password(group.id, password));
  TRY(audit(context, call, "group password", group.id));
  context.commands.disconnect_group(group.id);
  return json_response(whole_view(context, group));
}

Result<HttpResponse> reset_position(ApiContext& context, const Call& call) {
  const store::GroupRow group = TRY(find_group(context, call));
  const json::Value body = TRY(call.body());
  json::Reader in(body, "the body");
  const std::string to = TRY(in.text("to")).value_or("");
  const bool preview = TRY(in.boolean("preview")).value_or(false);
  TRY(in.done());
  if (preview) return json_response(TRY(preview_reset(context, group, to)));
  const json::Value done = TRY(reset_group(context, group, to));
  TRY(audit(context, call, "group reset", group.id,
            json::write(json::object()
                            .set("to", to)
                            .set("offset", *done.find("offset"))
                            .set("before", *done.find("now")))));
  return json_response(done);
}

// Who is connected connects again, and is then asked from where.
Result<HttpResponse> set_networks(ApiContext& context, const Call& call) {
  const store::GroupRow group = TRY(find_group(context, call));
  const json::Value body = TRY(call.body());
  json::Reader in(body, "the body");
  const auto networks = TRY(in.texts("networks")).value_or(std::vector<std::string>());
  TRY(in.done());
  TRY(context.groups.set_networks(group.id, networks));
  TRY(audit(context, call, "group networks", group.id,
            fmt::format("{}", fmt::join(networks, " "))));
  context.commands.disconnect_group(group.id);
  return json_response(whole_view(context, TRY(find_group(context, call))));
}

Result<HttpResponse> delete_group(ApiContext& context, const Call& call) {
  const store::GroupRow group = TRY(find_group(context, call));
  TRY(audit(context, call, "group delete", group.id, group.account));
  TRY(context.groups.remove(group.id));
  TRY(forget_group(context, group.id));
  return json_response(json::object().set("deleted", group.id));
}

}  // namespace

Status forget_group(ApiContext& context, const std::string& group_id) {
  context.commands.disconnect_group(group_id);
  return context.commands.delete_group(group_id, true);
}

void add_group_routes(Router& router, ApiContext& context) {
  using Handler = Result<HttpResponse> (*)(ApiContext&, const Call&);
  const auto bound = [&context](Handler handler) {
    return [&context, handler](const Call& call) { return handler(context, call); };
  };
  router.add({.method = "GET",
              .path = "/api/v1/groups",
              .summary = "The consumer groups, with how far each is behind",
              .handler = bound(list_groups),
              .query = {{"task", "only those of this task"}},
              .response = "Groups"});
  router.add({.method = "POST",
              .path = "/api/v1/groups",
              .summary = "Makes a group: an ID, an account and a password, of one task",
              .handler = bound(create_group),
              .request = "NewGroup",
              .response = "Group",
              .status = 201});
  router.add({.method = "GET",
              .path = "/api/v1/groups/{group}",
              .summary = "One group, by its ID",
              .handler = bound(show_group),
              .response = "Group"});
  router.add({.method = "PUT",
              .path = "/api/v1/groups/{group}/password",
              .summary = "Sets another password and cuts the group's connections",
              .handler = bound(set_password),
              .request = "Password",
              .response = "Group"});
  router.add({.method = "POST",
              .path = "/api/v1/groups/{group}/reset",
              .summary = "Moves a group's position, or with preview says only what would happen; "
                         "refused while a client is connected",
              .handler = bound(reset_position),
              .request = "Reset",
              .response = "ResetResult"});
  router.add({.method = "PUT",
              .path = "/api/v1/groups/{group}/networks",
              .summary = "Sets from where the group's clients may come, and cuts its connections",
              .handler = bound(set_networks),
              .request = "Networks",
              .response = "Group"});
  router.add({.method = "DELETE",
              .path = "/api/v1/groups/{group}",
              .summary = "Deletes a group, its position too, and cuts its connections",
              .handler = bound(delete_group)});
}

}  // namespace millrace::control
