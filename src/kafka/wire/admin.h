// SPDX-License-Identifier: Apache-2.0
// What administration tools and consoles read.
#pragma once

#include "kafka/wire/types.h"

namespace millrace::kafka {

struct DescribeConfigsRequestResource {
  int8_t type = 0;
  std::string name;
  std::optional<std::vector<std::string>> keys;
  bool operator==(const DescribeConfigsRequestResource&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.type);
    f(m.name);
    f(m.keys);
  }
};

struct DescribeConfigsRequest {
  std::vector<DescribeConfigsRequestResource> resources;
  bool include_synonyms = false;
  bool include_doc = false;
  bool operator==(const DescribeConfigsRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.resources);
    f(m.include_synonyms);
    f(m.include_doc, since(3));
  }
};

struct DescribeConfigsSynonym {
  std::string name;
  std::optional<std::string> value;
  int8_t source = 0;
  bool operator==(const DescribeConfigsSynonym&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.value);
    f(m.source);
  }
};

struct DescribeConfigsConfig {
  std::string name;
  std::optional<std::string> value;
  bool read_only = false;
  int8_t source = 0;
  bool sensitive = false;
  std::vector<DescribeConfigsSynonym> synonyms;
  int8_t value_type = 0;
  std::optional<std::string> doc;
  bool operator==(const DescribeConfigsConfig&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.value);
    f(m.read_only);
    f(m.source);
    f(m.sensitive);
    f(m.synonyms);
    f(m.value_type, since(3));
    f(m.doc, since(3));
  }
};

struct DescribeConfigsResult {
  int16_t error = 0;
  std::optional<std::string> message;
  int8_t type = 0;
  std::string name;
  std::vector<DescribeConfigsConfig> configs;
  bool operator==(const DescribeConfigsResult&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.error);
    f(m.message);
    f(m.type);
    f(m.name);
    f(m.configs);
  }
};

struct DescribeConfigsResponse {
  int32_t throttle_ms = 0;
  std::vector<DescribeConfigsResult> results;
  bool operator==(const DescribeConfigsResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms);
    f(m.results);
  }
};

struct DescribeLogDirsRequestTopic {
  std::string topic;
  std::vector<int32_t> partitions;
  bool operator==(const DescribeLogDirsRequestTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.topic);
    f(m.partitions);
  }
};

struct DescribeLogDirsRequest {
  std::optional<std::vector<DescribeLogDirsRequestTopic>> topics;
  bool operator==(const DescribeLogDirsRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.topics);
  }
};

struct DescribeLogDirsPartition {
  int32_t partition = 0;
  int64_t size = 0;
  int64_t lag = 0;
  bool is_future = false;
  bool operator==(const DescribeLogDirsPartition&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.partition);
    f(m.size);
    f(m.lag);
    f(m.is_future);
  }
};

struct DescribeLogDirsTopic {
  std::string name;
  std::vector<DescribeLogDirsPartition> partitions;
  bool operator==(const DescribeLogDirsTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.partitions);
  }
};

struct DescribeLogDirsResult {
  int16_t error = 0;
  std::string dir;
  std::vector<DescribeLogDirsTopic> topics;
  int64_t total_bytes = -1;
  int64_t usable_bytes = -1;
  bool operator==(const DescribeLogDirsResult&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.error);
    f(m.dir);
    f(m.topics);
    f(m.total_bytes, since(4));
    f(m.usable_bytes, since(4));
  }
};

struct DescribeLogDirsResponse {
  int32_t throttle_ms = 0;
  int16_t error = 0;
  std::vector<DescribeLogDirsResult> results;
  bool operator==(const DescribeLogDirsResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms);
    f(m.error, since(3));
    f(m.results);
  }
};

struct DescribeAclsRequest {
  int8_t res_type = 0;
  std::optional<std::string> res_name;
  int8_t pattern = 3;
  std::optional<std::string> principal;
  std::optional<std::string> host;
  int8_t operation = 0;
  int8_t permission = 0;
  bool operator==(const DescribeAclsRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.res_type);
    f(m.res_name);
    f(m.pattern, since(1));
    f(m.principal);
    f(m.host);
    f(m.operation);
    f(m.permission);
  }
};

struct DescribeAclsAcl {
  std::string principal;
  std::string host;
  int8_t op = 0;
  int8_t perm = 0;
  bool operator==(const DescribeAclsAcl&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.principal);
    f(m.host);
    f(m.op);
    f(m.perm);
  }
};

struct DescribeAclsResource {
  int8_t type = 0;
  std::string name;
  int8_t pattern = 3;
  std::vector<DescribeAclsAcl> acls;
  bool operator==(const DescribeAclsResource&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.type);
    f(m.name);
    f(m.pattern, since(1));
    f(m.acls);
  }
};

struct DescribeAclsResponse {
  int32_t throttle_ms = 0;
  int16_t error = 0;
  std::optional<std::string> message;
  std::vector<DescribeAclsResource> resources;
  bool operator==(const DescribeAclsResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms);
    f(m.error);
    f(m.message);
    f(m.resources);
  }
};

struct ListPartitionReassignmentsRequestTopic {
  std::string name;
  std::vector<int32_t> partitions;
  bool operator==(const ListPartitionReassignmentsRequestTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.partitions);
  }
};

struct ListPartitionReassignmentsRequest {
  int32_t timeout_ms = 0;
  std::optional<std::vector<ListPartitionReassignmentsRequestTopic>> topics;
  bool operator==(const ListPartitionReassignmentsRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.timeout_ms);
    f(m.topics);
  }
};

struct ListPartitionReassignmentsPartition {
  int32_t partition = 0;
  std::vector<int32_t> replicas;
  std::vector<int32_t> adding;
  std::vector<int32_t> removing;
  bool operator==(const ListPartitionReassignmentsPartition&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.partition);
    f(m.replicas);
    f(m.adding);
    f(m.removing);
  }
};

struct ListPartitionReassignmentsTopic {
  std::string name;
  std::vector<ListPartitionReassignmentsPartition> partitions;
  bool operator==(const ListPartitionReassignmentsTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.partitions);
  }
};

struct ListPartitionReassignmentsResponse {
  int32_t throttle_ms = 0;
  int16_t error = 0;
  std::optional<std::string> message;
  std::vector<ListPartitionReassignmentsTopic> topics;
  bool operator==(const ListPartitionReassignmentsResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms);
    f(m.error);
    f(m.message);
    f(m.topics);
  }
};

}  // namespace millrace::kafka
