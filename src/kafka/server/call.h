// SPDX-License-Identifier: Apache-2.0
// What a handler knows of the request that it answers: the server, the connection, the version.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "kafka/limits.h"
#include "kafka/server/backend.h"
#include "kafka/server/group_thread.h"

namespace millrace::kafka {

struct Context {
  Backend& backend;
  GroupThread& groups;
  Limits limits;
  int32_t node_id = 1;
};

// One connection, as far as handlers may see it.
struct Session {
  uint64_t id = 0;
  std::string listener;
  std::string peer_ip;
  uint16_t peer_port = 0;
  std::string advertised_host;  // where this listener's clients find us
  uint16_t advertised_port = 0;
  std::string client_id;  // of the latest request
  std::string software;
  Principal principal;  // handlers run after the login only
};

struct Call {
  const Context& server;
  const Session& session;
  int16_t version = 0;

  const Principal& principal() const { return session.principal; }
  Caller caller() const { return {version, session.client_id, "/" + session.peer_ip, session.id}; }
};

}  // namespace millrace::kafka
