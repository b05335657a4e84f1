// SPDX-License-Identifier: Apache-2.0
// Offsets: of the log by time and by epoch, and those that groups commit.
#pragma once

#include "kafka/wire/types.h"

namespace millrace::kafka {

struct ListOffsetsRequestPartition {
  int32_t partition = 0;
  int32_t current_leader_epoch = -1;
  int64_t timestamp = 0;
  bool operator==(const ListOffsetsRequestPartition&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.partition);
    f(m.current_leader_epoch, since(4));
    f(m.timestamp);
  }
};

struct ListOffsetsRequestTopic {
  std::string name;
  std::vector<ListOffsetsRequestPartition> partitions;
  bool operator==(const ListOffsetsRequestTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.partitions);
  }
};

struct ListOffsetsRequest {
  int32_t replica_id = -1;
  int8_t isolation = 0;
  std::vector<ListOffsetsRequestTopic> topics;
  int32_t timeout_ms = 0;
  bool operator==(const ListOffsetsRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.replica_id);
    f(m.isolation, since(2));
    f(m.topics);
    f(m.timeout_ms, since(10));
  }
};

struct ListOffsetsPartition {
  int32_t partition = 0;
  int16_t error = 0;
  int64_t timestamp = -1;
  int64_t offset = -1;
  int32_t leader_epoch = -1;
  bool operator==(const ListOffsetsPartition&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.partition);
    f(m.error);
    f(m.timestamp);
    f(m.offset);
    f(m.leader_epoch, since(4));
  }
};

struct ListOffsetsTopic {
  std::string name;
  std::vector<ListOffsetsPartition> partitions;
  bool operator==(const ListOffsetsTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.partitions);
  }
};

struct ListOffsetsResponse {
  int32_t throttle_ms = 0;
  std::vector<ListOffsetsTopic> topics;
  bool operator==(const ListOffsetsResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms, since(2));
    f(m.topics);
  }
};

struct OffsetForLeaderEpochRequestPartition {
  int32_t partition = 0;
  int32_t current_leader_epoch = -1;
  int32_t leader_epoch = 0;
  bool operator==(const OffsetForLeaderEpochRequestPartition&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.partition);
    f(m.current_leader_epoch);
    f(m.leader_epoch);
  }
};

struct OffsetForLeaderEpochRequestTopic {
  std::string topic;
  std::vector<OffsetForLeaderEpochRequestPartition> partitions;
  bool operator==(const OffsetForLeaderEpochRequestTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.topic);
    f(m.partitions);
  }
};

struct OffsetForLeaderEpochRequest {
  int32_t replica_id = -1;
  std::vector<OffsetForLeaderEpochRequestTopic> topics;
  bool operator==(const OffsetForLeaderEpochRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.replica_id, since(3));
    f(m.topics);
  }
};

struct OffsetForLeaderEpochPartition {
  int16_t error = 0;
  int32_t partition = 0;
  int32_t leader_epoch = -1;
  int64_t end_offset = -1;
  bool operator==(const OffsetForLeaderEpochPartition&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.error);
    f(m.partition);
    f(m.leader_epoch);
    f(m.end_offset);
  }
};

struct OffsetForLeaderEpochTopic {
  std::string topic;
  std::vector<OffsetForLeaderEpochPartition> partitions;
  bool operator==(const OffsetForLeaderEpochTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.topic);
    f(m.partitions);
  }
};

struct OffsetForLeaderEpochResponse {
  int32_t throttle_ms = 0;
  std::vector<OffsetForLeaderEpochTopic> topics;
  bool operator==(const OffsetForLeaderEpochResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms);
    f(m.topics);
  }
};

struct OffsetCommitRequestPartition {
  int32_t partition = 0;
  int64_t offset = 0;
  int32_t leader_epoch = -1;
  int64_t timestamp = -1;
  std::optional<std::string> metadata;
  bool operator==(const OffsetCommitRequestPartition&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.partition);
    f(m.offset);
    f(m.leader_epoch, since(6));
    f(m.timestamp, between(1, 1));
    f(m.metadata);
  }
};

struct OffsetCommitRequestTopic {
  std::string name;
  std::vector<OffsetCommitRequestPartition> partitions;
  bool operator==(const OffsetCommitRequestTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.partitions);
  }
};

struct OffsetCommitRequest {
  std::string group;
  int32_t generation = -1;
  std::string member;
  std::optional<std::string> instance;
  int64_t retention_ms = -1;
  std::vector<OffsetCommitRequestTopic> topics;
  bool operator==(const OffsetCommitRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.group);
    f(m.generation);
    f(m.member);
    f(m.instance, since(7));
    f(m.retention_ms, between(2, 4));
    f(m.topics);
  }
};

struct OffsetCommitPartition {
  int32_t partition = 0;
  int16_t error = 0;
  bool operator==(const OffsetCommitPartition&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.partition);
    f(m.error);
  }
};

struct OffsetCommitTopic {
  std::string name;
  std::vector<OffsetCommitPartition> partitions;
  bool operator==(const OffsetCommitTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.partitions);
  }
};

struct OffsetCommitResponse {
  int32_t throttle_ms = 0;
  std::vector<OffsetCommitTopic> topics;
  bool operator==(const OffsetCommitResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms, since(3));
    f(m.topics);
  }
};

struct OffsetFetchRequestTopic {
  std::string name;
  std::vector<int32_t> partitions;
  bool operator==(const OffsetFetchRequestTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.partitions);
  }
};

struct OffsetFetchRequestGroup {
  std::string group;
  std::optional<std::string> member;
  int32_t member_epoch = -1;
  std::optional<std::vector<OffsetFetchRequestTopic>> topics;
  bool operator==(const OffsetFetchRequestGroup&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.group);
    f(m.member, since(9));
    f(m.member_epoch, since(9));
    f(m.topics);
  }
};

struct OffsetFetchRequest {
  std::string group;
  std::optional<std::vector<OffsetFetchRequestTopic>> topics;
  std::vector<OffsetFetchRequestGroup> groups;
  bool require_stable = false;
  bool operator==(const OffsetFetchRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.group, until(7));
    f(m.topics, until(7), since(2));
    f(m.groups, since(8));
    f(m.require_stable, since(7));
  }
};

struct OffsetFetchPartition {
  int32_t partition = 0;
  int64_t offset = -1;
  int32_t leader_epoch = -1;
  std::optional<std::string> metadata;
  int16_t error = 0;
  bool operator==(const OffsetFetchPartition&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.partition);
    f(m.offset);
    f(m.leader_epoch, since(5));
    f(m.metadata);
    f(m.error);
  }
};

struct OffsetFetchTopic {
  std::string name;
  std::vector<OffsetFetchPartition> partitions;
  bool operator==(const OffsetFetchTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.partitions);
  }
};

struct OffsetFetchGroup {
  std::string group;
  std::vector<OffsetFetchTopic> topics;
  int16_t error = 0;
  bool operator==(const OffsetFetchGroup&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.group);
    f(m.topics);
    f(m.error);
  }
};

struct OffsetFetchResponse {
  int32_t throttle_ms = 0;
  std::vector<OffsetFetchTopic> topics;
  int16_t error = 0;
  std::vector<OffsetFetchGroup> groups;
  bool operator==(const OffsetFetchResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms, since(3));
    f(m.topics, until(7));
    f(m.error, between(2, 7));
    f(m.groups, since(8));
  }
};

struct OffsetDeleteRequestPartition {
  int32_t partition = 0;
  bool operator==(const OffsetDeleteRequestPartition&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.partition);
  }
};

struct OffsetDeleteRequestTopic {
  std::string name;
  std::vector<OffsetDeleteRequestPartition> partitions;
  bool operator==(const OffsetDeleteRequestTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.partitions);
  }
};

struct OffsetDeleteRequest {
  std::string group;
  std::vector<OffsetDeleteRequestTopic> topics;
  bool operator==(const OffsetDeleteRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.group);
    f(m.topics);
  }
};

struct OffsetDeletePartition {
  int32_t partition = 0;
  int16_t error = 0;
  bool operator==(const OffsetDeletePartition&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.partition);
    f(m.error);
  }
};

struct OffsetDeleteTopic {
  std::string name;
  std::vector<OffsetDeletePartition> partitions;
  bool operator==(const OffsetDeleteTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.partitions);
  }
};

struct OffsetDeleteResponse {
  int16_t error = 0;
  int32_t throttle_ms = 0;
  std::vector<OffsetDeleteTopic> topics;
  bool operator==(const OffsetDeleteResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.error);
    f(m.throttle_ms);
    f(m.topics);
  }
};

}  // namespace millrace::kafka
