// SPDX-License-Identifier: Apache-2.0
#include "kafka/server/store_persistence.h"

#include "kafka/wire/codec.h"

namespace millrace::kafka {
namespace {

// The record in the notation of Kafka's messages; field by field, and only ever added to at the
// end with a new version.
constexpr int16_t kVersion = 0;

struct SavedMember {
  std::string id, instance_id, client_id, host;
  int32_t session_ms = 0, rebalance_ms = 0;
  Blob metadata, assignment;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.id);
    f(m.instance_id);
    f(m.client_id);
    f(m.host);
    f(m.session_ms);
    f(m.rebalance_ms);
    f(m.metadata);
    f(m.assignment);
  }
};

struct SavedGroup {
  std::string id, protocol_type, protocol, leader;
  int32_t generation = 0;
  int64_t state_since_ms = 0;
  std::vector<SavedMember> members;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.id);
    f(m.protocol_type);
    f(m.protocol);
    f(m.leader);
    f(m.generation);
    f(m.state_since_ms);
    f(m.members);
  }
};

}  // namespace

std::string encode_group_record(const GroupRecord& group) {
  SavedGroup saved{group.id,
                   group.protocol_type,
                   group.protocol,
                   group.leader,
                   group.generation,
                   group.state_since_ms,
                   {}};
  for (const MemberRecord& member : group.members)
    saved.members.push_back({member.id,
                             member.instance_id,
                             member.client_id,
                             member.host,
                             member.session_timeout_ms,
                             member.rebalance_timeout_ms,
                             {member.metadata},
                             {member.assignment}});
  Buffer bytes;
  bytes.be(kVersion, 2);
  Writer(bytes, kVersion, false).message(saved);
  return std::string(as_text(bytes.view()));
}

Result<GroupRecord> decode_group_record(Bytes bytes) {
  ByteReader head(bytes);
  const auto version = static_cast<int16_t>(head.be(2));
  if (head.ok() && version != kVersion)
    return Error{Errc::kUnsupported,
                 "a group's record of version " + std::to_string(version) + " in control.db"};
  SavedGroup saved;
  Reader in(head.rest(), kVersion, false);
  in.message(saved);
  if (!head.ok() || !in.ok() || in.bytes_left().left() > 0)
    return Error{Errc::kCorrupt, "a group's record in control.db is damaged"};
  GroupRecord group{saved.id,
                    saved.protocol_type,
                    saved.protocol,
                    saved.leader,
                    saved.generation,
                    saved.state_since_ms,
                    {}};
  for (SavedMember& member : saved.members)
    group.members.push_back({member.id, member.instance_id, member.client_id, member.host,
                             member.session_ms, member.rebalance_ms, member.metadata.data,
                             member.assignment.data});
  return group;
}

Result<LoadedGroups> StorePersistence::load() {
  LoadedGroups loaded;
  for (const store::CoordinatorRow& row : TRY(store_.coordinators())) {
    auto group = decode_group_record(as_bytes(row.state));
    if (!group) return in_context("group " + row.group_id, std::move(group.error()));
    loaded.groups.push_back(std::move(*group));
  }
  for (store::OffsetRow& row : TRY(store_.offsets())) {
    const TopicRef topic = backend_.topic_by_id(row.topic_id);
    if (topic == nullptr) continue;  // of a topic that is gone
    loaded.offsets.push_back({row.group_id,
                              {topic->name, row.partition, row.offset, row.leader_epoch,
                               std::move(row.metadata), row.commit_time_ms}});
  }
  return loaded;
}

Status StorePersistence::save_group(const GroupRecord& group) {
  return store_.put_coordinator({group.id, encode_group_record(group)});
}

Status StorePersistence::delete_group(const std::string& group) {
  return store_.remove_coordinator(group);
}

Status StorePersistence::commit_offsets(const std::vector<OffsetCommitRecord>& commits) {
  std::vector<store::OffsetRow> rows;
  for (const OffsetCommitRecord& commit : commits) {
    const TopicRef topic = backend_.topic_by_name(commit.offset.topic);
    if (topic == nullptr) continue;  // deleted since the commit was let in
    rows.push_back({commit.group, topic->id, commit.offset.partition, commit.offset.offset,
                    commit.offset.leader_epoch, commit.offset.metadata,
                    commit.offset.commit_time_ms});
  }
  return store_.put_offsets(rows);
}

Status StorePersistence::delete_offset(const std::string& group, const std::string& topic,
                                       int32_t partition) {
  // A topic that is gone took its rows along.
  const TopicRef known = backend_.topic_by_name(topic);
  return known == nullptr ? Status(Done{}) : store_.remove_offset(group, known->id, partition);
}

}  // namespace millrace::kafka
