// SPDX-License-Identifier: Apache-2.0
#include "task/gtid_state.h"

namespace millrace::task {

Status GtidState::add(std::string_view gtids) {
  if (gtids.find(':') != std::string_view::npos) {
    mysql_.unite(TRY(mysql::GtidSet::parse(gtids)));
    return Done{};
  }
  while (!gtids.empty()) {
    const size_t comma = gtids.find(',');
    const mysql::MariaDbGtids one = TRY(mysql::MariaDbGtids::parse(gtids.substr(0, comma)));
    for (const mysql::MariaDbGtid& gtid : one.gtids()) mariadb_.set(gtid);
    gtids = comma == std::string_view::npos ? std::string_view() : gtids.substr(comma + 1);
  }
  return Done{};
}

std::string GtidState::text() const { return mysql_.empty() ? mariadb_.text() : mysql_.text(); }

Result<std::string> GtidState::without(const std::string& gtid) const {
  mysql::GtidSet set = mysql_;
  set.subtract(TRY(mysql::GtidSet::parse(gtid)));
  return set.text();
}

Result<bool> GtidState::is_subset_of(const std::string& executed) const {
  return mysql_.is_subset_of(TRY(mysql::GtidSet::parse(executed)));
}

Result<std::string> GtidState::missing_from(const std::string& executed) const {
  mysql::GtidSet missing = mysql_;
  missing.subtract(TRY(mysql::GtidSet::parse(executed)));
  return missing.text();
}

}  // namespace millrace::task
