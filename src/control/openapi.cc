// SPDX-License-Identifier: Apache-2.0
#include "control/openapi.h"

#include <fmt/format.h>

#include "base/check.h"
#include "control/api.h"
#include "control/openapi_schemas.h"

namespace millrace::control {
namespace {

json::Value schema_reference(const std::string& name) {
  return json::object().set("$ref", "#/components/schemas/" + name);
}

json::Value content(const std::string& type, json::Value schema) {
  return json::object().set(type, json::object().set("schema", std::move(schema)));
}

json::Value parameter(const std::string& name, const char* where, const std::string& description) {
  json::Value out = json::object().set("name", name).set("in", where);
  if (where == std::string_view("path")) out.set("required", true);
  if (!description.empty()) out.set("description", description);
  return std::move(out).set("schema", json::object().set("type", "string"));
}

json::Value parameters(const Route& route) {
  json::Value out = json::array();
  for (const std::string& segment : parse_target(route.path).segments) {
    if (segment.starts_with('{')) {
      out.push(parameter(segment.substr(1, segment.size() - 2), "path", ""));
    }
  }
  for (const QueryParameter& query : route.query) {
    out.push(parameter(query.name, "query", query.description));
  }
  return out;
}

json::Value responses(const Route& route) {
  json::Value schema = route.response.empty() ? json::object() : schema_reference(route.response);
  json::Value failure =
      json::object()
          .set("description", "what went wrong")
          .set("content", content("application/problem+json", schema_reference("Problem")));
  return json::object()
      .set(std::to_string(route.status),
           json::object()
               .set("description", route.summary)
               .set("content", content(route.content_type, std::move(schema))))
      .set("default", std::move(failure));
}

// "get /api/v1/tasks/{task}" is "get_tasks_task".
std::string operation_id(const Route& route) {
  std::string out;
  for (const char c : route.method) out += static_cast<char>(c + 32);
  for (const std::string& segment : parse_target(route.path).segments) {
    if (segment == "api" || segment == "v1") continue;
    out += '_';
    for (const char c : segment) {
      if (c != '{' && c != '}') out += c == '.' ? '_' : c;
    }
  }
  return out;
}

json::Value operation(const Route& route) {
  json::Value out = json::object()
                        .set("operationId", operation_id(route))
                        .set("summary", route.summary)
                        .set("parameters", parameters(route));
  if (!route.request.empty()) {
    out.set("requestBody", json::object().set("content", content("application/json",
                                                                 schema_reference(route.request))));
  }
  out.set("responses", responses(route));
  if (route.access == Access::kOpen) out.set("security", json::array());
  return out;
}

}  // namespace

json::Value openapi_document(const std::vector<Route>& routes, const std::string& version) {
  Result<json::Value> schemas = json::parse(kSchemas);
  CHECK(schemas, schemas.error().what);
  json::Value paths = json::object();
  for (const Route& route : routes) {
    std::string method;
    for (const char c : route.method) method += static_cast<char>(c + 32);
    const json::Value* known = paths.find(route.path);
    json::Value path = known == nullptr ? json::object() : *known;
    paths.set(route.path, path.set(method, operation(route)));
  }
  json::Value scheme = json::object().set("type", "http").set("scheme", "bearer");
  return json::object()
      .set("openapi", "3.1.0")
      .set("info", json::object().set("title", "Millrace").set("version", version))
      .set("security", json::Array{json::object().set("token", json::array())})
      .set("paths", std::move(paths))
      .set("components", json::object()
                             .set("securitySchemes", json::object().set("token", std::move(scheme)))
                             .set("schemas", std::move(*schemas)));
}

void add_openapi_route(Router& router, const ApiContext& context) {
  router.add({.method = "GET",
              .path = "/api/v1/openapi.json",
              .access = Access::kOpen,
              .summary = "This document",
              .handler = [&router, &context](const Call&) -> Result<HttpResponse> {
                return json_response(openapi_document(router.routes(), context.version));
              }});
}

}  // namespace millrace::control
