// SPDX-License-Identifier: Apache-2.0
#include "schema/ddl/context.h"

#include <algorithm>
#include <string_view>

namespace millrace::schema::ddl {

uint32_t version_number(std::string_view text) {
  // MariaDB put this before its own for the sake of old replicas.
  constexpr std::string_view kPrefix = "5.5.5-";
  if (text.substr(0, kPrefix.size()) == kPrefix && version_flavour(text) == Flavour::kMariaDb) {
    text.remove_prefix(kPrefix.size());
  }
  uint32_t parts[3] = {};
  size_t part = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      parts[part] = std::min(parts[part] * 10 + static_cast<uint32_t>(c - '0'), 9999U);
    } else if (c == '.' && part < 2) {
      ++part;
    } else {
      break;
    }
  }
  return parts[0] * 10000 + parts[1] * 100 + parts[2];
}

Flavour version_flavour(std::string_view text) {
  return text.find("MariaDB") != std::string_view::npos ? Flavour::kMariaDb : Flavour::kMySql;
}

}  // namespace millrace::schema::ddl
