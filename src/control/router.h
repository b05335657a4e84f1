// SPDX-License-Identifier: Apache-2.0
// The routes: one table for dispatch, for who may call, and for the OpenAPI document.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "control/http.h"
#include "control/sessions.h"

namespace millrace::control {

// One call of a route.
class Call {
 public:
  Call(const HttpRequest& request, Target target) : request_(request), target_(std::move(target)) {}

  const HttpRequest& request() const { return request_; }
  const std::string& segment(size_t index) const { return target_.segments[index]; }
  size_t segments() const { return target_.segments.size(); }
  // A "{name}" of the route's path.
  const std::string& parameter(std::string_view name) const;
  // Of the query; empty when it is not there.
  std::string query(std::string_view name) const;
  // Likewise, a whole number from 1; nullopt when it is not there.
  Result<std::optional<int64_t>> count(std::string_view name) const;
  // The body as JSON; an empty one is an empty object.
  Result<json::Value> body() const;
  const std::string& who() const { return who_; }

 private:
  friend class Router;
  const HttpRequest& request_;
  Target target_;
  Pairs parameters_;
  std::string who_;  // who asks, for the audit trail; empty on open routes
};

using RouteHandler = std::function<Result<HttpResponse>(const Call&)>;

enum class Access : uint8_t { kOpen, kToken };

struct QueryParameter {
  std::string name;
  std::string description;
};

struct Route {
  std::string method;
  std::string path;  // "/api/v1/tasks/{task}"
  Access access = Access::kToken;
  std::string summary;
  RouteHandler handler;
  std::vector<QueryParameter> query = {};
  std::string request = {};   // name of the body's schema in openapi_schemas.h; empty: no body
  std::string response = {};  // likewise of a 2xx answer; empty: described by the summary
  int status = 200;           // of success
  std::string content_type = "application/json";
};

// Who may: gives the caller's name for a bearer token, or an empty one.
using Authenticate = std::function<std::string(std::string_view token)>;
// Likewise for a request that brings no bearer token: the session of its cookie, if there is one.
using FindSession = std::function<std::optional<Session>(const HttpRequest& request)>;

class Router {
 public:
  explicit Router(Authenticate authenticate) : authenticate_(std::move(authenticate)) {}
  void add(Route route);
  // Sessions sign in beside tokens; a write in a session must bring its CSRF token.
  void set_sessions(FindSession find) { find_session_ = std::move(find); }
  // Answers every GET outside of /api that no route is for.
  void set_fallback(std::function<HttpResponse(const HttpRequest&, const Target&)> fallback) {
    fallback_ = std::move(fallback);
  }
  const std::vector<Route>& routes() const { return routes_; }
  // Any thread, once all routes are there.
  HttpResponse handle(const HttpRequest& request) const;

 private:
  struct Pattern {
    std::vector<std::string> segments;
  };
  const Route* match(const Target& target, const std::string& method, Pairs& parameters,
                     std::string& allowed) const;
  // Fills call.who_, or says why not.
  std::optional<HttpResponse> refuse(Call& call) const;
  Authenticate authenticate_;
  FindSession find_session_;
  std::function<HttpResponse(const HttpRequest&, const Target&)> fallback_;
  std::vector<Route> routes_;
  std::vector<Pattern> patterns_;
};

HttpResponse json_response(const json::Value& value, int status = 200);

}  // namespace millrace::control
