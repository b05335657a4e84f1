// SPDX-License-Identifier: Apache-2.0
// How names compare (mysql-source spec 4.7).
#pragma once

#include <string>
#include <string_view>

namespace millrace::schema {

// In lower case, letter by letter, as the servers fold UTF-8: Latin, Greek, Cyrillic, Armenian.
std::string fold_name(std::string_view utf8);
// Names of columns and indexes, for which case never counts.
bool same_name(std::string_view a, std::string_view b);

}  // namespace millrace::schema
