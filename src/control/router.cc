// SPDX-License-Identifier: Apache-2.0
#include "control/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "control/problem.h"
#include "store/secrets.h"

namespace millrace::control {
namespace {

bool is_placeholder(std::string_view segment) { return segment.starts_with('{'); }

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() < kScheme.size()) return {};
  for (size_t i = 0; i < kScheme.size(); ++i) {
    const char c = authorization[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != kScheme[i]) return {};
  }
  return authorization.substr(kScheme.size());
}

HttpResponse unauthorized() {
  HttpResponse response = problem(401, "unauthorized",
                                  "this needs an Authorization: Bearer header, or a session of the "
                                  "console; the token is in DATA/admin.token on the service's "
                                  "machine");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace

const std::string& Call::parameter(std::string_view name) const {
  for (const auto& [known, value] : parameters_) {
    if (known == name) return value;
  }
  check_failed(__FILE__, __LINE__, "the route has this parameter", name);
}

std::string Call::query(std::string_view name) const {
  for (const auto& [known, value] : target_.query) {
    if (known == name) return value;
  }
  return {};
}

Result<std::optional<int64_t>> Call::count(std::string_view name) const {
  const std::string text = query(name);
  if (text.empty()) return std::optional<int64_t>();
  int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || value < 1) {
    return Error{Errc::kInvalid, fmt::format("{} \"{}\": give a whole number from 1", name, text)};
  }
  return std::optional<int64_t>(value);
}

Result<json::Value> Call::body() const {
  if (request_.body.empty()) return json::object();
  return json::parse(request_.body);
}

void Router::add(Route route) {
  patterns_.push_back({parse_target(route.path).segments});
  for (std::string& segment : patterns_.back().segments) CHECK(!segment.empty(), route.path);
  routes_.push_back(std::move(route));
}

const Route* Router::match(const Target& target, const std::string& method, Pairs& parameters,
                           std::string& allowed) const {
  for (size_t i = 0; i < routes_.size(); ++i) {
    const std::vector<std::string>& pattern = patterns_[i].segments;
    if (pattern.size() != target.segments.size()) continue;
    Pairs found;
    const bool fits = std::equal(pattern.begin(), pattern.end(), target.segments.begin(),
                                 [&](const std::string& wanted, const std::string& segment) {
                                   if (!is_placeholder(wanted)) return wanted == segment;
                                   found.emplace_back(wanted.substr(1, wanted.size() - 2), segment);
                                   return !segment.empty();
                                 });
    if (!fits) continue;
    if (routes_[i].method == method) {
      parameters = std::move(found);
      return &routes_[i];
    }
    if (!allowed.empty()) allowed += ", ";
    allowed += routes_[i].method;
  }
  return nullptr;
}

std::optional<HttpResponse> Router::refuse(Call& call) const {
  const HttpRequest& request = call.request_;
  if (!request.authorization.empty() || !find_session_) {
    call.who_ = authenticate_(bearer_token(request.authorization));
    if (call.who_.empty()) return unauthorized();
    return std::nullopt;
  }
  const std::optional<Session> session = find_session_(request);
  if (!session) return unauthorized();
  if (request.method != "GET" && !store::equal_secrets(request.csrf, session->csrf)) {
    return problem(403, "csrf",
                   "a change made in a session of the console needs its X-Millrace-CSRF header, as "
                   "GET /api/v1/session tells it");
  }
  call.who_ = session->who;
  return std::nullopt;
}

HttpResponse Router::handle(const HttpRequest& request) const {
  Call call(request, parse_target(request.target));
  std::string allowed;
  const Route* route =
      call.target_.valid ? match(call.target_, request.method, call.parameters_, allowed) : nullptr;
  const bool open = route != nullptr && route->access == Access::kOpen;
  const bool below_api = call.segments() > 0 && call.segment(0) == "api";
  // Before anything is said of what exists below /api.
  if (!open && (below_api || route != nullptr)) {
    if (std::optional<HttpResponse> no = refuse(call)) return std::move(*no);
  }
  if (!call.target_.valid) {
    return problem(400, "invalid", "the path or the query has a broken % escape");
  }
  if (route == nullptr && !allowed.empty()) {
    HttpResponse response =
        problem(405, "method_not_allowed", request.method + " is not for this; " + allowed + " is");
    response.headers.emplace_back("Allow", allowed);
    return response;
  }
  if (route == nullptr && fallback_ && !below_api && request.method == "GET") {
    return fallback_(request, call.target_);
  }
  if (route == nullptr) return problem(404, "not_found", "nothing is at this path");
  Result<HttpResponse> response = route->handler(call);
  return response ? std::move(*response) : problem(response.error());
}

HttpResponse json_response(const json::Value& value, int status) {
  HttpResponse response;
  response.status = status;
  response.body = json::write(value);
  return response;
}

}  // namespace millrace::control
