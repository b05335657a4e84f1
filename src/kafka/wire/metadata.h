// SPDX-License-Identifier: Apache-2.0
// What a client asks first: versions, topics, brokers.
#pragma once

#include "kafka/wire/types.h"

namespace millrace::kafka {

struct ApiVersionsRequest {
  std::string software_name;
  std::string software_version;
  bool operator==(const ApiVersionsRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.software_name, since(3));
    f(m.software_version, since(3));
  }
};

struct ApiVersionsKey {
  int16_t key = 0;
  int16_t min = 0;
  int16_t max = 0;
  bool operator==(const ApiVersionsKey&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.key);
    f(m.min);
    f(m.max);
  }
};

struct ApiVersionsResponse {
  int16_t error = 0;
  std::vector<ApiVersionsKey> keys;
  int32_t throttle_ms = 0;
  bool operator==(const ApiVersionsResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.error);
    f(m.keys);
    f(m.throttle_ms, since(1));
  }
};

struct MetadataRequestTopic {
  Uuid topic_id{};
  std::optional<std::string> name;
  bool operator==(const MetadataRequestTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.topic_id, since(10));
    f(m.name, kAll, since(10));
  }
};

struct MetadataRequest {
  std::optional<std::vector<MetadataRequestTopic>> topics;
  bool allow_auto_create = true;
  bool include_cluster_ops = false;
  bool include_topic_ops = false;
  bool operator==(const MetadataRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.topics, kAll, since(1));
    f(m.allow_auto_create, since(4));
    f(m.include_cluster_ops, between(8, 10));
    f(m.include_topic_ops, since(8));
  }
};

struct MetadataBroker {
  int32_t node_id = 0;
  std::string host;
  int32_t port = 0;
  std::optional<std::string> rack;
  bool operator==(const MetadataBroker&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.node_id);
    f(m.host);
    f(m.port);
    f(m.rack, since(1));
  }
};

struct MetadataPartition {
  int16_t error = 0;
  int32_t partition = 0;
  int32_t leader = 0;
  int32_t leader_epoch = -1;
  std::vector<int32_t> replicas;
  std::vector<int32_t> isr;
  std::vector<int32_t> offline;
  bool operator==(const MetadataPartition&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.error);
    f(m.partition);
    f(m.leader);
    f(m.leader_epoch, since(7));
    f(m.replicas);
    f(m.isr);
    f(m.offline, since(5));
  }
};

struct MetadataTopic {
  int16_t error = 0;
  std::optional<std::string> name;
  Uuid topic_id{};
  bool is_internal = false;
  std::vector<MetadataPartition> partitions;
  int32_t topic_ops = kOpsNotAsked;
  bool operator==(const MetadataTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.error);
    f(m.name, kAll, since(12));
    f(m.topic_id, since(10));
    f(m.is_internal, since(1));
    f(m.partitions);
    f(m.topic_ops, since(8));
  }
};

struct MetadataResponse {
  int32_t throttle_ms = 0;
  std::vector<MetadataBroker> brokers;
  std::optional<std::string> cluster_id;
  int32_t controller_id = -1;
  std::vector<MetadataTopic> topics;
  int32_t cluster_ops = kOpsNotAsked;
  int16_t error = 0;
  bool operator==(const MetadataResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms, since(3));
    f(m.brokers);
    f(m.cluster_id, since(2));
    f(m.controller_id, since(1));
    f(m.topics);
    f(m.cluster_ops, between(8, 10));
    f(m.error, since(13));
  }
};

struct DescribeClusterRequest {
  bool include_ops = false;
  int8_t endpoint_type = 1;
  bool operator==(const DescribeClusterRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.include_ops);
    f(m.endpoint_type, since(1));
  }
};

struct DescribeClusterBroker {
  int32_t id = 0;
  std::string host;
  int32_t port = 0;
  std::optional<std::string> rack;
  bool operator==(const DescribeClusterBroker&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.id);
    f(m.host);
    f(m.port);
    f(m.rack);
  }
};

struct DescribeClusterResponse {
  int32_t throttle_ms = 0;
  int16_t error = 0;
  std::optional<std::string> message;
  int8_t endpoint_type = 1;
  std::string cluster_id;
  int32_t controller = -1;
  std::vector<DescribeClusterBroker> brokers;
  int32_t cluster_ops = kOpsNotAsked;
  bool operator==(const DescribeClusterResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms);
    f(m.error);
    f(m.message);
    f(m.endpoint_type, since(1));
    f(m.cluster_id);
    f(m.controller);
    f(m.brokers);
    f(m.cluster_ops);
  }
};

}  // namespace millrace::kafka
