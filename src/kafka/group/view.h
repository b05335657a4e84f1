// SPDX-License-Identifier: Apache-2.0
// What others may know of the consumer groups: a copy, made at one moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::kafka {

enum class GroupState : uint8_t {
  kEmpty,
  kPreparingRebalance,
  kCompletingRebalance,
  kStable,
  kDead,
};
// As Kafka's tools print them: "Empty", "PreparingRebalance" ...
const char* name_of(GroupState state);

struct CommittedOffset {
  std::string topic;
  int32_t partition = 0;
  int64_t offset = -1;
  int32_t leader_epoch = -1;
  std::string metadata;  // as the client sent it, byte for byte
  int64_t commit_time_ms = 0;
  bool operator==(const CommittedOffset&) const = default;
};

struct MemberView {
  std::string id;
  std::string instance_id;  // empty: not static
  std::string client_id;
  std::string host;
  std::vector<std::string> topics;  // subscribed, as far as the client's blob can be read
  struct Partition {
    std::string topic;
    int32_t partition = 0;
  };
  std::vector<Partition> assigned;
};

struct GroupView {
  std::string id;
  GroupState state = GroupState::kEmpty;
  std::string protocol_type;  // "consumer", or empty when there was never a member
  std::string protocol;       // the assignor, while stable
  std::string leader;
  int32_t generation = 0;
  int64_t state_since_ms = 0;
  std::vector<MemberView> members;
  std::vector<CommittedOffset> offsets;
};

// A live connection that reads or wants to read: also those that only assign and never join.
struct ConnectionView {
  uint64_t id = 0;
  std::string listener;
  std::string peer;  // host:port
  std::string principal;
  std::string group_id;  // the principal's; empty for an admin and before authentication
  std::string client_id;
  std::string software;  // name and version, where the client told
  int64_t since_ms = 0;
};

struct EndpointCounts {
  uint64_t connections = 0;  // open now
  uint64_t accepted = 0;
  uint64_t refused = 0;  // over a limit
  uint64_t malformed = 0;
  uint64_t authentication_failures = 0;
  uint64_t requests = 0;
  uint64_t fetches = 0;
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;
  uint64_t parked_fetches = 0;  // now
  uint64_t fetch_sessions = 0;  // now
};

// Any thread may ask, except the endpoint's own; a call may wait for the coordinator for a moment.
class GroupViewer {
 public:
  virtual ~GroupViewer() = default;
  virtual std::vector<GroupView> groups() const = 0;
  // nullopt: nobody joined it and nothing was committed for it so far.
  virtual std::optional<GroupView> group(const std::string& id) const = 0;
  virtual std::vector<ConnectionView> connections() const = 0;
  virtual EndpointCounts counts() const = 0;
};

}  // namespace millrace::kafka
