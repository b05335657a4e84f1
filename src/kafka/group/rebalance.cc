// SPDX-License-Identifier: Apache-2.0
// Members come, go and are given their shares.
#include <algorithm>

#include "base/check.h"
#include "kafka/group/coordinator.h"
#include "kafka/wire/errors.h"

namespace millrace::kafka {
namespace {

void answer_join(Member& member, JoinGroupResponse response) {
  if (member.join) std::exchange(member.join, nullptr)(std::move(response));
}

void answer_join_error(Member& member, int16_t error) {
  JoinGroupResponse response;
  response.error = error;
  response.member = member.id;
  answer_join(member, std::move(response));
}

void answer_sync_error(Member& member, int16_t error) {
  SyncGroupResponse response;
  response.error = error;
  if (member.sync) std::exchange(member.sync, nullptr)(std::move(response));
}

void take(Member& member, const Caller& caller, JoinGroupRequest request) {
  member.client_id = caller.client_id.substr(0, kMaxIdBytes);
  member.host = caller.host;
  member.session_ms = request.session_ms;
  member.rebalance_ms = request.rebalance_ms;
  member.protocols = std::move(request.protocols);
}

}  // namespace

void Coordinator::add(Group& group, std::string id, Now now, const Caller& caller,
                      JoinGroupRequest request, Reply<JoinGroupResponse> reply) {
  if (group.members.empty()) group.protocol_type = request.protocol_type;
  Member member;
  member.id = std::move(id);
  member.instance_id = request.instance.value_or("");
  member.is_new = true;
  member.deadline_ms = now.ms + limits_.new_member_join_ms;
  at(member.deadline_ms);
  take(member, caller, std::move(request));
  park_join(member, caller, std::move(reply));
  group.members.push_back(std::move(member));
  group.newcomers = true;
  if (group.state == GroupState::kPreparingRebalance) {
    try_complete(group, now);
  } else {
    prepare_rebalance(group, now);
  }
}

void Coordinator::park_join(Member& member, const Caller& caller, Reply<JoinGroupResponse> reply) {
  answer_join_error(member, error::kRebalanceInProgress);  // an earlier try of the same member
  member.join = std::move(reply);
  member.join_version = caller.version;
  member.join_connection = caller.connection;
  member.join_order = ++joins_;
}

void Coordinator::join_known(Group& group, Member& member, Now now, const Caller& caller,
                             JoinGroupRequest request, Reply<JoinGroupResponse> reply) {
  const bool changed = member.protocols != request.protocols;
  const bool leader = member.id == group.leader;
  const bool keep = !changed && (group.state == GroupState::kCompletingRebalance ||
                                 (group.state == GroupState::kStable && !leader));
  if (keep) {
    renew(member, now);
    return reply(joined(group, member, leader));
  }
  take(member, caller, std::move(request));
  park_join(member, caller, std::move(reply));
  if (group.state == GroupState::kPreparingRebalance) {
    try_complete(group, now);
  } else {
    prepare_rebalance(group, now);
  }
}

void Coordinator::replace_static(Group& group, Member& member, Now now, const Caller& caller,
                                 JoinGroupRequest request, Reply<JoinGroupResponse> reply) {
  answer_join_error(member, error::kFencedInstanceId);
  answer_sync_error(member, error::kFencedInstanceId);
  const std::string old_id =
      std::exchange(member.id, member.instance_id.substr(0, 200) + "-" + random_uuid_());
  const bool leads = group.leader == old_id;
  if (leads) group.leader = member.id;
  take(member, caller, std::move(request));
  if (group.state == GroupState::kStable && group.choose_protocol() == group.protocol) {
    // The instance came back in time: its share waits for it, the others notice nothing.
    if (!persistence_.save_group(group.record())) {
      JoinGroupResponse failed;
      failed.error = error::kCoordinatorNotAvailable;
      failed.member = member.id;
      if (leads) group.leader = old_id;
      member.id = old_id;
      return reply(std::move(failed));
    }
    renew(member, now);
    JoinGroupResponse response = joined(group, member, leads && caller.version >= 9);
    // Told that another leads, an older client does not assign anew.
    if (leads && caller.version < 9) response.leader = old_id;
    response.skip_assignment = leads && caller.version >= 9;
    return reply(std::move(response));
  }
  park_join(member, caller, std::move(reply));
  if (group.state == GroupState::kPreparingRebalance) {
    try_complete(group, now);
  } else {
    prepare_rebalance(group, now);
  }
}

JoinGroupResponse Coordinator::joined(const Group& group, const Member& member,
                                      bool with_members) const {
  JoinGroupResponse response;
  response.generation = group.generation;
  response.protocol_type = group.protocol_type;
  response.protocol = group.protocol;
  response.leader = group.leader;
  response.member = member.id;
  if (!with_members) return response;
  for (const Member& each : group.members) {
    JoinGroupMember shown{.member = each.id, .instance = std::nullopt, .metadata = {}};
    if (!each.instance_id.empty()) shown.instance = each.instance_id;
    shown.metadata.data = each.metadata(group.protocol);
    response.members.push_back(std::move(shown));
  }
  return response;
}

void Coordinator::prepare_rebalance(Group& group, Now now) {
  for (Member& member : group.members) {
    if (member.sync) renew(member, now);  // it could not heartbeat while it waited for us
    answer_sync_error(member, error::kRebalanceInProgress);
  }
  group.sync_deadline_ms = kNoDeadline;
  const int64_t longest = group.longest_rebalance_ms();
  const int64_t delay = std::min(limits_.initial_rebalance_delay_ms, longest);
  group.initial_delay = group.state == GroupState::kEmpty && delay > 0;
  group.newcomers = false;
  group.join_deadline_ms = now.ms + (group.initial_delay ? delay : longest);
  group.initial_delay_end_ms = now.ms + longest;
  at(group.join_deadline_ms);
  move_to(group, GroupState::kPreparingRebalance, now);
  try_complete(group, now);
}

void Coordinator::try_complete(Group& group, Now now) {
  if (group.state != GroupState::kPreparingRebalance) return;
  if (group.initial_delay && !group.members.empty()) return;
  if (group.all_joined()) complete_join(group, now);
}

void Coordinator::join_timer(Group& group, Now now) {
  if (group.initial_delay && group.newcomers && now.ms < group.initial_delay_end_ms) {
    group.newcomers = false;
    group.join_deadline_ms =
        std::min(now.ms + limits_.initial_rebalance_delay_ms, group.initial_delay_end_ms);
    return at(group.join_deadline_ms);
  }
  if (group.initial_delay) {
    group.initial_delay = false;
    if (!group.all_joined()) {  // somebody was given an ID and has not come back with it yet
      group.join_deadline_ms = std::max(group.initial_delay_end_ms, now.ms + 1);
      return at(group.join_deadline_ms);
    }
  }
  complete_join(group, now);
}

void Coordinator::complete_join(Group& group, Now now) {
  group.initial_delay = false;
  std::erase_if(group.members,
                [](const Member& m) { return m.join == nullptr && m.instance_id.empty(); });
  if (group.members.empty()) return become_empty(group, now);
  const Member* first = nullptr;
  for (const Member& member : group.members)
    if (member.join && (first == nullptr || member.join_order < first->join_order)) first = &member;
  group.join_deadline_ms = kNoDeadline;
  if (first == nullptr) {  // only static members, and none has come yet: their sessions decide
    group.join_deadline_ms = now.ms + std::max(group.longest_rebalance_ms(), 1);
    return at(group.join_deadline_ms);
  }
  const Member* leader = group.find(group.leader);
  group.leader = leader != nullptr && leader->join ? leader->id : first->id;
  ++group.generation;
  group.protocol = group.choose_protocol();
  move_to(group, GroupState::kCompletingRebalance, now);
  group.sync_deadline_ms = now.ms + group.longest_rebalance_ms();
  at(group.sync_deadline_ms);
  for (Member& member : group.members) {
    if (!member.join) continue;
    member.is_new = false;
    member.awaits_sync = true;
    renew(member, now);
    answer_join(member, joined(group, member, member.id == group.leader));
  }
}

void Coordinator::become_empty(Group& group, Now now) {
  ++group.generation;
  group.protocol.clear();
  group.leader.clear();
  group.join_deadline_ms = kNoDeadline;
  group.sync_deadline_ms = kNoDeadline;
  move_to(group, GroupState::kEmpty, now);
  // Nobody waits for this. Should it not be kept, members that are long gone come back at the next
  // start and are dropped when their sessions end.
  (void)persistence_.save_group(group.record());
}

void Coordinator::remove(Group& group, const std::string& member_id, Now now,
                         int16_t parked_error) {
  const auto found = std::find_if(group.members.begin(), group.members.end(),
                                  [&](const Member& m) { return m.id == member_id; });
  if (found == group.members.end()) return;
  answer_join_error(*found, parked_error);
  answer_sync_error(*found, parked_error);
  group.members.erase(found);
  if (group.state == GroupState::kPreparingRebalance) {
    try_complete(group, now);
  } else if (group.state != GroupState::kEmpty) {
    prepare_rebalance(group, now);
  }
}

void Coordinator::assign(Group& group, const SyncGroupRequest& request, Now now) {
  for (Member& member : group.members) {
    member.assignment.clear();
    for (const auto& share : request.assignments)
      if (share.member == member.id) member.assignment = share.assignment.data;
  }
  if (!persistence_.save_group(group.record())) {
    finish_syncs(group, error::kCoordinatorNotAvailable, now);
    return prepare_rebalance(group, now);
  }
  move_to(group, GroupState::kStable, now);
  finish_syncs(group, error::kNone, now);
}

void Coordinator::finish_syncs(Group& group, int16_t error, Now now) {
  for (Member& member : group.members) {
    if (!member.sync) continue;
    renew(member, now);
    if (error != error::kNone) {
      answer_sync_error(member, error);
      continue;
    }
    SyncGroupResponse response;
    response.protocol_type = group.protocol_type;
    response.protocol = group.protocol;
    response.assignment.data = member.assignment;
    std::exchange(member.sync, nullptr)(std::move(response));
  }
}

}  // namespace millrace::kafka
