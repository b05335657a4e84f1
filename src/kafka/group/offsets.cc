// SPDX-License-Identifier: Apache-2.0
// Committed offsets, and what an administrator does to a group.
#include "base/check.h"
#include "kafka/group/coordinator.h"
#include "kafka/wire/errors.h"

namespace millrace::kafka {

int16_t Coordinator::check_commit(Now now, const Commit& commit) {
  if (commit.group.empty() || commit.group.size() > kMaxIdBytes) return error::kInvalidGroupId;
  Group* group = group_of(commit.group);
  const bool simple = commit.generation < 0 && commit.member.empty() && commit.instance.empty();
  if (group == nullptr) {
    if (commit.generation >= 0)
      return commit.version >= 9 ? error::kGroupIdNotFound : error::kIllegalGeneration;
    if (!simple) return error::kUnknownMemberId;
    create(commit.group, now);  // kept with its first offset
    return error::kNone;
  }
  if (commit.generation < 0 && group->state == GroupState::kEmpty) return error::kNone;
  if (simple) return error::kUnknownMemberId;
  if (const int16_t error = check_member(group, commit.member, commit.instance, commit.generation))
    return error;
  if (group->state == GroupState::kCompletingRebalance) return error::kRebalanceInProgress;
  renew(*group->find(commit.member), now);
  return error::kNone;
}

void Coordinator::commit(Now now, Commit commit, Reply<int16_t> reply) {
  if (const int16_t error = check_commit(now, commit)) return reply(error);
  for (CommittedOffset& offset : commit.offsets) offset.commit_time_ms = now.wall_ms;
  unflushed_.push_back({std::move(commit), std::move(reply)});
}

void Coordinator::flush() {
  if (unflushed_.empty()) return;
  std::vector<OffsetCommitRecord> records;
  for (const Unflushed& each : unflushed_)
    for (const CommittedOffset& offset : each.commit.offsets)
      records.push_back({each.commit.group, offset});
  const bool kept = records.empty() || static_cast<bool>(persistence_.commit_offsets(records));
  for (Unflushed& each : std::exchange(unflushed_, {})) {
    Group* group = group_of(each.commit.group);
    CHECK(group != nullptr, each.commit.group);  // whoever deletes a group flushes first
    if (kept)
      for (CommittedOffset& offset : each.commit.offsets) {
        auto where = std::make_pair(offset.topic, offset.partition);
        group->offsets[std::move(where)] = std::move(offset);
      }
    each.reply(kept ? error::kNone : error::kCoordinatorNotAvailable);
  }
}

int16_t Coordinator::delete_group(const std::string& id, bool even_if_active) {
  flush();
  Group* group = group_of(id);
  if (group == nullptr) return error::kGroupIdNotFound;
  if (group->state != GroupState::kEmpty && !even_if_active) return error::kNonEmptyGroup;
  if (!persistence_.delete_group(id)) return error::kCoordinatorNotAvailable;
  for (Member& member : group->members) {
    JoinGroupResponse join;
    join.error = error::kUnknownMemberId;
    join.member = member.id;
    if (member.join) std::exchange(member.join, nullptr)(std::move(join));
    SyncGroupResponse sync;
    sync.error = error::kUnknownMemberId;
    if (member.sync) std::exchange(member.sync, nullptr)(std::move(sync));
  }
  groups_.erase(id);
  return error::kNone;
}

int16_t Coordinator::delete_offset(const std::string& id, const std::string& topic,
                                   int32_t partition) {
  flush();
  Group* group = group_of(id);
  if (group == nullptr) return error::kGroupIdNotFound;
  if (group->state != GroupState::kEmpty && group->protocol_type != "consumer")
    return error::kNonEmptyGroup;
  if (group->subscribes(topic)) return error::kGroupSubscribedToTopic;
  if (!group->offsets.contains({topic, partition})) return error::kNone;
  if (!persistence_.delete_offset(id, topic, partition)) return error::kCoordinatorNotAvailable;
  group->offsets.erase({topic, partition});
  return error::kNone;
}

int16_t Coordinator::forget_topic(const std::string& topic) {
  flush();
  for (auto& [id, group] : groups_) {
    auto& offsets = group->offsets;
    for (auto at = offsets.begin(); at != offsets.end();) {
      if (at->first.first != topic) {
        ++at;
        continue;
      }
      if (!persistence_.delete_offset(id, topic, at->first.second))
        return error::kCoordinatorNotAvailable;
      at = offsets.erase(at);
    }
  }
  return error::kNone;
}

}  // namespace millrace::kafka
