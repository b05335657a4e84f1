// SPDX-License-Identifier: Apache-2.0
// The classic group protocol and its views.
#pragma once

#include "kafka/wire/types.h"

namespace millrace::kafka {

struct FindCoordinatorRequest {
  std::string key;
  int8_t key_type = 0;
  std::vector<std::string> keys;
  bool operator==(const FindCoordinatorRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.key, until(3));
    f(m.key_type, since(1));
    f(m.keys, since(4));
  }
};

struct FindCoordinatorCoordinator {
  std::string key;
  int32_t node_id = 0;
  std::string host;
  int32_t port = 0;
  int16_t error = 0;
  std::optional<std::string> message;
  bool operator==(const FindCoordinatorCoordinator&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.key);
    f(m.node_id);
    f(m.host);
    f(m.port);
    f(m.error);
    f(m.message);
  }
};

struct FindCoordinatorResponse {
  int32_t throttle_ms = 0;
  int16_t error = 0;
  std::optional<std::string> message;
  int32_t node_id = 0;
  std::string host;
  int32_t port = 0;
  std::vector<FindCoordinatorCoordinator> coordinators;
  bool operator==(const FindCoordinatorResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms, since(1));
    f(m.error, until(3));
    f(m.message, between(1, 3));
    f(m.node_id, until(3));
    f(m.host, until(3));
    f(m.port, until(3));
    f(m.coordinators, since(4));
  }
};

struct JoinGroupRequestProtocol {
  std::string name;
  Blob metadata;
  bool operator==(const JoinGroupRequestProtocol&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.metadata);
  }
};

struct JoinGroupRequest {
  std::string group;
  int32_t session_ms = 0;
  int32_t rebalance_ms = -1;
  std::string member;
  std::optional<std::string> instance;
  std::string protocol_type;
  std::vector<JoinGroupRequestProtocol> protocols;
  std::optional<std::string> reason;
  bool operator==(const JoinGroupRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.group);
    f(m.session_ms);
    f(m.rebalance_ms, since(1));
    f(m.member);
    f(m.instance, since(5));
    f(m.protocol_type);
    f(m.protocols);
    f(m.reason, since(8));
  }
};

struct JoinGroupMember {
  std::string member;
  std::optional<std::string> instance;
  Blob metadata;
  bool operator==(const JoinGroupMember&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.member);
    f(m.instance, since(5));
    f(m.metadata);
  }
};

struct JoinGroupResponse {
  int32_t throttle_ms = 0;
  int16_t error = 0;
  int32_t generation = -1;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol;
  std::string leader;
  bool skip_assignment = false;
  std::string member;
  std::vector<JoinGroupMember> members;
  bool operator==(const JoinGroupResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms, since(2));
    f(m.error);
    f(m.generation);
    f(m.protocol_type, since(7));
    f(m.protocol, kAll, since(7));
    f(m.leader);
    f(m.skip_assignment, since(9));
    f(m.member);
    f(m.members);
  }
};

struct SyncGroupRequestAssignment {
  std::string member;
  Blob assignment;
  bool operator==(const SyncGroupRequestAssignment&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.member);
    f(m.assignment);
  }
};

struct SyncGroupRequest {
  std::string group;
  int32_t generation = 0;
  std::string member;
  std::optional<std::string> instance;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol;
  std::vector<SyncGroupRequestAssignment> assignments;
  bool operator==(const SyncGroupRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.group);
    f(m.generation);
    f(m.member);
    f(m.instance, since(3));
    f(m.protocol_type, since(5));
    f(m.protocol, since(5));
    f(m.assignments);
  }
};

struct SyncGroupResponse {
  int32_t throttle_ms = 0;
  int16_t error = 0;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol;
  Blob assignment;
  bool operator==(const SyncGroupResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms, since(1));
    f(m.error);
    f(m.protocol_type, since(5));
    f(m.protocol, since(5));
    f(m.assignment);
  }
};

struct HeartbeatRequest {
  std::string group;
  int32_t generation = 0;
  std::string member;
  std::optional<std::string> instance;
  bool operator==(const HeartbeatRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.group);
    f(m.generation);
    f(m.member);
    f(m.instance, since(3));
  }
};

struct HeartbeatResponse {
  int32_t throttle_ms = 0;
  int16_t error = 0;
  bool operator==(const HeartbeatResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms, since(1));
    f(m.error);
  }
};

struct LeaveGroupRequestMember {
  std::string member;
  std::optional<std::string> instance;
  std::optional<std::string> reason;
  bool operator==(const LeaveGroupRequestMember&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.member);
    f(m.instance);
    f(m.reason, since(5));
  }
};

struct LeaveGroupRequest {
  std::string group;
  std::string member;
  std::vector<LeaveGroupRequestMember> members;
  bool operator==(const LeaveGroupRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.group);
    f(m.member, until(2));
    f(m.members, since(3));
  }
};

struct LeaveGroupMember {
  std::string member;
  std::optional<std::string> instance;
  int16_t error = 0;
  bool operator==(const LeaveGroupMember&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.member);
    f(m.instance);
    f(m.error);
  }
};

struct LeaveGroupResponse {
  int32_t throttle_ms = 0;
  int16_t error = 0;
  std::vector<LeaveGroupMember> members;
  bool operator==(const LeaveGroupResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms, since(1));
    f(m.error);
    f(m.members, since(3));
  }
};

struct DescribeGroupsRequest {
  std::vector<std::string> groups;
  bool include_ops = false;
  bool operator==(const DescribeGroupsRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.groups);
    f(m.include_ops, since(3));
  }
};

struct DescribeGroupsMember {
  std::string member;
  std::optional<std::string> instance;
  std::string client_id;
  std::string client_host;
  Blob metadata;
  Blob assignment;
  bool operator==(const DescribeGroupsMember&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.member);
    f(m.instance, since(4));
    f(m.client_id);
    f(m.client_host);
    f(m.metadata);
    f(m.assignment);
  }
};

struct DescribeGroupsGroup {
  int16_t error = 0;
  std::string group;
  std::string state;
  std::string protocol_type;
  std::string protocol;
  std::vector<DescribeGroupsMember> members;
  int32_t ops = kOpsNotAsked;
  bool operator==(const DescribeGroupsGroup&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.error);
    f(m.group);
    f(m.state);
    f(m.protocol_type);
    f(m.protocol);
    f(m.members);
    f(m.ops, since(3));
  }
};

struct DescribeGroupsResponse {
  int32_t throttle_ms = 0;
  std::vector<DescribeGroupsGroup> groups;
  bool operator==(const DescribeGroupsResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms, since(1));
    f(m.groups);
  }
};

struct ListGroupsRequest {
  std::vector<std::string> states;
  std::vector<std::string> types;
  bool operator==(const ListGroupsRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.states, since(4));
    f(m.types, since(5));
  }
};

struct ListGroupsGroup {
  std::string group;
  std::string protocol_type;
  std::string state;
  std::string type;
  bool operator==(const ListGroupsGroup&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.group);
    f(m.protocol_type);
    f(m.state, since(4));
    f(m.type, since(5));
  }
};

struct ListGroupsResponse {
  int32_t throttle_ms = 0;
  int16_t error = 0;
  std::vector<ListGroupsGroup> groups;
  bool operator==(const ListGroupsResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms, since(1));
    f(m.error);
    f(m.groups);
  }
};

struct DeleteGroupsRequest {
  std::vector<std::string> groups;
  bool operator==(const DeleteGroupsRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.groups);
  }
};

struct DeleteGroupsResult {
  std::string group;
  int16_t error = 0;
  bool operator==(const DeleteGroupsResult&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.group);
    f(m.error);
  }
};

struct DeleteGroupsResponse {
  int32_t throttle_ms = 0;
  std::vector<DeleteGroupsResult> results;
  bool operator==(const DeleteGroupsResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms);
    f(m.results);
  }
};

}  // namespace millrace::kafka
