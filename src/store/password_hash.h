// SPDX-License-Identifier: Apache-2.0
// Passwords of people as argon2id strings, which name their own salt and cost.
#pragma once

#include <string>
#include <string_view>

namespace millrace::store {

std::string hash_password(std::string_view password);
// False also for a text that is no hash.
bool password_matches(const std::string& hash, std::string_view password);

}  // namespace millrace::store
