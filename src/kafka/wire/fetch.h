// SPDX-License-Identifier: Apache-2.0
// Fetch: the request that consumers live on.
#pragma once

#include "kafka/wire/types.h"

namespace millrace::kafka {

struct FetchReplicaState {
  int32_t id = -1;
  int64_t epoch = -1;
  bool operator==(const FetchReplicaState&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.id);
    f(m.epoch);
  }
};

struct FetchRequestPartition {
  int32_t partition = 0;
  int32_t current_leader_epoch = -1;
  int64_t fetch_offset = 0;
  int32_t last_fetched_epoch = -1;
  int64_t log_start = -1;
  int32_t partition_max_bytes = 0;
  Uuid dir_id{};
  bool operator==(const FetchRequestPartition&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.partition);
    f(m.current_leader_epoch, since(9));
    f(m.fetch_offset);
    f(m.last_fetched_epoch, since(12));
    f(m.log_start, since(5));
    f(m.partition_max_bytes);
    f.tag(0, m.dir_id, since(17));
  }
};

struct FetchRequestTopic {
  std::string topic;
  Uuid topic_id{};
  std::vector<FetchRequestPartition> partitions;
  bool operator==(const FetchRequestTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.topic, until(12));
    f(m.topic_id, since(13));
    f(m.partitions);
  }
};

struct FetchForgotten {
  std::string topic;
  Uuid topic_id{};
  std::vector<int32_t> partitions;
  bool operator==(const FetchForgotten&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.topic, between(7, 12));
    f(m.topic_id, since(13));
    f(m.partitions);
  }
};

struct FetchRequest {
  std::optional<std::string> cluster_id;
  int32_t replica_id = -1;
  FetchReplicaState replica_state;
  int32_t max_wait_ms = 0;
  int32_t min_bytes = 0;
  int32_t max_bytes = 2147483647;
  int8_t isolation = 0;
  int32_t session_id = 0;
  int32_t session_epoch = -1;
  std::vector<FetchRequestTopic> topics;
  std::vector<FetchForgotten> forgotten;
  std::string rack;
  bool operator==(const FetchRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f.tag(0, m.cluster_id, since(12));
    f(m.replica_id, until(14));
    f.tag(1, m.replica_state, since(15));
    f(m.max_wait_ms);
    f(m.min_bytes);
    f(m.max_bytes);
    f(m.isolation);
    f(m.session_id, since(7));
    f(m.session_epoch, since(7));
    f(m.topics);
    f(m.forgotten, since(7));
    f(m.rack, since(11));
  }
};

struct FetchDiverging {
  int32_t epoch = -1;
  int64_t end_offset = -1;
  bool operator==(const FetchDiverging&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.epoch);
    f(m.end_offset);
  }
};

// Whom to ask instead, with an error that says that it is not us.
struct FetchLeader {
  int32_t id = -1;
  int32_t epoch = -1;
  bool operator==(const FetchLeader&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.id);
    f(m.epoch);
  }
};

struct FetchAborted {
  int64_t producer_id = 0;
  int64_t first_offset = 0;
  bool operator==(const FetchAborted&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.producer_id);
    f(m.first_offset);
  }
};

struct FetchPartition {
  int32_t partition = 0;
  int16_t error = 0;
  int64_t high_watermark = -1;
  int64_t last_stable = -1;
  int64_t log_start = -1;
  FetchDiverging diverging;
  FetchLeader current_leader;
  std::optional<std::vector<FetchAborted>> aborted;
  int32_t preferred_replica = -1;
  std::optional<Records> records;
  bool operator==(const FetchPartition&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.partition);
    f(m.error);
    f(m.high_watermark);
    f(m.last_stable);
    f(m.log_start, since(5));
    f.tag(0, m.diverging, since(12));
    f.tag(1, m.current_leader, since(12));
    f(m.aborted);
    f(m.preferred_replica, since(11));
    f(m.records);
  }
};

struct FetchTopic {
  std::string topic;
  Uuid topic_id{};
  std::vector<FetchPartition> partitions;
  bool operator==(const FetchTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.topic, until(12));
    f(m.topic_id, since(13));
    f(m.partitions);
  }
};

struct FetchNode {
  int32_t node_id = 0;
  std::string host;
  int32_t port = 0;
  std::optional<std::string> rack;
  bool operator==(const FetchNode&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.node_id);
    f(m.host);
    f(m.port);
    f(m.rack);
  }
};

struct FetchResponse {
  int32_t throttle_ms = 0;
  int16_t error = 0;
  int32_t session_id = 0;
  std::vector<FetchTopic> topics;
  std::vector<FetchNode> node_endpoints;  // of the leaders that are named
  bool operator==(const FetchResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms);
    f(m.error, since(7));
    f(m.session_id, since(7));
    f(m.topics);
    f.tag(0, m.node_endpoints, since(16));
  }
};

}  // namespace millrace::kafka
