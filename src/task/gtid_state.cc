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

Result<std::string> GtidState::without(const std::string& gtids) const {
  mysql::GtidSet set = mysql_;
  set.subtract(TRY(mysql::GtidSet::parse(gtids)));
  return set.text();
}

Result<std::string> GtidState::missing_from(const std::string& theirs) const {
  if (mysql_.empty()) return missing_domains(theirs);
  mysql::GtidSet missing = mysql_;
  missing.subtract(TRY(mysql::GtidSet::parse(theirs)));
  return missing.text();
}

Result<std::string> GtidState::missing_domains(const std::string& theirs) const {
  const mysql::MariaDbGtids there = TRY(mysql::MariaDbGtids::parse(theirs));
  mysql::MariaDbGtids missing;
  for (const mysql::MariaDbGtid& ours : mariadb_.gtids()) {
    bool covered = false;
    for (const mysql::MariaDbGtid& one : there.gtids())
      covered = covered || (one.domain == ours.domain && one.sequence >= ours.sequence);
    if (!covered) missing.set(ours);
  }
  return missing.text();
}

Result<std::string> GtidState::missing_here(const std::string& theirs) const {
  mysql::GtidSet missing = TRY(mysql::GtidSet::parse(theirs));
  missing.subtract(mysql_);
  return missing.text();
}

Result<bool> GtidState::has(const std::string& set, const std::string& gtid) {
  return TRY(mysql::GtidSet::parse(gtid)).is_subset_of(TRY(mysql::GtidSet::parse(set)));
}

}  // namespace millrace::task
