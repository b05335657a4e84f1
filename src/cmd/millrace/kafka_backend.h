// SPDX-License-Identifier: Apache-2.0
// What the Kafka endpoint asks for, answered from the tasks and control.db.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kafka/group/persistence.h"
#include "kafka/server/backend.h"
#include "store/groups.h"
#include "store/store.h"
#include "store/users.h"
#include "task/tasks.h"

namespace millrace::cmd {

struct KafkaBackendOptions {
  std::vector<std::string> admins;  // users who log in with PLAIN and administer groups
  int64_t max_record_bytes = 64 << 20;
  std::function<int64_t()> now_ms;
};

class KafkaBackend final : public kafka::Backend, public kafka::GroupPersistence {
 public:
  KafkaBackend(task::Tasks& tasks, store::Store& store, store::Groups& groups, store::Users& users,
               KafkaBackendOptions options);

  std::optional<kafka::Principal> authenticate(std::string_view user,
                                               std::string_view password) override;
  std::optional<kafka::ScramAccount> scram_account(std::string_view user,
                                                   kafka::ScramMechanism mechanism) override;
  std::optional<kafka::Principal> principal_of_group(std::string_view group_id) override;
  bool admits(const kafka::Principal& principal, std::string_view listener,
              std::string_view peer_ip) override;
  std::vector<kafka::TopicRef> topics_of(const kafka::Principal& principal) override;
  kafka::TopicRef topic_by_name(std::string_view name) override;
  kafka::TopicRef topic_by_id(const kafka::TopicId& id) override;
  std::string cluster_id() override { return store_.cluster_id(); }
  int64_t now_ms() override { return options_.now_ms(); }

  Result<kafka::LoadedGroups> load() override;
  Status save_group(const kafka::GroupRecord& group) override;
  Status delete_group(const std::string& group) override;
  Status commit_offsets(const std::vector<kafka::OffsetCommitRecord>& commits) override;
  Status delete_offset(const std::string& group, const std::string& topic,
                       int32_t partition) override;

 private:
  // All topics of one moment.
  struct Topics {
    task::TaskTopics source;
    std::map<std::string, kafka::TopicRef, std::less<>> by_name;
    std::map<kafka::TopicId, kafka::TopicRef> by_id;
  };
  std::shared_ptr<const Topics> topics();
  bool is_admin(std::string_view user) const;

  task::Tasks& tasks_;
  store::Store& store_;
  store::Groups& groups_;
  store::Users& users_;
  const KafkaBackendOptions options_;
  std::mutex mutex_;
  std::shared_ptr<const Topics> topics_;
};

}  // namespace millrace::cmd
