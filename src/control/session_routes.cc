// SPDX-License-Identifier: Apache-2.0
// Signing in to the console: a token, or the link that `serve` prints, against a session's cookie.
#include <fmt/format.h>

#include "control/api.h"
#include "control/limits.h"
#include "control/problem.h"
#include "control/sessions.h"
#include "control/views.h"

namespace millrace::control {
namespace {

// Cookies do not tell ports apart: two services on one host need two names.
std::string cookie_name(const ApiContext& context) {
  return "millrace_" + context.store.cluster_id();
}

void set_cookie(const ApiContext& context, const std::string& secret, int64_t seconds,
                HttpResponse& response) {
  response.headers.emplace_back("Set-Cookie",
                                fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}",
                                            cookie_name(context), secret, seconds));
}

json::Value session_view(const Session& session) {
  return json::object()
      .set("who", session.who)
      .set("csrf", session.csrf)
      .set("expires", time_view(session.expires_ms));
}

HttpResponse refused(const ApiContext& context, bool link) {
  const std::string what =
      link
          ? "this link does not sign in: it is good once, for 30 minutes after the service's first "
            "start"
          : "this token is not right: it is the line in DATA/admin.token";
  HttpResponse response = problem(401, link ? "link" : "token", what);
  set_cookie(context, "", 0, response);
  return response;
}

Result<HttpResponse> login(ApiContext& context, const Call& call) {
  const json::Value body = TRY(call.body());
  json::Reader in(body, "the body");
  const std::string token = TRY(in.text("token")).value_or("");
  const std::string link = TRY(in.text("link")).value_or("");
  TRY(in.done());
  if (token.empty() == link.empty()) {
    return Error{Errc::kInvalid, "the body must have a token or a link"};
  }
  std::string who = link.empty() ? context.authenticate(token) : std::string();
  if (!link.empty() && context.sessions.use_link(link, context.now_ms())) who = "admin";
  if (who.empty()) return refused(context, !link.empty());
  const NewSession made = TRY(context.sessions.begin(who, context.now_ms()));
  TRY(context.store.audit(
      {.time_ms = context.now_ms(),
       .who = who,
       .what = "login",
       .object = "",
       .detail = (link.empty() ? "token, from " : "link, from ") + call.request().peer}));
  HttpResponse response = json_response(session_view(made.session));
  set_cookie(context, made.secret, kSessionLifeMs / 1000, response);
  return response;
}

Result<HttpResponse> show_session(ApiContext& context, const Call& call) {
  const std::optional<Session> session = find_session(context, call.request());
  if (!session) return Error{Errc::kNotFound, "this request came with a token, not in a session"};
  return json_response(session_view(*session));
}

Result<HttpResponse> logout(ApiContext& context, const Call& call) {
  TRY(context.sessions.end(cookie_value(call.request().cookie, cookie_name(context))));
  HttpResponse response = json_response(json::object().set("ended", true));
  set_cookie(context, "", 0, response);
  return response;
}

}  // namespace

std::optional<Session> find_session(const ApiContext& context, const HttpRequest& request) {
  return context.sessions.find(cookie_value(request.cookie, cookie_name(context)),
                               context.now_ms());
}

void add_session_routes(Router& router, ApiContext& context) {
  using Handler = Result<HttpResponse> (*)(ApiContext&, const Call&);
  const auto bound = [&context](Handler handler) {
    return [&context, handler](const Call& call) { return handler(context, call); };
  };
  router.add({.method = "POST",
              .path = "/api/v1/login",
              .access = Access::kOpen,
              .summary = "Begins a session of the console: its cookie, and the CSRF token that its "
                         "writes bring in X-Millrace-CSRF",
              .handler = bound(login),
              .request = "Login",
              .response = "Session"});
  router.add({.method = "GET",
              .path = "/api/v1/session",
              .summary = "The session of the request's cookie",
              .handler = bound(show_session),
              .response = "Session"});
  router.add({.method = "DELETE",
              .path = "/api/v1/session",
              .summary = "Ends the session of the request's cookie",
              .handler = bound(logout)});
}

}  // namespace millrace::control
