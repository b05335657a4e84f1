// SPDX-License-Identifier: Apache-2.0
// Who may do what (kafka-endpoint spec 6.2). A group's account: its own task's topics and its own
// group. An admin: describe everything, reset and delete groups, read no records. To everybody else
// a thing that is not theirs and one that does not exist look the same.
#pragma once

#include <string_view>

#include "kafka/server/backend.h"
#include "kafka/wire/errors.h"

namespace millrace::kafka {

inline bool may_read(const Principal& who, const Topic& topic) {
  return !who.admin && !who.task_id.empty() && topic.task_id == who.task_id;
}
inline bool may_describe(const Principal& who, const Topic& topic) {
  return who.admin || may_read(who, topic);
}
inline bool may_use_group(const Principal& who, std::string_view group) {
  return !who.admin && !group.empty() && group == who.group_id;
}
inline bool may_describe_group(const Principal& who, std::string_view group) {
  return who.admin || may_use_group(who, group);
}

// A topic by name, for one who wants to describe it; null with `error` set.
inline TopicRef describable_topic(Backend& backend, const Principal& who, std::string_view name,
                                  int16_t& error) {
  TopicRef topic = backend.topic_by_name(name);
  error = error::kNone;
  if (topic == nullptr) {
    error = who.admin ? error::kUnknownTopicOrPartition : error::kTopicAuthorizationFailed;
  } else if (!may_describe(who, *topic)) {
    error = error::kTopicAuthorizationFailed;
    topic = nullptr;
  }
  return topic;
}

// The error of a partition that exists on paper: 0 when its log can be read.
inline int16_t partition_error(const Topic& topic, int32_t partition) {
  if (partition != 0) return error::kUnknownTopicOrPartition;
  if (topic.storage_error) return error::kKafkaStorageError;
  return topic.log == nullptr ? error::kLeaderNotAvailable : error::kNone;
}

inline int16_t epoch_error(int32_t clients, int32_t ours) {
  if (clients < 0 || clients == ours) return error::kNone;
  return clients < ours ? error::kFencedLeaderEpoch : error::kUnknownLeaderEpoch;
}

}  // namespace millrace::kafka
