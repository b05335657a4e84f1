// SPDX-License-Identifier: Apache-2.0
// The groups in control.db. There a committed offset belongs to a topic's ID, so that one that is
// made anew under an old name does not inherit offsets; the coordinator knows names, as clients do.
#pragma once

#include "kafka/group/persistence.h"
#include "kafka/server/backend.h"
#include "store/store.h"

namespace millrace::kafka {

class StorePersistence final : public GroupPersistence {
 public:
  // Both outlive this. `backend` tells topics' IDs.
  StorePersistence(store::Store& store, Backend& backend) : store_(store), backend_(backend) {}
  Result<LoadedGroups> load() override;
  Status save_group(const GroupRecord& group) override;
  Status delete_group(const std::string& group) override;
  Status commit_offsets(const std::vector<OffsetCommitRecord>& commits) override;
  Status delete_offset(const std::string& group, const std::string& topic,
                       int32_t partition) override;

 private:
  store::Store& store_;
  Backend& backend_;
};

// A group's record as control.db keeps it, and back; kCorrupt when it is none.
std::string encode_group_record(const GroupRecord& group);
Result<GroupRecord> decode_group_record(Bytes bytes);

}  // namespace millrace::kafka
