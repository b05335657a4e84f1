// SPDX-License-Identifier: Apache-2.0
// Writes: read only to be refused.
#pragma once

#include "kafka/wire/types.h"

namespace millrace::kafka {

struct ProduceRequestPartition {
  int32_t index = 0;
  std::optional<Records> records;
  bool operator==(const ProduceRequestPartition&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.index);
    f(m.records);
  }
};

struct ProduceRequestTopic {
  std::string name;
  std::vector<ProduceRequestPartition> partitions;
  bool operator==(const ProduceRequestTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.partitions);
  }
};

struct ProduceRequest {
  std::optional<std::string> txn_id;
  int16_t acks = 0;
  int32_t timeout_ms = 0;
  std::vector<ProduceRequestTopic> topics;
  bool operator==(const ProduceRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.txn_id, since(3));
    f(m.acks);
    f(m.timeout_ms);
    f(m.topics);
  }
};

struct ProduceRecordError {
  int32_t i = 0;
  std::optional<std::string> message;
  bool operator==(const ProduceRecordError&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.i);
    f(m.message);
  }
};

struct ProducePartition {
  int32_t index = 0;
  int16_t error = 0;
  int64_t base_offset = -1;
  int64_t append_time = -1;
  int64_t log_start = -1;
  std::vector<ProduceRecordError> record_errors;
  std::optional<std::string> message;
  bool operator==(const ProducePartition&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.index);
    f(m.error);
    f(m.base_offset);
    f(m.append_time, since(2));
    f(m.log_start, since(5));
    f(m.record_errors, since(8));
    f(m.message, since(8));
  }
};

struct ProduceTopic {
  std::string name;
  std::vector<ProducePartition> partitions;
  bool operator==(const ProduceTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.partitions);
  }
};

struct ProduceResponse {
  std::vector<ProduceTopic> topics;
  int32_t throttle_ms = 0;
  bool operator==(const ProduceResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.topics);
    f(m.throttle_ms, since(1));
  }
};

struct InitProducerIdRequest {
  std::optional<std::string> txn_id;
  int32_t timeout_ms = 0;
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;
  bool operator==(const InitProducerIdRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.txn_id);
    f(m.timeout_ms);
    f(m.producer_id, since(3));
    f(m.producer_epoch, since(3));
  }
};

struct InitProducerIdResponse {
  int32_t throttle_ms = 0;
  int16_t error = 0;
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;
  bool operator==(const InitProducerIdResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms);
    f(m.error);
    f(m.producer_id);
    f(m.producer_epoch);
  }
};

struct CreateTopicsRequestAssignment {
  int32_t partition = 0;
  std::vector<int32_t> brokers;
  bool operator==(const CreateTopicsRequestAssignment&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.partition);
    f(m.brokers);
  }
};

struct CreateTopicsRequestConfig {
  std::string name;
  std::optional<std::string> value;
  bool operator==(const CreateTopicsRequestConfig&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.value);
  }
};

struct CreateTopicsRequestTopic {
  std::string name;
  int32_t partitions = 0;
  int16_t rf = 0;
  std::vector<CreateTopicsRequestAssignment> assignments;
  std::vector<CreateTopicsRequestConfig> configs;
  bool operator==(const CreateTopicsRequestTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.partitions);
    f(m.rf);
    f(m.assignments);
    f(m.configs);
  }
};

struct CreateTopicsRequest {
  std::vector<CreateTopicsRequestTopic> topics;
  int32_t timeout_ms = 0;
  bool validate_only = false;
  bool operator==(const CreateTopicsRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.topics);
    f(m.timeout_ms);
    f(m.validate_only, since(1));
  }
};

struct CreateTopicsConfig {
  std::string name;
  std::optional<std::string> value;
  bool read_only = false;
  int8_t source = 0;
  bool sensitive = false;
  bool operator==(const CreateTopicsConfig&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.value);
    f(m.read_only);
    f(m.source);
    f(m.sensitive);
  }
};

struct CreateTopicsTopic {
  std::string name;
  Uuid topic_id{};
  int16_t error = 0;
  std::optional<std::string> message;
  int16_t config_error = 0;
  int32_t partitions = -1;
  int16_t rf = -1;
  std::optional<std::vector<CreateTopicsConfig>> configs;
  bool operator==(const CreateTopicsTopic&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.name);
    f(m.topic_id, since(7));
    f(m.error);
    f(m.message, since(1));
    f.tag(0, m.config_error, since(5));
    f(m.partitions, since(5));
    f(m.rf, since(5));
    f(m.configs, since(5));
  }
};

struct CreateTopicsResponse {
  int32_t throttle_ms = 0;
  std::vector<CreateTopicsTopic> topics;
  bool operator==(const CreateTopicsResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.throttle_ms, since(2));
    f(m.topics);
  }
};

}  // namespace millrace::kafka
