// SPDX-License-Identifier: Apache-2.0
// The GTIDs of all that a task has read, of either family: MySQL's set of intervals, or the last of
// each of MariaDB's domains. Told apart by the text.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "mysql/gtid_set.h"
#include "mysql/mariadb_gtids.h"

namespace millrace::task {

class GtidState {
 public:
  // A set's text, or GTIDs joined by commas; MariaDB's domains may repeat, the last one counts.
  Status add(std::string_view gtids);
  std::string text() const;
  bool empty() const { return mysql_.empty() && mariadb_.empty(); }
  // MySQL: the set without this one transaction, as text; so that it is sent again.
  Result<std::string> without(const std::string& gtid) const;
  // MySQL: whether `executed` has all of ours, and what it lacks.
  Result<bool> is_subset_of(const std::string& executed) const;
  Result<std::string> missing_from(const std::string& executed) const;

 private:
  mysql::GtidSet mysql_;
  mysql::MariaDbGtids mariadb_;
};

}  // namespace millrace::task
