// SPDX-License-Identifier: Apache-2.0
// How keys get their names, their columns and their order.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "schema/ddl/ast.h"
#include "schema/table.h"

namespace millrace::schema {

// Adds keys to a table whose columns are there already. Remembers the names of plain indexes too,
// which are not kept but may not be used twice.
class KeyBuilder {
 public:
  KeyBuilder(Table& table, const std::vector<ddl::PeriodSpec>& periods);
  Status add(const ddl::KeySpec& spec);

 private:
  Status add_parts(const ddl::KeySpec& spec, Key& key);
  Status add_column(const std::string& name, uint32_t prefix, Key& key);
  std::string free_name(const ddl::KeySpec& spec) const;

  Table& table_;
  const std::vector<ddl::PeriodSpec>& periods_;
  std::set<std::string> taken_;  // folded
};

// Index of the column of that name; columns.size() if there is none.
size_t find_column(const std::vector<Column>& columns, const std::string& name);
// PRIMARY first, then as SHOW KEYS lists them: those that cannot hold NULL, those of whole columns,
// else in the order in which they were made. Makes the primary key's columns NOT NULL.
void finish_keys(Table& table);
// A prefix of a key's part after its column became another; 0 where it no longer makes sense.
uint32_t adapted_prefix(uint32_t prefix, const Column& column);

}  // namespace millrace::schema
