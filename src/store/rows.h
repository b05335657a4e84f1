// SPDX-License-Identifier: Apache-2.0
// What control.db holds, as values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/scram.h"

namespace millrace::store {

using TopicId = std::array<std::byte, 16>;

struct TaskRow {
  std::string id;    // 12 of [a-z0-9]
  std::string name;  // any text, may repeat
  std::string spec;  // JSON, owned by task/; the source's password is sealed
  bool run = false;  // what a person wants: running, or not
  std::string state;
  std::string reason;  // why it is in that state; empty when there is nothing to say
  int64_t since_ms = 0;
  int64_t created_ms = 0;
  uint32_t server_id = 0;  // what its dump registers with at the source
  std::string topic;
  TopicId topic_id{};
  int64_t first_offset = 0;  // where the topic begins: past the end of an older one of that name
  int32_t first_epoch = 0;
  std::string precheck;  // the last report as JSON; empty before the first
};

struct GroupRow {
  std::string id;
  std::string task_id;
  std::string account;
  std::string name;
  int64_t created_ms = 0;
  ScramVerifier sha256;
  ScramVerifier sha512;
  std::vector<std::string> networks;  // from where its clients may come; empty: from anywhere
};

struct OffsetRow {
  std::string group_id;
  TopicId topic_id{};
  int32_t partition = 0;
  int64_t offset = -1;
  int32_t leader_epoch = -1;
  std::string metadata;  // as the client sent it, byte for byte
  int64_t commit_time_ms = 0;
};

// What the Kafka group coordinator must find again; its bytes are its own.
struct CoordinatorRow {
  std::string group_id;
  std::string state;
};

struct UserRow {
  std::string name;
  std::string role;      // "admin", "operator" or "viewer"
  std::string password;  // an argon2id hash
  int64_t created_ms = 0;
};

// Where a deleted topic ended: one of the same name begins there.
struct TopicEnd {
  int64_t offset = 0;
  int32_t leader_epoch = 0;
};

struct AuditRow {
  int64_t id = 0;
  int64_t time_ms = 0;
  std::string who;
  std::string what;    // "task create"
  std::string object;  // an ID
  std::string detail;  // JSON or text, without secrets
};

}  // namespace millrace::store
