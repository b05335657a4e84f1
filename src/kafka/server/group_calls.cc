// SPDX-License-Identifier: Apache-2.0
// Rights first, then the coordinator's thread.
#include <algorithm>
#include <cctype>
#include <map>

#include "kafka/server/handlers.h"
#include "kafka/server/rights.h"

namespace millrace::kafka {
namespace {

constexpr int32_t kGroupOps = 1 << 3 | 1 << 8;       // READ, DESCRIBE
constexpr int32_t kAdminGroupOps = 1 << 5 | 1 << 8;  // DELETE, DESCRIBE

int16_t coordinator_error(const Principal& who, int8_t key_type, const std::string& key) {
  if (key_type == 1) return error::kTransactionalIdAuthorizationFailed;
  if (key_type != 0) return error::kInvalidRequest;
  if (key.empty()) return error::kInvalidGroupId;
  return may_describe_group(who, key) ? error::kNone : error::kGroupAuthorizationFailed;
}

std::optional<std::string> message_for(int16_t error) {
  if (error == error::kNone) return std::nullopt;
  if (error == error::kTransactionalIdAuthorizationFailed) return "endpoint is read-only";
  if (error == error::kGroupAuthorizationFailed) return "not authorized to use this group";
  return "not a group ID";
}

bool same_word(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

bool wanted(const std::vector<std::string>& filter, const std::string& value) {
  return filter.empty() || std::any_of(filter.begin(), filter.end(), [&](const std::string& each) {
           return same_word(each, value);
         });
}

template <class Response>
Response with_error(int16_t error) {
  Response response;
  response.error = error;
  return response;
}

}  // namespace

FindCoordinatorResponse handle(const Call& call, const FindCoordinatorRequest& request) {
  FindCoordinatorResponse response;
  const auto place = [&](const std::string& key) {
    FindCoordinatorCoordinator out;
    out.key = key;
    out.error = coordinator_error(call.principal(), request.key_type, key);
    out.message = message_for(out.error);
    const bool found = out.error == error::kNone;
    out.node_id = found ? call.server.node_id : -1;
    out.host = found ? call.session.advertised_host : "";
    out.port = found ? call.session.advertised_port : -1;
    return out;
  };
  if (call.version >= 4) {
    for (const std::string& key : request.keys) response.coordinators.push_back(place(key));
    return response;
  }
  const FindCoordinatorCoordinator one = place(request.key);
  response.error = one.error;
  response.message = one.message;
  response.node_id = one.node_id;
  response.host = one.host;
  response.port = one.port;
  return response;
}

void handle(const Call& call, JoinGroupRequest request, Reply<JoinGroupResponse> reply) {
  if (!may_use_group(call.principal(), request.group)) {
    auto refused = with_error<JoinGroupResponse>(error::kGroupAuthorizationFailed);
    refused.member = request.member;
    return reply(std::move(refused));
  }
  call.server.groups.post(
      [caller = call.caller(), request = std::move(request), reply = std::move(reply)](
          Coordinator& groups, Now now) { groups.join(now, caller, request, reply); });
}

void handle(const Call& call, SyncGroupRequest request, Reply<SyncGroupResponse> reply) {
  if (!may_use_group(call.principal(), request.group))
    return reply(with_error<SyncGroupResponse>(error::kGroupAuthorizationFailed));
  call.server.groups.post(
      [caller = call.caller(), request = std::move(request), reply = std::move(reply)](
          Coordinator& groups, Now now) { groups.sync(now, caller, request, reply); });
}

void handle(const Call& call, HeartbeatRequest request, Reply<HeartbeatResponse> reply) {
  if (!may_use_group(call.principal(), request.group))
    return reply(with_error<HeartbeatResponse>(error::kGroupAuthorizationFailed));
  call.server.groups.post(
      [request = std::move(request), reply = std::move(reply)](Coordinator& groups, Now now) {
        reply(with_error<HeartbeatResponse>(groups.heartbeat(now, request)));
      });
}

void handle(const Call& call, LeaveGroupRequest request, Reply<LeaveGroupResponse> reply) {
  if (!may_use_group(call.principal(), request.group))
    return reply(with_error<LeaveGroupResponse>(error::kGroupAuthorizationFailed));
  call.server.groups.post(
      [version = call.version, request = std::move(request), reply = std::move(reply)](
          Coordinator& groups, Now now) { reply(groups.leave(now, version, request)); });
}

void handle(const Call& call, DescribeGroupsRequest request, Reply<DescribeGroupsResponse> reply) {
  call.server.groups.post([who = call.principal(), request = std::move(request),
                           reply = std::move(reply)](Coordinator& groups, Now) {
    DescribeGroupsResponse response;
    for (const std::string& id : request.groups) {
      if (!may_describe_group(who, id)) {
        DescribeGroupsGroup& refused = response.groups.emplace_back();
        refused.group = id;
        refused.error = error::kGroupAuthorizationFailed;
        continue;
      }
      response.groups.push_back(groups.describe(id));
      if (request.include_ops) response.groups.back().ops = who.admin ? kAdminGroupOps : kGroupOps;
    }
    reply(std::move(response));
  });
}

void handle(const Call& call, ListGroupsRequest request, Reply<ListGroupsResponse> reply) {
  call.server.groups.post([who = call.principal(), request = std::move(request),
                           reply = std::move(reply)](Coordinator& groups, Now) {
    ListGroupsResponse response;
    for (const Group* group : groups.all()) {
      if (!may_describe_group(who, group->id) || !wanted(request.types, "classic") ||
          !wanted(request.states, name_of(group->state)))
        continue;
      response.groups.push_back(
          {group->id, group->protocol_type, name_of(group->state), "classic"});
    }
    reply(std::move(response));
  });
}

void handle(const Call& call, DeleteGroupsRequest request, Reply<DeleteGroupsResponse> reply) {
  call.server.groups.post([who = call.principal(), request = std::move(request),
                           reply = std::move(reply)](Coordinator& groups, Now) {
    DeleteGroupsResponse response;
    for (const std::string& id : request.groups)
      response.results.push_back(
          {id, who.admin ? groups.delete_group(id, false) : error::kGroupAuthorizationFailed});
    reply(std::move(response));
  });
}

}  // namespace millrace::kafka
