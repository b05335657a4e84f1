// SPDX-License-Identifier: Apache-2.0
// One consumer group as the coordinator keeps it: plain data, and the questions that need no clock.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kafka/group/persistence.h"
#include "kafka/group/view.h"
#include "kafka/wire/groups.h"

namespace millrace::kafka {

// Answers one parked request. Called exactly once.
template <class Response>
using Reply = std::function<void(Response)>;

inline constexpr int64_t kNoDeadline = std::numeric_limits<int64_t>::max();

struct Member {
  std::string id;
  std::string instance_id;  // empty: dynamic
  std::string client_id;
  std::string host;
  int32_t session_ms = 0;
  int32_t rebalance_ms = 0;
  std::vector<JoinGroupRequestProtocol> protocols;  // in order of preference, each name once
  std::string assignment;

  Reply<JoinGroupResponse> join;  // parked, while the group waits for the others
  int16_t join_version = 0;
  uint64_t join_connection = 0;
  uint64_t join_order = 0;        // who joined this rebalance first
  bool is_new = false;            // its first join is still parked: it cannot heartbeat yet
  Reply<SyncGroupResponse> sync;  // parked, while the leader assigns
  bool awaits_sync = false;       // was told the generation and has not asked for its assignment
  int64_t deadline_ms = kNoDeadline;  // session end

  bool supports(const std::string& protocol) const;
  const std::string& metadata(const std::string& protocol) const;
};

struct Group {
  std::string id;
  std::string protocol_type;
  std::string protocol;
  std::string leader;
  int32_t generation = 0;
  GroupState state = GroupState::kEmpty;
  int64_t state_since_ms = 0;  // wall clock
  std::vector<Member> members;
  std::map<std::string, int64_t>
      pending_joins;  // IDs handed out with MEMBER_ID_REQUIRED, deadlines
  std::map<std::pair<std::string, int32_t>, CommittedOffset> offsets;

  int64_t join_deadline_ms = kNoDeadline;  // end of PreparingRebalance, or of the initial delay
  bool initial_delay = false;
  bool newcomers = false;            // since the initial delay was last extended
  int64_t initial_delay_end_ms = 0;  // it is not extended past this
  int64_t sync_deadline_ms = kNoDeadline;

  Member* find(const std::string& member_id);
  Member* find_instance(const std::string& instance_id);
  bool all_joined() const;
  int32_t longest_rebalance_ms() const;
  // The protocol that all support and most prefer; empty when there is none.
  std::string choose_protocol() const;
  // Whether `protocols` has one in common with all members but `joiner`.
  bool compatible(const JoinGroupRequest& request, const Member* joiner) const;
  GroupRecord record() const;
  GroupView view() const;
  // Whether an active consumer subscribes to it.
  bool subscribes(const std::string& topic) const;
};

}  // namespace millrace::kafka
