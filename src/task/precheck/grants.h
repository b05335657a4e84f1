// SPDX-License-Identifier: Apache-2.0
// What an account may do, from the lines of SHOW GRANTS. Those lines may hold the hash of a
// password (IDENTIFIED BY PASSWORD): never show one.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::task::precheck {

class Grants {
 public:
  // One line. Roles' privileges are among the lines where the roles are active; a line that grants
  // a role is remembered; anything else that is not understood is left out.
  void add(std::string_view line);

  // `privilege` in capitals: "SELECT", "REPLICATION CLIENT" (which MariaDB calls BINLOG MONITOR).
  bool global(std::string_view privilege) const;
  // On the whole database, and on a table of it: what is granted there or above and not taken back.
  bool on_database(std::string_view privilege, std::string_view database) const;
  bool on_table(std::string_view privilege, std::string_view database,
                std::string_view table) const;
  // Databases that a partial revoke hides from a global privilege.
  std::vector<std::string> revoked(std::string_view privilege) const;
  bool has_roles() const { return has_roles_; }

 private:
  struct Grant {
    bool revoke = false;
    std::set<std::string, std::less<>> privileges;  // capitals; "ALL PRIVILEGES" is all
    std::string database;                           // "*" is all; may be a pattern
    std::string table;                              // "*" is all
    bool grants(std::string_view privilege) const;
    bool matches(std::string_view name) const;
  };
  std::vector<Grant> grants_;
  bool has_roles_ = false;
};

}  // namespace millrace::task::precheck
