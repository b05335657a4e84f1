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
  // MySQL: the set without these transactions, as text.
  Result<std::string> without(const std::string& gtids) const;
  // What a server lacks whose GTIDs are `theirs`; empty: nothing. MySQL: of its executed set.
  // MariaDB: our last of each domain in which its binlog ends before it.
  Result<std::string> missing_from(const std::string& theirs) const;
  // MySQL: what of `theirs` we have not read; of a purged set that is lost.
  Result<std::string> missing_here(const std::string& theirs) const;
  // MySQL: whether a set has this one transaction.
  static Result<bool> has(const std::string& set, const std::string& gtid);

 private:
  Result<std::string> missing_domains(const std::string& theirs) const;

  mysql::GtidSet mysql_;
  mysql::MariaDbGtids mariadb_;
};

}  // namespace millrace::task
