// SPDX-License-Identifier: Apache-2.0
#include "store/rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::store {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return is_upper(c) || is_lower(c); }

}  // namespace

Status check_account(std::string_view account) {
  const auto allowed = [](char c) { return is_letter(c) || is_digit(c) || c == '_'; };
  if (account.empty() || account.size() > 16 ||
      !std::all_of(account.begin(), account.end(), allowed)) {
    return Error{Errc::kInvalid,
                 fmt::format("the account \"{}\" must be 1 to 16 letters, digits or underscores, "
                             "for instance cache",
                             account)};
  }
  return Done{};
}

Status check_group_password(std::string_view password) {
  int kinds = 0;
  const auto special = [](char c) { return c > ' ' && c <= '~' && !is_letter(c) && !is_digit(c); };
  const auto printable = [](char c) { return c > ' ' && c <= '~'; };
  kinds += std::any_of(password.begin(), password.end(), is_upper) ? 1 : 0;
  kinds += std::any_of(password.begin(), password.end(), is_lower) ? 1 : 0;
  kinds += std::any_of(password.begin(), password.end(), is_digit) ? 1 : 0;
  kinds += std::any_of(password.begin(), password.end(), special) ? 1 : 0;
  if (password.size() < 8 || password.size() > 32 || kinds < 2 ||
      !std::all_of(password.begin(), password.end(), printable)) {
    return Error{Errc::kInvalid,
                 "the password must be 8 to 32 printable ASCII characters without blanks, with at "
                 "least two of: upper-case letters, lower-case letters, digits, others"};
  }
  return Done{};
}

Status check_group_name(std::string_view name) {
  const auto characters =
      std::count_if(name.begin(), name.end(), [](char c) { return (c & 0xC0) != 0x80; });
  if (characters < 1 || characters > 128) {
    return Error{Errc::kInvalid,
                 fmt::format("a group's name has 1 to 128 characters, not {}", characters)};
  }
  return Done{};
}

Status check_group_id(std::string_view id) {
  const auto allowed = [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
  };
  if (id.empty() || id.size() > 64 || !std::all_of(id.begin(), id.end(), allowed)) {
    return Error{Errc::kInvalid,
                 fmt::format("the group ID \"{}\" must be 1 to 64 of letters, digits, '.', '_' and "
                             "'-', for instance shop-cache",
                             id)};
  }
  return Done{};
}

Status check_user_name(std::string_view name) {
  const auto allowed = [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '@' || c == '-';
  };
  if (name.empty() || name.size() > 64 || !std::all_of(name.begin(), name.end(), allowed)) {
    return Error{Errc::kInvalid,
                 fmt::format("the user name \"{}\" must be 1 to 64 of letters, digits, '.', '_', "
                             "'@' and '-', for instance alex",
                             name)};
  }
  return Done{};
}

Status check_user_password(std::string_view password) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; };
  if (password.size() < 8 || password.size() > 128 ||
      std::any_of(password.begin(), password.end(), control)) {
    return Error{Errc::kInvalid,
                 "a user's password has 8 to 128 bytes and no control characters: choose another"};
  }
  return Done{};
}

Status check_role(std::string_view role) {
  if (role == "admin" || role == "operator" || role == "viewer") return Done{};
  return Error{Errc::kInvalid,
               fmt::format("\"{}\" is no role: give admin, operator or viewer", role)};
}

}  // namespace millrace::store
