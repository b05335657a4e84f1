// SPDX-License-Identifier: Apache-2.0
// The people who may use the console and the API, and, where the settings name them, administer
// consumer groups over Kafka: a name, a role, a password of which only an argon2id hash is kept.
// In memory, every change in control.db first. Any thread.
#pragma once

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

class Users {
 public:
  // Reads the users; `store` outlives this.
  static Result<std::unique_ptr<Users>> open(Store& store);

  // kInvalid: a rule of rules.h; kExists: the name is taken.
  Result<UserRow> add(const std::string& name, const std::string& role, std::string_view password,
                      int64_t now_ms);
  // kNotFound: there is no such user.
  Status set_password(const std::string& name, std::string_view password);
  Status remove(const std::string& name);

  std::vector<UserRow> all() const;
  std::optional<UserRow> find(std::string_view name) const;
  // The user whose name and password these are. Costs one hash, whether there is such a user or
  // not.
  std::optional<UserRow> authenticate(std::string_view name, std::string_view password) const;

 private:
  explicit Users(Store& store);
  Store& store_;
  const std::string decoy_;  // what an unknown user's password is checked against
  mutable std::mutex mutex_;
  std::vector<UserRow> users_;
};

}  // namespace millrace::store
