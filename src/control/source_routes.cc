// SPDX-License-Identifier: Apache-2.0
// Sources that no task has yet: whether they can be tracked, and what is in them.
#include <algorithm>

#include "control/api.h"
#include "control/limits.h"
#include "control/views.h"
#include "store/secrets.h"
#include "task/precheck/precheck.h"
#include "task/source_objects.h"

namespace millrace::control {
namespace {

// A source as NewTask takes it.
Result<mysql::ConnectOptions> source_of(const json::Value* value) {
  if (value == nullptr) return Error{Errc::kInvalid, "the body lacks its source"};
  const json::Value request =
      json::object().set("sources", json::Array{*value}).set("objects", json::Array{"any"});
  return TRY(task::spec_from_request(request)).sources.front();
}

Result<HttpResponse> test_source(const Call& call) {
  const json::Value body = TRY(call.body());
  json::Reader in(body, "the body");
  task::PrecheckInput input;
  input.source = TRY(source_of(in.member("source")));
  TRY(in.done());
  constexpr uint32_t kOurs = 1U << 30;
  store::random_bytes(&input.our_server_id, sizeof input.our_server_id);
  input.our_server_id |= kOurs;
  const task::PrecheckReport report = task::run_precheck(input);
  return json_response(json::object()
                           .set("passed", report.passed())
                           .set("connected", !report.server_version.empty())
                           .set("server_version", report.server_version)
                           .set("flavour", report.flavour)
                           .set("account", report.account)
                           .set("seen_as", report.seen_as)
                           .set("items", items_view(report.items)));
}

Result<HttpResponse> list_objects(const Call& call) {
  const json::Value body = TRY(call.body());
  json::Reader in(body, "the body");
  const mysql::ConnectOptions source = TRY(source_of(in.member("source")));
  task::ObjectSearch search{.text = TRY(in.text("search")).value_or(""),
                            .database = TRY(in.text("database")).value_or(""),
                            .limit = kMaxListedTables};
  search.limit = static_cast<size_t>(std::clamp<int64_t>(
      TRY(in.integer("limit")).value_or(int64_t{kMaxListedTables}), 0, kMaxListedTables));
  TRY(in.done());
  const task::SourceObjects objects = TRY(task::list_objects(source, search));
  json::Value databases = json::array();
  for (const task::SourceDatabase& database : objects.databases) {
    databases.push(json::object()
                       .set("name", database.name)
                       .set("tables", database.tables)
                       .set("matching", database.matching));
  }
  json::Value tables = json::array();
  for (const task::SourceTable& table : objects.tables) {
    tables.push(json::object()
                    .set("database", table.database)
                    .set("name", table.name)
                    .set("type", table.type)
                    .set("engine", table.engine)
                    .set("has_key", table.has_key));
  }
  return json_response(json::object()
                           .set("databases", std::move(databases))
                           .set("tables", std::move(tables))
                           .set("all", objects.all));
}

}  // namespace

void add_source_routes(Router& router) {
  router.add({.method = "POST",
              .path = "/api/v1/sources/test",
              .summary = "Whether a source can be tracked, without making a task: logs in and runs "
                         "the precheck; nothing is kept",
              .handler = test_source,
              .request = "SourceTest",
              .response = "SourceReport"});
  router.add({.method = "POST",
              .path = "/api/v1/sources/objects",
              .summary = "The databases and tables of a source that its account may see",
              .handler = list_objects,
              .request = "SourceSearch",
              .response = "SourceObjects"});
}

}  // namespace millrace::control
