// SPDX-License-Identifier: Apache-2.0
// What of the groups must outlive the process, and the interface through which it does.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "kafka/group/view.h"

namespace millrace::kafka {

struct MemberRecord {
  std::string id;
  std::string instance_id;  // empty: not static
  std::string client_id;
  std::string host;
  int32_t session_timeout_ms = 0;
  int32_t rebalance_timeout_ms = 0;
  std::string metadata;    // the subscription, for the chosen protocol
  std::string assignment;  // opaque
  bool operator==(const MemberRecord&) const = default;
};

struct GroupRecord {
  std::string id;
  std::string protocol_type;
  std::string protocol;
  std::string leader;
  int32_t generation = 0;
  int64_t state_since_ms = 0;
  std::vector<MemberRecord> members;
  bool operator==(const GroupRecord&) const = default;
};

struct OffsetCommitRecord {
  std::string group;
  CommittedOffset offset;
};

struct LoadedGroups {
  std::vector<GroupRecord> groups;
  std::vector<OffsetCommitRecord> offsets;  // a group may be here without a GroupRecord
};

// Called from one thread at a time: the coordinator's. Calls may block for one write.
class GroupPersistence {
 public:
  virtual ~GroupPersistence() = default;
  virtual Result<LoadedGroups> load() = 0;
  // Durable, synced, when it returns.
  virtual Status save_group(const GroupRecord& group) = 0;
  virtual Status delete_group(const std::string& group) = 0;  // with its offsets; synced
  // One write for all; safe against the process's death, need not be synced.
  virtual Status commit_offsets(const std::vector<OffsetCommitRecord>& commits) = 0;
  virtual Status delete_offset(const std::string& group, const std::string& topic,
                               int32_t partition) = 0;
};

}  // namespace millrace::kafka
