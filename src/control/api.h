// SPDX-License-Identifier: Apache-2.0
// The API's routes, by what they are about. Each file adds its own to the one table.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/ticker.h"
#include "control/backup.h"
#include "control/router.h"
#include "control/sessions.h"
#include "kafka/group/commands.h"
#include "kafka/group/view.h"
#include "store/groups.h"
#include "store/store.h"
#include "store/users.h"
#include "task/disk.h"
#include "task/tasks.h"

namespace millrace::control {

// A Kafka listener as clients are told of it.
struct ListenerView {
  std::string name;
  std::string address;   // host:port
  std::string security;  // "SASL_PLAINTEXT" ...
};

// What the routes work on; outlives the router.
struct ApiContext {
  task::Tasks& tasks;
  store::Store& store;
  store::Groups& groups;
  store::Users& users;
  kafka::GroupViewer& viewer;
  kafka::GroupCommands& commands;
  Sessions& sessions;
  Ticker& ticker;
  Authenticate authenticate;  // of tokens
  std::function<int64_t()> now_ms;
  std::string version;
  std::vector<ListenerView> listeners;
  int64_t started_ms = 0;
  const task::Disk* disk = nullptr;  // null: nobody looks at it
  Backup* backup = nullptr;          // null: none can be made
};

// All of them, sessions, and the OpenAPI document; the router was made with `authenticate` too.
void add_routes(Router& router, ApiContext& context);

void add_service_routes(Router& router, ApiContext& context);
void add_session_routes(Router& router, ApiContext& context);
void add_source_routes(Router& router);
void add_task_routes(Router& router, ApiContext& context);
void add_upkeep_routes(Router& router, ApiContext& context);
void add_record_routes(Router& router, ApiContext& context);
void add_group_routes(Router& router, ApiContext& context);
void add_user_routes(Router& router, ApiContext& context);
// After all others: describes them.
void add_openapi_route(Router& router, const ApiContext& context);

// The session whose cookie a request brings.
std::optional<Session> find_session(const ApiContext& context, const HttpRequest& request);
// Deletes what the Kafka endpoint knows of a group and cuts its connections.
Status forget_group(ApiContext& context, const std::string& group_id);
// One line in the audit trail; its failure is the caller's.
Status audit(ApiContext& context, const Call& call, const std::string& what,
             const std::string& object, const std::string& detail = "");

}  // namespace millrace::control
