// SPDX-License-Identifier: Apache-2.0
// Requests and timers. What a rebalance does is in rebalance.cc, offsets in offsets.cc.
#include "kafka/group/coordinator.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "kafka/wire/errors.h"

namespace millrace::kafka {
namespace {

JoinGroupResponse join_error(int16_t error, const std::string& member_id) {
  JoinGroupResponse response;
  response.error = error;
  response.member = member_id;
  return response;
}

SyncGroupResponse sync_error(int16_t error) {
  SyncGroupResponse response;
  response.error = error;
  return response;
}

// Keeps the first of each name: clients that repeat one mean it once.
void drop_repeated(std::vector<JoinGroupRequestProtocol>& protocols) {
  std::set<std::string> seen;
  std::erase_if(protocols, [&](const auto& each) { return !seen.insert(each.name).second; });
}

size_t metadata_bytes(const std::vector<JoinGroupRequestProtocol>& protocols) {
  size_t sum = 0;
  for (const auto& each : protocols) sum += each.name.size() + each.metadata.data.size();
  return sum;
}

// Of all but `joiner`.
size_t metadata_bytes(const Group& group, const Member* joiner) {
  size_t sum = 0;
  for (const Member& member : group.members)
    if (&member != joiner) sum += metadata_bytes(member.protocols);
  return sum;
}

bool too_long(const JoinGroupRequest& request) {
  return request.group.size() > kMaxIdBytes || request.member.size() > kMaxIdBytes ||
         request.instance.value_or("").size() > kMaxIdBytes;
}

}  // namespace

Coordinator::Coordinator(GroupPersistence& persistence, const Limits& limits,
                         std::function<std::string()> random_uuid)
    : persistence_(persistence), limits_(limits), random_uuid_(std::move(random_uuid)) {}

Status Coordinator::load(Now now) {
  LoadedGroups loaded = TRY(persistence_.load());
  for (GroupRecord& record : loaded.groups) {
    Group& group = create(record.id, now);
    group.protocol_type = record.protocol_type;
    group.protocol = record.protocol;
    group.leader = record.leader;
    group.generation = record.generation;
    group.state_since_ms = record.state_since_ms;
    group.state = record.members.empty() ? GroupState::kEmpty : GroupState::kStable;
    for (MemberRecord& saved : record.members) {
      Member member;
      member.id = saved.id;
      member.instance_id = saved.instance_id;
      member.client_id = saved.client_id;
      member.host = saved.host;
      member.session_ms = saved.session_timeout_ms;
      member.rebalance_ms = saved.rebalance_timeout_ms;
      member.protocols.push_back({record.protocol, {saved.metadata}});
      member.assignment = saved.assignment;
      group.members.push_back(std::move(member));
      renew(group.members.back(), now);
    }
  }
  for (OffsetCommitRecord& record : loaded.offsets) {
    Group* group = group_of(record.group);
    if (group == nullptr) group = &create(record.group, now);
    auto where = std::make_pair(record.offset.topic, record.offset.partition);
    group->offsets[std::move(where)] = std::move(record.offset);
  }
  return Done{};
}

Group* Coordinator::group_of(const std::string& id) {
  const auto found = groups_.find(id);
  return found == groups_.end() ? nullptr : found->second.get();
}

Group& Coordinator::create(const std::string& id, Now now) {
  auto& slot = groups_[id];
  CHECK(slot == nullptr, id);
  slot = std::make_unique<Group>();
  slot->id = id;
  slot->state_since_ms = now.wall_ms;
  return *slot;
}

void Coordinator::move_to(Group& group, GroupState state, Now now) {
  group.state = state;
  group.state_since_ms = now.wall_ms;
}

void Coordinator::renew(Member& member, Now now) {
  member.deadline_ms = now.ms + member.session_ms;
  at(member.deadline_ms);
}

void Coordinator::join(Now now, const Caller& caller, JoinGroupRequest request,
                       Reply<JoinGroupResponse> reply) {
  const auto refuse = [&](int16_t error) { reply(join_error(error, request.member)); };
  if (request.group.empty() || too_long(request)) return refuse(error::kInvalidGroupId);
  if (request.session_ms < limits_.min_session_timeout_ms ||
      request.session_ms > limits_.max_session_timeout_ms)
    return refuse(error::kInvalidSessionTimeout);
  if (request.rebalance_ms < 0) request.rebalance_ms = request.session_ms;
  drop_repeated(request.protocols);
  if (metadata_bytes(request.protocols) > limits_.max_member_metadata_bytes)
    return refuse(error::kInconsistentGroupProtocol);

  Group* group = group_of(request.group);
  if (group == nullptr && !request.member.empty()) return refuse(error::kUnknownMemberId);
  const std::string instance = request.instance.value_or("");
  Member* member = group == nullptr         ? nullptr
                   : request.member.empty() ? group->find_instance(instance)
                                            : group->find(request.member);
  const bool pending = group != nullptr && group->pending_joins.contains(request.member);
  if (group != nullptr && member == nullptr && !pending &&
      group->members.size() + group->pending_joins.size() >= limits_.max_group_members)
    return refuse(error::kGroupMaxSizeReached);
  if (group != nullptr && metadata_bytes(*group, member) + metadata_bytes(request.protocols) >
                              limits_.max_group_metadata_bytes)
    return refuse(error::kGroupMaxSizeReached);
  const Group fresh;
  if (!(group == nullptr ? fresh : *group).compatible(request, member))
    return refuse(error::kInconsistentGroupProtocol);

  if (!request.member.empty()) {
    if (Member* bound = group->find_instance(instance); bound != nullptr && bound != member)
      return refuse(error::kFencedInstanceId);
    if (!instance.empty() && (member == nullptr || member->instance_id != instance))
      return refuse(error::kUnknownMemberId);
    if (member == nullptr && !pending) return refuse(error::kUnknownMemberId);
  }
  if (group == nullptr) {
    group = &create(request.group, now);
    group->protocol_type = request.protocol_type;
    if (!persistence_.save_group(group->record())) {
      groups_.erase(request.group);
      return refuse(error::kCoordinatorNotAvailable);
    }
  }
  if (member == nullptr) return join_new(*group, now, caller, std::move(request), std::move(reply));
  if (request.member.empty())
    return replace_static(*group, *member, now, caller, std::move(request), std::move(reply));
  join_known(*group, *member, now, caller, std::move(request), std::move(reply));
}

void Coordinator::join_new(Group& group, Now now, const Caller& caller, JoinGroupRequest request,
                           Reply<JoinGroupResponse> reply) {
  if (!request.member.empty()) {  // it comes back with the ID that it was given
    group.pending_joins.erase(request.member);
    std::string id = request.member;
    return add(group, std::move(id), now, caller, std::move(request), std::move(reply));
  }
  const bool is_static = request.instance && !request.instance->empty();
  // A client's ID is cut so that the member ID stays storable.
  const std::string prefix = (is_static ? *request.instance : caller.client_id).substr(0, 200);
  std::string id = prefix + "-" + random_uuid_();
  if (is_static || caller.version < 4)
    return add(group, std::move(id), now, caller, std::move(request), std::move(reply));
  group.pending_joins[id] = now.ms + request.session_ms;
  at(now.ms + request.session_ms);
  reply(join_error(error::kMemberIdRequired, id));
}

void Coordinator::sync(Now now, const Caller& caller, const SyncGroupRequest& request,
                       Reply<SyncGroupResponse> reply) {
  Group* group = group_of(request.group);
  if (const int16_t error =
          check_member(group, request.member, request.instance.value_or(""), request.generation))
    return reply(sync_error(error));
  if (caller.version >= 5 && (request.protocol_type.value_or("") != group->protocol_type ||
                              request.protocol.value_or("") != group->protocol))
    return reply(sync_error(error::kInconsistentGroupProtocol));
  Member& member = *group->find(request.member);
  switch (group->state) {
    case GroupState::kEmpty:
    case GroupState::kDead:
      return reply(sync_error(error::kUnknownMemberId));
    case GroupState::kPreparingRebalance:
      return reply(sync_error(error::kRebalanceInProgress));
    case GroupState::kCompletingRebalance:
      if (member.sync) std::exchange(member.sync, nullptr)(sync_error(error::kRebalanceInProgress));
      member.sync = std::move(reply);
      member.awaits_sync = false;
      if (member.id == group->leader) assign(*group, request, now);
      return;
    case GroupState::kStable:
      break;
  }
  member.awaits_sync = false;
  renew(member, now);
  SyncGroupResponse response;
  response.protocol_type = group->protocol_type;
  response.protocol = group->protocol;
  response.assignment.data = member.assignment;
  reply(std::move(response));
}

int16_t Coordinator::check_member(Group* group, const std::string& member_id,
                                  const std::string& instance, int32_t generation) const {
  if (group == nullptr) return error::kUnknownMemberId;
  if (!instance.empty()) {
    const Member* bound = group->find_instance(instance);
    if (bound == nullptr) return error::kUnknownMemberId;
    if (bound->id != member_id) return error::kFencedInstanceId;
  }
  if (group->find(member_id) == nullptr) return error::kUnknownMemberId;
  if (generation != group->generation) return error::kIllegalGeneration;
  return error::kNone;
}

int16_t Coordinator::heartbeat(Now now, const HeartbeatRequest& request) {
  Group* group = group_of(request.group);
  if (const int16_t error =
          check_member(group, request.member, request.instance.value_or(""), request.generation))
    return error;
  renew(*group->find(request.member), now);
  return group->state == GroupState::kPreparingRebalance ? error::kRebalanceInProgress
                                                         : error::kNone;
}

LeaveGroupResponse Coordinator::leave(Now now, int16_t version, const LeaveGroupRequest& request) {
  LeaveGroupResponse response;
  Group* group = group_of(request.group);
  if (version < 3) {
    response.error =
        group == nullptr ? error::kUnknownMemberId : leave_one(*group, request.member, "", now);
    return response;
  }
  for (const auto& each : request.members) {
    const int16_t error = group == nullptr
                              ? error::kUnknownMemberId
                              : leave_one(*group, each.member, each.instance.value_or(""), now);
    response.members.push_back({each.member, each.instance, error});
  }
  return response;
}

int16_t Coordinator::leave_one(Group& group, const std::string& member_id,
                               const std::string& instance, Now now) {
  const Member* member = nullptr;
  if (!instance.empty()) {
    member = group.find_instance(instance);
    if (member == nullptr) return error::kUnknownMemberId;
    if (!member_id.empty() && member->id != member_id) return error::kFencedInstanceId;
  } else if (group.pending_joins.erase(member_id) > 0) {
    try_complete(group, now);
    return error::kNone;
  } else {
    member = group.find(member_id);
  }
  if (member == nullptr) return error::kUnknownMemberId;
  remove(group, std::string(member->id), now, error::kUnknownMemberId);
  return error::kNone;
}

void Coordinator::connection_closed(Now now, uint64_t connection) {
  for (auto& [id, group] : groups_) {
    std::vector<std::string> gone;
    for (const Member& member : group->members)
      if (member.join && member.is_new && member.join_version < 4 &&
          member.join_connection == connection)
        gone.push_back(member.id);
    for (const std::string& member : gone) remove(*group, member, now, error::kUnknownMemberId);
  }
}

void Coordinator::advance(Now now) {
  if (now.ms < earliest_ms_) return;
  int64_t earliest = kNoDeadline;
  for (auto& [id, group] : groups_) earliest = std::min(earliest, advance(*group, now));
  earliest_ms_ = earliest;
}

int64_t Coordinator::advance(Group& group, Now now) {
  if (std::erase_if(group.pending_joins, [&](const auto& p) { return p.second <= now.ms; }) > 0)
    try_complete(group, now);
  std::vector<std::string> gone;
  for (const Member& member : group.members) {
    // A member that waits for an answer of ours cannot heartbeat.
    const bool waits = (member.join && !member.is_new) || member.sync;
    if (!waits && member.deadline_ms <= now.ms) gone.push_back(member.id);
  }
  for (const std::string& id : gone) remove(group, id, now, error::kUnknownMemberId);
  if (group.sync_deadline_ms <= now.ms) {
    group.sync_deadline_ms = kNoDeadline;
    gone.clear();
    for (const Member& member : group.members)
      if (member.awaits_sync) gone.push_back(member.id);
    for (const std::string& id : gone) remove(group, id, now, error::kUnknownMemberId);
  }
  if (group.state == GroupState::kPreparingRebalance && group.join_deadline_ms <= now.ms)
    join_timer(group, now);

  int64_t next = std::min(group.join_deadline_ms, group.sync_deadline_ms);
  for (const auto& [id, deadline] : group.pending_joins) next = std::min(next, deadline);
  for (const Member& member : group.members)
    if (!((member.join && !member.is_new) || member.sync))
      next = std::min(next, member.deadline_ms);
  return next;
}

void Coordinator::drop_parked() {
  for (auto& [id, group] : groups_) {
    for (Member& member : group->members) {
      member.join = nullptr;
      member.sync = nullptr;
    }
  }
}

const Group* Coordinator::find(const std::string& group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : found->second.get();
}

std::vector<const Group*> Coordinator::all() const {
  std::vector<const Group*> all;
  all.reserve(groups_.size());
  for (const auto& [id, group] : groups_) all.push_back(group.get());
  return all;
}

DescribeGroupsGroup Coordinator::describe(const std::string& id) const {
  DescribeGroupsGroup shown;
  shown.group = id;
  const Group* group = find(id);
  shown.state = name_of(group == nullptr ? GroupState::kDead : group->state);
  if (group == nullptr) return shown;
  shown.protocol_type = group->protocol_type;
  const bool stable = group->state == GroupState::kStable;
  if (stable) shown.protocol = group->protocol;
  for (const Member& member : group->members) {
    DescribeGroupsMember each;
    each.member = member.id;
    if (!member.instance_id.empty()) each.instance = member.instance_id;
    each.client_id = member.client_id;
    each.client_host = member.host;
    if (stable) {
      each.metadata.data = member.metadata(group->protocol);
      each.assignment.data = member.assignment;
    }
    shown.members.push_back(std::move(each));
  }
  return shown;
}

}  // namespace millrace::kafka
