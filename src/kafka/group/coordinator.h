// SPDX-License-Identifier: Apache-2.0
// The coordinator of all consumer groups (classic protocol, kafka-endpoint spec 3): a state machine
// that is told the time. It has no thread, no socket and no clock; its owner calls it from one
// thread, calls advance() when next_deadline_ms() has come, and flush() soon after a commit.
//
//   Empty -> PreparingRebalance -> CompletingRebalance -> Stable
//              ^  \-> Empty            |                    |
//              +-----------------------+--------------------+
//
// What the caller may do was decided before: no method looks at rights. Groups are the operator's,
// so neither they nor their offsets ever expire.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kafka/group/group.h"
#include "kafka/limits.h"
#include "kafka/wire/groups.h"

namespace millrace::kafka {

struct Now {
  int64_t ms = 0;       // monotonic, for timers
  int64_t wall_ms = 0;  // for what is kept
};

// Who asks.
struct Caller {
  int16_t version = 0;  // of the request
  std::string client_id;
  std::string host;  // "/10.0.0.5"
  uint64_t connection = 0;
};

struct Commit {
  std::string group;
  int32_t generation = -1;
  std::string member;
  std::string instance;
  int16_t version = 0;
  std::vector<CommittedOffset> offsets;  // commit_time_ms is filled in
};

class Coordinator {
 public:
  // `random_uuid` makes the unguessable part of a member ID.
  Coordinator(GroupPersistence& persistence, const Limits& limits,
              std::function<std::string()> random_uuid);

  // Once, before the first request: members of the last generation go on as if nothing had
  // happened.
  Status load(Now now);

  void join(Now now, const Caller& caller, JoinGroupRequest request,
            Reply<JoinGroupResponse> reply);
  void sync(Now now, const Caller& caller, const SyncGroupRequest& request,
            Reply<SyncGroupResponse> reply);
  int16_t heartbeat(Now now, const HeartbeatRequest& request);
  LeaveGroupResponse leave(Now now, int16_t version, const LeaveGroupRequest& request);
  // Answers with one error for all its offsets, after the next flush().
  void commit(Now now, Commit commit, Reply<int16_t> reply);
  void flush();
  bool wants_flush() const { return !unflushed_.empty(); }

  // A connection with a parked join is gone: a newcomer that never learned its ID goes with it.
  void connection_closed(Now now, uint64_t connection);
  void advance(Now now);
  // No later than the first timer; kNoDeadline without one.
  int64_t next_deadline_ms() const { return earliest_ms_; }
  // Parked replies are dropped: their connections are being closed.
  void drop_parked();

  // nullptr: unknown. The pointer is good until the next call.
  const Group* find(const std::string& group) const;
  std::vector<const Group*> all() const;
  DescribeGroupsGroup describe(const std::string& id) const;

  // Each returns a Kafka error.
  int16_t delete_group(const std::string& id, bool even_if_active);
  int16_t delete_offset(const std::string& id, const std::string& topic, int32_t partition);
  int16_t forget_topic(const std::string& topic);

 private:
  struct Unflushed {
    Commit commit;
    Reply<int16_t> reply;
  };

  Group* group_of(const std::string& id);
  Group& create(const std::string& id, Now now);
  void move_to(Group& group, GroupState state, Now now);
  void at(int64_t deadline_ms) { earliest_ms_ = std::min(earliest_ms_, deadline_ms); }
  void renew(Member& member, Now now);

  void join_new(Group& group, Now now, const Caller& caller, JoinGroupRequest request,
                Reply<JoinGroupResponse> reply);
  void join_known(Group& group, Member& member, Now now, const Caller& caller,
                  JoinGroupRequest request, Reply<JoinGroupResponse> reply);
  void replace_static(Group& group, Member& member, Now now, const Caller& caller,
                      JoinGroupRequest request, Reply<JoinGroupResponse> reply);
  void add(Group& group, std::string id, Now now, const Caller& caller, JoinGroupRequest request,
           Reply<JoinGroupResponse> reply);
  void park_join(Member& member, const Caller& caller, Reply<JoinGroupResponse> reply);
  JoinGroupResponse joined(const Group& group, const Member& member, bool with_members) const;

  void prepare_rebalance(Group& group, Now now);
  void try_complete(Group& group, Now now);
  void complete_join(Group& group, Now now);
  void become_empty(Group& group, Now now);
  void remove(Group& group, const std::string& member_id, Now now, int16_t parked_error);
  void assign(Group& group, const SyncGroupRequest& request, Now now);
  void finish_syncs(Group& group, int16_t error, Now now);
  int16_t check_member(Group* group, const std::string& member, const std::string& instance,
                       int32_t generation) const;
  int16_t check_commit(Now now, const Commit& commit);
  int16_t leave_one(Group& group, const std::string& member, const std::string& instance, Now now);
  int64_t advance(Group& group, Now now);  // returns the group's next deadline
  void join_timer(Group& group, Now now);

  GroupPersistence& persistence_;
  const Limits limits_;
  std::function<std::string()> random_uuid_;
  std::map<std::string, std::unique_ptr<Group>> groups_;
  std::vector<Unflushed> unflushed_;
  uint64_t joins_ = 0;
  int64_t earliest_ms_ = kNoDeadline;  // a lower bound: renewals do not raise it
};

}  // namespace millrace::kafka
