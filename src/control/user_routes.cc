// SPDX-License-Identifier: Apache-2.0
#include "control/api.h"
#include "control/views.h"

namespace millrace::control {
namespace {

json::Value user_view(const store::UserRow& user) {
  return json::object()
      .set("name", user.name)
      .set("role", user.role)
      .set("created", time_view(user.created_ms));
}

Result<HttpResponse> list_users(ApiContext& context, const Call&) {
  json::Value users = json::array();
  for (const store::UserRow& user : context.users.all()) users.push(user_view(user));
  return json_response(json::object().set("users", std::move(users)));
}

Result<HttpResponse> create_user(ApiContext& context, const Call& call) {
  const json::Value body = TRY(call.body());
  json::Reader in(body, "the body");
  const std::string name = TRY(in.text("name")).value_or("");
  const std::string role = TRY(in.text("role")).value_or("admin");
  const std::string password = TRY(in.text("password")).value_or("");
  TRY(in.done());
  const store::UserRow made = TRY(context.users.add(name, role, password, context.now_ms()));
  TRY(audit(context, call, "user create", made.name, made.role));
  return json_response(user_view(made), 201);
}

// Who logged in with the old password, or as the user that is gone, is cut off.
Result<HttpResponse> set_password(ApiContext& context, const Call& call) {
  const std::string& name = call.parameter("user");
  const json::Value body = TRY(call.body());
  json::Reader in(body, "the body");
  const std::string password = TRY(in.text("password")).value_or("");
  TRY(in.done());
  TRY(context.users.set_password(name, password));
  TRY(audit(context, call, "user password", name));
  context.commands.disconnect(name);
  return json_response(json::object().set("name", name));
}

Result<HttpResponse> delete_user(ApiContext& context, const Call& call) {
  const std::string& name = call.parameter("user");
  TRY(context.users.remove(name));
  TRY(audit(context, call, "user delete", name));
  context.commands.disconnect(name);
  return json_response(json::object().set("deleted", name));
}

}  // namespace

void add_user_routes(Router& router, ApiContext& context) {
  using Handler = Result<HttpResponse> (*)(ApiContext&, const Call&);
  const auto bound = [&context](Handler handler) {
    return [&context, handler](const Call& call) { return handler(context, call); };
  };
  router.add({.method = "GET",
              .path = "/api/v1/users",
              .summary = "The people who may use the console and the API",
              .handler = bound(list_users),
              .response = "Users"});
  router.add({.method = "POST",
              .path = "/api/v1/users",
              .summary = "Makes a user: a name, a role and a password",
              .handler = bound(create_user),
              .request = "NewUser",
              .response = "User",
              .status = 201});
  router.add({.method = "PUT",
              .path = "/api/v1/users/{user}/password",
              .summary = "Sets another password and cuts the user's Kafka connections",
              .handler = bound(set_password),
              .request = "Password"});
  router.add({.method = "DELETE",
              .path = "/api/v1/users/{user}",
              .summary = "Deletes a user and cuts its Kafka connections",
              .handler = bound(delete_user)});
}

}  // namespace millrace::control
