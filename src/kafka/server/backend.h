// SPDX-License-Identifier: Apache-2.0
// What the Kafka endpoint asks of the rest of the program. Every call may come from any of the
// endpoint's threads; only authenticate() and scram_account() may take long.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "storage/batch.h"
#include "storage/log_reader.h"

namespace millrace::kafka {

using TopicId = std::array<std::byte, 16>;

// Who is on the other side, and so what it may do: a group's account reads the topics of its own
// task and uses its own group ID; an admin describes everything, resets and deletes groups, and
// reads no records.
struct Principal {
  std::string name;      // the SASL user, whole
  std::string group_id;  // empty for an admin
  std::string task_id;   // empty for an admin
  bool admin = false;
};

// One topic's incarnation. Immutable: what changes comes as a new Topic.
struct Topic {
  std::string name;
  TopicId id{};
  std::string task_id;
  std::shared_ptr<storage::LogReader> log;  // null: not readable (yet), or refused to open
  bool storage_error = false;               // the log refused to open
  storage::Compression compression = storage::Compression::kNone;
  int64_t retention_ms = -1;     // -1: no limit
  int64_t retention_bytes = -1;  // -1: no limit
  int64_t segment_bytes = 256 << 20;
  int64_t max_record_bytes = 64 << 20;
};
using TopicRef = std::shared_ptr<const Topic>;

enum class ScramMechanism : uint8_t {
  kSha256 = 1,
  kSha512 = 2
};  // as DescribeUserScramCredentials

// What the server keeps in place of a password (RFC 5802): no password can be read from it.
struct ScramVerifier {
  std::vector<std::byte> salt;
  int32_t iterations = 4096;
  std::vector<std::byte> stored_key;
  std::vector<std::byte> server_key;
};
struct ScramAccount {
  Principal principal;
  ScramVerifier verifier;
};

class Backend {
 public:
  virtual ~Backend() = default;
  // PLAIN. The user is looked up whole: "<account>-<group ID>", or "<account>" where it is unique,
  // or an admin. nullopt for a wrong password and an unknown user alike, after the same work. May
  // take as long as a password hash takes: called on a worker thread.
  virtual std::optional<Principal> authenticate(std::string_view user,
                                                std::string_view password) = 0;
  // SCRAM. nullopt: no such user, or one that cannot use SCRAM.
  virtual std::optional<ScramAccount> scram_account(std::string_view user,
                                                    ScramMechanism mechanism) = 0;
  // The rights that a `plaintext` listener gives to its connections. nullopt: no such group.
  virtual std::optional<Principal> principal_of_group(std::string_view group_id) = 0;

  // Whether this principal may use that listener from that address. Asked at the login, and again
  // when topics change.
  virtual bool admits(const Principal& principal, std::string_view listener,
                      std::string_view peer_ip) = 0;

  // The topics that this principal may describe: its task's, or all for an admin.
  virtual std::vector<TopicRef> topics_of(const Principal& principal) = 0;
  // Null: no such topic. Whether the caller may know is decided with Topic::task_id.
  virtual TopicRef topic_by_name(std::string_view name) = 0;
  virtual TopicRef topic_by_id(const TopicId& id) = 0;

  virtual std::string cluster_id() = 0;  // 22 characters, never changes
  virtual int64_t now_ms() = 0;          // wall clock
};

}  // namespace millrace::kafka
