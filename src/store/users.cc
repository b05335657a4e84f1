// SPDX-License-Identifier: Apache-2.0
#include "store/users.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/password_hash.h"
#include "store/rules.h"
#include "store/secrets.h"

namespace millrace::store {

Users::Users(Store& store) : store_(store), decoy_(hash_password(random_token())) {}

Result<std::unique_ptr<Users>> Users::open(Store& store) {
  std::unique_ptr<Users> users(new Users(store));
  users->users_ = TRY(store.users());
  return users;
}

Result<UserRow> Users::add(const std::string& name, const std::string& role,
                           std::string_view password, int64_t now_ms) {
  TRY(check_user_name(name));
  TRY(check_role(role));
  TRY(check_user_password(password));
  UserRow row{
      .name = name, .role = role, .password = hash_password(password), .created_ms = now_ms};
  const std::lock_guard lock(mutex_);
  TRY(store_.add_user(row));
  users_.push_back(row);
  return row;
}

Status Users::set_password(const std::string& name, std::string_view password) {
  TRY(check_user_password(password));
  const std::string hash = hash_password(password);
  const std::lock_guard lock(mutex_);
  TRY(store_.set_user_password(name, hash));
  for (UserRow& user : users_) {
    if (user.name == name) user.password = hash;
  }
  return Done{};
}

Status Users::remove(const std::string& name) {
  const std::lock_guard lock(mutex_);
  TRY(store_.remove_user(name));
  std::erase_if(users_, [&](const UserRow& user) { return user.name == name; });
  return Done{};
}

std::vector<UserRow> Users::all() const {
  const std::lock_guard lock(mutex_);
  return users_;
}

std::optional<UserRow> Users::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(users_.begin(), users_.end(),
                                  [&](const UserRow& user) { return user.name == name; });
  if (found == users_.end()) return std::nullopt;
  return *found;
}

std::optional<UserRow> Users::authenticate(std::string_view name, std::string_view password) const {
  std::optional<UserRow> user = find(name);
  if (!password_matches(user ? user->password : decoy_, password)) return std::nullopt;
  return user;
}

}  // namespace millrace::store
