// SPDX-License-Identifier: Apache-2.0
// control.db: tasks, consumer groups, committed offsets, users, ends of deleted topics, the audit
// trail. SQLite in WAL mode. Every change but committed offsets is synced when its call returns.
// Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/rows.h"

namespace millrace::store {

class Store {
 public:
  // Opens or makes DATA/control.db. kUnsupported: a newer version of us wrote it.
  static Result<std::unique_ptr<Store>> open(const std::string& path);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const std::string& cluster_id() const { return cluster_id_; }  // 22 characters, never changes

  Result<std::vector<TaskRow>> tasks();
  // kExists: the ID or the topic is taken.
  Status add_task(const TaskRow& task);
  Status update_task(const TaskRow& task);  // all but ID, topic and creation; kNotFound
  // The task with its groups, their offsets and coordinator records, in one; remembers where its
  // topic ended.
  Status remove_task(const std::string& id, const TopicEnd& end);
  Result<std::optional<TopicEnd>> topic_end(const std::string& topic);

  Result<std::vector<GroupRow>> groups();
  // kExists: the ID is taken; kNotFound: no such task.
  Status add_group(const GroupRow& group);
  Status set_group_password(const std::string& id, const ScramVerifier& sha256,
                            const ScramVerifier& sha512);
  Status set_group_networks(const std::string& id, const std::vector<std::string>& networks);
  Status remove_group(const std::string& id);  // with its offsets; kNotFound

  Result<std::vector<OffsetRow>> offsets();
  // One write for all; safe against the death of the process, synced by whatever syncs next.
  Status put_offsets(const std::vector<OffsetRow>& offsets);
  Status remove_offset(const std::string& group_id, const TopicId& topic_id, int32_t partition);

  Result<std::vector<CoordinatorRow>> coordinators();
  Status put_coordinator(const CoordinatorRow& row);
  Status remove_coordinator(const std::string& group_id);  // with the group's offsets

  Result<std::vector<UserRow>> users();
  Status add_user(const UserRow& user);  // kExists: the name is taken
  Status set_user_password(const std::string& name, const std::string& hash);  // kNotFound
  Status remove_user(const std::string& name);                                 // kNotFound

  // A copy as of now into the file `path`, which must not be there; other calls go on meanwhile.
  // Not synced.
  Status back_up(const std::string& path) const;

  Status audit(const AuditRow& row);  // its id is given here
  Result<std::vector<AuditRow>> audit_trail(size_t newest);

 private:
  struct Statements;
  Store();
  Status load_meta();

  std::mutex mutex_;
  std::string path_;
  std::string cluster_id_;
  std::unique_ptr<Statements> statements_;
};

}  // namespace millrace::store
