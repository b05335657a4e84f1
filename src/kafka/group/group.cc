// SPDX-License-Identifier: Apache-2.0
#include "kafka/group/group.h"

#include <algorithm>

#include "kafka/group/subscription.h"

namespace millrace::kafka {

const char* name_of(GroupState state) {
  switch (state) {
    case GroupState::kEmpty:
      return "Empty";
    case GroupState::kPreparingRebalance:
      return "PreparingRebalance";
    case GroupState::kCompletingRebalance:
      return "CompletingRebalance";
    case GroupState::kStable:
      return "Stable";
    case GroupState::kDead:
      break;
  }
  return "Dead";
}

bool Member::supports(const std::string& protocol) const {
  return std::any_of(protocols.begin(), protocols.end(),
                     [&](const auto& each) { return each.name == protocol; });
}

const std::string& Member::metadata(const std::string& protocol) const {
  static const std::string kNone;
  for (const auto& each : protocols)
    if (each.name == protocol) return each.metadata.data;
  return kNone;
}

Member* Group::find(const std::string& member_id) {
  for (Member& member : members)
    if (member.id == member_id) return &member;
  return nullptr;
}

Member* Group::find_instance(const std::string& instance_id) {
  for (Member& member : members)
    if (!instance_id.empty() && member.instance_id == instance_id) return &member;
  return nullptr;
}

bool Group::all_joined() const {
  return pending_joins.empty() && std::all_of(members.begin(), members.end(),
                                              [](const Member& m) { return m.join != nullptr; });
}

int32_t Group::longest_rebalance_ms() const {
  int32_t longest = 0;
  for (const Member& member : members) longest = std::max(longest, member.rebalance_ms);
  return longest;
}

std::string Group::choose_protocol() const {
  if (members.empty()) return "";
  const auto common = [this](const std::string& protocol) {
    return std::all_of(members.begin(), members.end(),
                       [&](const Member& m) { return m.supports(protocol); });
  };
  std::map<std::string, size_t> votes;
  for (const Member& member : members) {
    const auto first = std::find_if(member.protocols.begin(), member.protocols.end(),
                                    [&](const auto& each) { return common(each.name); });
    if (first != member.protocols.end()) ++votes[first->name];
  }
  std::string best;
  for (const auto& [protocol, count] : votes)
    if (best.empty() || count > votes[best]) best = protocol;
  return best;
}

bool Group::compatible(const JoinGroupRequest& request, const Member* joiner) const {
  if (request.protocol_type.empty() || request.protocols.empty()) return false;
  const bool alone = members.empty() || (members.size() == 1 && joiner == &members.front());
  if (alone) return true;
  if (request.protocol_type != protocol_type) return false;
  return std::any_of(request.protocols.begin(), request.protocols.end(), [&](const auto& mine) {
    return std::all_of(members.begin(), members.end(), [&](const Member& member) {
      return &member == joiner || member.supports(mine.name);
    });
  });
}

GroupRecord Group::record() const {
  GroupRecord record{.id = id,
                     .protocol_type = protocol_type,
                     .protocol = protocol,
                     .leader = leader,
                     .generation = generation,
                     .state_since_ms = state_since_ms,
                     .members = {}};
  for (const Member& member : members) {
    record.members.push_back({.id = member.id,
                              .instance_id = member.instance_id,
                              .client_id = member.client_id,
                              .host = member.host,
                              .session_timeout_ms = member.session_ms,
                              .rebalance_timeout_ms = member.rebalance_ms,
                              .metadata = member.metadata(protocol),
                              .assignment = member.assignment});
  }
  return record;
}

GroupView Group::view() const {
  GroupView view{.id = id,
                 .state = state,
                 .protocol_type = protocol_type,
                 .protocol = protocol,
                 .leader = leader,
                 .generation = generation,
                 .state_since_ms = state_since_ms,
                 .members = {},
                 .offsets = {}};
  for (const Member& member : members) {
    MemberView shown{.id = member.id,
                     .instance_id = member.instance_id,
                     .client_id = member.client_id,
                     .host = member.host,
                     .topics = {},
                     .assigned = {}};
    if (protocol_type == "consumer" && !member.protocols.empty()) {
      const std::string& chosen =
          member.supports(protocol) ? protocol : member.protocols.front().name;
      shown.topics = subscribed_topics(member.metadata(chosen)).value_or(shown.topics);
      shown.assigned = assigned_partitions(member.assignment).value_or(shown.assigned);
    }
    view.members.push_back(std::move(shown));
  }
  for (const auto& [where, offset] : offsets) view.offsets.push_back(offset);
  return view;
}

bool Group::subscribes(const std::string& topic) const {
  if (protocol_type != "consumer") return false;
  for (const MemberView& member : view().members)
    if (std::find(member.topics.begin(), member.topics.end(), topic) != member.topics.end())
      return true;
  return false;
}

}  // namespace millrace::kafka
