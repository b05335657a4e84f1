// SPDX-License-Identifier: Apache-2.0
#include "store/groups.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/network.h"
#include "store/rules.h"
#include "store/secrets.h"

namespace millrace::store {

std::string sasl_user(const GroupRow& group) { return group.account + "-" + group.id; }

Groups::Groups(Store& store, size_t max_per_task)
    : store_(store),
      max_per_task_(max_per_task),
      decoy_(make_verifier(ScramHash::kSha256, random_token())),
      proof_key_(random_token()) {}

Result<std::unique_ptr<Groups>> Groups::open(Store& store, size_t max_per_task) {
  std::unique_ptr<Groups> groups(new Groups(store, max_per_task));
  groups->groups_ = TRY(store.groups());
  return groups;
}

Result<GroupRow> Groups::add(const NewGroup& group, int64_t now_ms) {
  GroupRow row{.id = group.id.empty() ? "dts" + random_name(12) : group.id,
               .task_id = group.task_id,
               .account = group.account,
               .name = group.name.empty() ? group.account : group.name,
               .created_ms = now_ms,
               .sha256 = {},
               .sha512 = {},
               .networks = group.networks};
  TRY(check_account(row.account));
  TRY(check_group_name(row.name));
  TRY(check_group_id(row.id));
  TRY(check_group_password(group.password));
  TRY(parse_networks(row.networks));
  row.sha256 = make_verifier(ScramHash::kSha256, group.password);
  row.sha512 = make_verifier(ScramHash::kSha512, group.password);
  const std::lock_guard lock(mutex_);
  const auto of_task = std::count_if(groups_.begin(), groups_.end(), [&](const GroupRow& other) {
    return other.task_id == row.task_id;
  });
  if (static_cast<size_t>(of_task) >= max_per_task_) {
    return Error{Errc::kTooLarge,
                 fmt::format("the task has {} groups already: delete one, or raise "
                             "kafka.max_groups_per_task in the settings",
                             of_task)};
  }
  TRY(store_.add_group(row));
  groups_.push_back(row);
  return row;
}

Status Groups::set_password(const std::string& id, std::string_view password) {
  TRY(check_group_password(password));
  const ScramVerifier sha256 = make_verifier(ScramHash::kSha256, password);
  const ScramVerifier sha512 = make_verifier(ScramHash::kSha512, password);
  const std::lock_guard lock(mutex_);
  TRY(store_.set_group_password(id, sha256, sha512));
  for (GroupRow& group : groups_) {
    if (group.id != id) continue;
    group.sha256 = sha256;
    group.sha512 = sha512;
  }
  return Done{};
}

Status Groups::set_networks(const std::string& id, const std::vector<std::string>& networks) {
  TRY(parse_networks(networks));
  const std::lock_guard lock(mutex_);
  TRY(store_.set_group_networks(id, networks));
  for (GroupRow& group : groups_) {
    if (group.id == id) group.networks = networks;
  }
  return Done{};
}

Status Groups::remove(const std::string& id) {
  const std::lock_guard lock(mutex_);
  TRY(store_.remove_group(id));
  std::erase_if(groups_, [&](const GroupRow& group) { return group.id == id; });
  return Done{};
}

void Groups::forget_task(const std::string& task_id) {
  const std::lock_guard lock(mutex_);
  std::erase_if(groups_, [&](const GroupRow& group) { return group.task_id == task_id; });
}

std::vector<GroupRow> Groups::all() const {
  const std::lock_guard lock(mutex_);
  return groups_;
}

std::vector<GroupRow> Groups::of_task(const std::string& task_id) const {
  const std::lock_guard lock(mutex_);
  std::vector<GroupRow> out;
  for (const GroupRow& group : groups_) {
    if (group.task_id == task_id) out.push_back(group);
  }
  return out;
}

std::optional<GroupRow> Groups::find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  for (const GroupRow& group : groups_) {
    if (group.id == id) return group;
  }
  return std::nullopt;
}

std::optional<GroupRow> Groups::find_user(std::string_view user) const {
  const std::lock_guard lock(mutex_);
  const GroupRow* by_account = nullptr;
  size_t accounts = 0;
  for (const GroupRow& group : groups_) {
    if (sasl_user(group) == user) return group;
    if (group.account != user) continue;
    by_account = &group;
    ++accounts;
  }
  if (accounts != 1) return std::nullopt;
  return *by_account;
}

std::optional<GroupRow> Groups::authenticate(std::string_view user,
                                             std::string_view password) const {
  std::optional<GroupRow> group = find_user(user);
  const ScramVerifier& verifier = group ? group->sha256 : decoy_;
  const std::string proof = keyed_hash(proof_key_, password);
  {
    const std::lock_guard lock(mutex_);
    const auto known = remembered_.find(user);
    if (group && known != remembered_.end() && known->second.stored_key == verifier.stored_key &&
        equal_secrets(known->second.proof, proof)) {
      return group;
    }
  }
  if (!matches(verifier, ScramHash::kSha256, password) || !group) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (remembered_.size() > 2 * groups_.size()) remembered_.clear();  // of groups that are gone
  remembered_.insert_or_assign(std::string(user), Remembered{verifier.stored_key, proof});
  return group;
}

}  // namespace millrace::store
