// SPDX-License-Identifier: Apache-2.0
// What names and passwords of consumer groups (DTS spec 1.8) and of people may be. kInvalid says
// the rule; it never repeats a password.
#pragma once

#include <string_view>

#include "base/result.h"

namespace millrace::store {

Status check_account(std::string_view account);  // 1 to 16 of letters, digits, underscore
Status check_group_password(
    std::string_view password);                  // 8 to 32, two of upper, lower, digit, special
Status check_group_name(std::string_view name);  // 1 to 128 characters
Status check_group_id(std::string_view id);      // [A-Za-z0-9._-]{1,64}

Status check_user_name(std::string_view name);          // [A-Za-z0-9._@-]{1,64}
Status check_user_password(std::string_view password);  // 8 to 128 bytes, no control characters
Status check_role(std::string_view role);               // admin, operator or viewer

}  // namespace millrace::store
