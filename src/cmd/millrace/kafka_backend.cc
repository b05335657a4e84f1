// SPDX-License-Identifier: Apache-2.0
#include "cmd/millrace/kafka_backend.h"

#include <algorithm>

#include "base/network.h"
#include "cmd/millrace/group_record.h"

namespace millrace::cmd {
namespace {

kafka::Principal principal_of(const store::GroupRow& group) {
  return {.name = store::sasl_user(group),
          .group_id = group.id,
          .task_id = group.task_id,
          .admin = false};
}

kafka::ScramVerifier verifier_of(const store::ScramVerifier& verifier) {
  return {.salt = verifier.salt,
          .iterations = verifier.iterations,
          .stored_key = verifier.stored_key,
          .server_key = verifier.server_key};
}

}  // namespace

KafkaBackend::KafkaBackend(task::Tasks& tasks, store::Store& store, store::Groups& groups,
                           store::Users& users, KafkaBackendOptions options)
    : tasks_(tasks), store_(store), groups_(groups), users_(users), options_(std::move(options)) {}

bool KafkaBackend::is_admin(std::string_view user) const {
  return std::find(options_.admins.begin(), options_.admins.end(), user) != options_.admins.end();
}

std::optional<kafka::Principal> KafkaBackend::authenticate(std::string_view user,
                                                           std::string_view password) {
  if (is_admin(user)) {
    const std::optional<store::UserRow> admin = users_.authenticate(user, password);
    if (!admin) return std::nullopt;
    return kafka::Principal{.name = admin->name, .group_id = "", .task_id = "", .admin = true};
  }
  const std::optional<store::GroupRow> group = groups_.authenticate(user, password);
  if (!group) return std::nullopt;
  return principal_of(*group);
}

std::optional<kafka::ScramAccount> KafkaBackend::scram_account(std::string_view user,
                                                               kafka::ScramMechanism mechanism) {
  if (is_admin(user)) return std::nullopt;  // of a person there is a hash, and no verifier
  const std::optional<store::GroupRow> group = groups_.find_user(user);
  if (!group) return std::nullopt;
  return kafka::ScramAccount{
      .principal = principal_of(*group),
      .verifier =
          verifier_of(mechanism == kafka::ScramMechanism::kSha256 ? group->sha256 : group->sha512)};
}

std::optional<kafka::Principal> KafkaBackend::principal_of_group(std::string_view group_id) {
  const std::optional<store::GroupRow> group = groups_.find(group_id);
  if (!group) return std::nullopt;
  return principal_of(*group);
}

bool KafkaBackend::admits(const kafka::Principal& principal, std::string_view listener,
                          std::string_view peer_ip) {
  if (principal.admin) return true;
  const std::optional<store::GroupRow> group = groups_.find(principal.group_id);
  if (!group) return false;
  const Result<std::vector<Network>> networks = parse_networks(group->networks);
  if (!networks || !allows(*networks, peer_ip)) return false;
  for (const task::TaskTopic& topic : *tasks_.topics()) {
    if (topic.task_id != principal.task_id || topic.listeners.empty()) continue;
    if (std::find(topic.listeners.begin(), topic.listeners.end(), listener) ==
        topic.listeners.end())
      return false;
  }
  return true;
}

std::shared_ptr<const KafkaBackend::Topics> KafkaBackend::topics() {
  const std::lock_guard lock(mutex_);
  const task::TaskTopics source = tasks_.topics();
  if (topics_ != nullptr && topics_->source == source) return topics_;
  auto made = std::make_shared<Topics>();
  made->source = source;
  for (const task::TaskTopic& topic : *source) {
    auto ref = std::make_shared<kafka::Topic>();
    ref->name = topic.name;
    ref->id = topic.id;
    ref->task_id = topic.task_id;
    ref->log = topic.log;
    ref->storage_error = topic.log_refused;
    ref->compression = topic.compression;
    ref->retention_ms = topic.retention_ms;
    ref->retention_bytes = topic.retention_bytes;
    ref->max_record_bytes = options_.max_record_bytes;
    made->by_id[topic.id] = ref;
    made->by_name[topic.name] = std::move(ref);
  }
  topics_ = made;
  return made;
}

std::vector<kafka::TopicRef> KafkaBackend::topics_of(const kafka::Principal& principal) {
  std::vector<kafka::TopicRef> out;
  const std::shared_ptr<const Topics> now = topics();
  for (const auto& [name, topic] : now->by_name) {
    if (principal.admin || topic->task_id == principal.task_id) out.push_back(topic);
  }
  return out;
}

kafka::TopicRef KafkaBackend::topic_by_name(std::string_view name) {
  const std::shared_ptr<const Topics> now = topics();
  const auto found = now->by_name.find(name);
  return found == now->by_name.end() ? nullptr : found->second;
}

kafka::TopicRef KafkaBackend::topic_by_id(const kafka::TopicId& id) {
  const std::shared_ptr<const Topics> now = topics();
  const auto found = now->by_id.find(id);
  return found == now->by_id.end() ? nullptr : found->second;
}

Result<kafka::LoadedGroups> KafkaBackend::load() {
  kafka::LoadedGroups out;
  for (const store::CoordinatorRow& row : TRY(store_.coordinators())) {
    out.groups.push_back(TRY(decode_group(row.group_id, row.state)));
  }
  for (store::OffsetRow& row : TRY(store_.offsets())) {
    const kafka::TopicRef topic = topic_by_id(row.topic_id);
    if (topic == nullptr) continue;  // of a topic that was deleted meanwhile
    out.offsets.push_back({.group = row.group_id,
                           .offset = {.topic = topic->name,
                                      .partition = row.partition,
                                      .offset = row.offset,
                                      .leader_epoch = row.leader_epoch,
                                      .metadata = std::move(row.metadata),
                                      .commit_time_ms = row.commit_time_ms}});
  }
  return out;
}

Status KafkaBackend::save_group(const kafka::GroupRecord& group) {
  return store_.put_coordinator({.group_id = group.id, .state = encode_group(group)});
}

Status KafkaBackend::delete_group(const std::string& group) {
  return store_.remove_coordinator(group);
}

Status KafkaBackend::commit_offsets(const std::vector<kafka::OffsetCommitRecord>& commits) {
  std::vector<store::OffsetRow> rows;
  for (const kafka::OffsetCommitRecord& commit : commits) {
    const kafka::TopicRef topic = topic_by_name(commit.offset.topic);
    if (topic == nullptr) continue;  // deleted while the commit was on its way
    rows.push_back({.group_id = commit.group,
                    .topic_id = topic->id,
                    .partition = commit.offset.partition,
                    .offset = commit.offset.offset,
                    .leader_epoch = commit.offset.leader_epoch,
                    .metadata = commit.offset.metadata,
                    .commit_time_ms = commit.offset.commit_time_ms});
  }
  return store_.put_offsets(rows);
}

Status KafkaBackend::delete_offset(const std::string& group, const std::string& topic,
                                   int32_t partition) {
  const kafka::TopicRef known = topic_by_name(topic);
  if (known == nullptr) return Done{};
  return store_.remove_offset(group, known->id, partition);
}

}  // namespace millrace::cmd
