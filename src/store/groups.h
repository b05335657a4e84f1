// SPDX-License-Identifier: Apache-2.0
// The consumer groups as a directory: made, found by ID or by the user that logs in, given another
// password, deleted. Kept in memory, every change in control.db first. Any thread.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/rows.h"
#include "store/store.h"

namespace millrace::store {

struct NewGroup {
  std::string task_id;
  std::string account;
  std::string name;  // empty: the account
  std::string id;    // empty: `dts` and 12 random characters
  std::string password;
  std::vector<std::string> networks = {};  // from where its clients may come; empty: anywhere
};

class Groups {
 public:
  // Reads the groups; `store` outlives this.
  static Result<std::unique_ptr<Groups>> open(Store& store, size_t max_per_task);

  // kInvalid: a rule of rules.h; kExists: the ID is taken; kTooLarge: the task has its groups.
  Result<GroupRow> add(const NewGroup& group, int64_t now_ms);
  Status set_password(const std::string& id, std::string_view password);
  // From where the group's clients may come: "10.0.0.0/8" ...; none: from anywhere.
  Status set_networks(const std::string& id, const std::vector<std::string>& networks);
  Status remove(const std::string& id);
  // After the task's rows were deleted.
  void forget_task(const std::string& task_id);

  std::vector<GroupRow> all() const;
  std::vector<GroupRow> of_task(const std::string& task_id) const;
  std::optional<GroupRow> find(std::string_view id) const;
  // By the SASL user, looked up whole: "<account>-<group ID>", else "<account>" where one group
  // only has it.
  std::optional<GroupRow> find_user(std::string_view user) const;
  // The group whose user and password these are; the same work is done for an unknown user. Who
  // logged in before is known again without that work, until the password changes.
  std::optional<GroupRow> authenticate(std::string_view user, std::string_view password) const;

 private:
  Groups(Store& store, size_t max_per_task);
  Store& store_;
  const size_t max_per_task_;
  const ScramVerifier decoy_;  // what an unknown user's password is checked against
  mutable std::mutex mutex_;
  std::vector<GroupRow> groups_;
  // By user: under which stored key it last logged in, and a keyed hash of what it gave.
  struct Remembered {
    std::vector<std::byte> stored_key;
    std::string proof;
  };
  mutable std::map<std::string, Remembered, std::less<>> remembered_;
  const std::string proof_key_;
};

// The user that a group's clients log in as.
std::string sasl_user(const GroupRow& group);

}  // namespace millrace::store
