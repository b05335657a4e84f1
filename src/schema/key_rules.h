// SPDX-License-Identifier: Apache-2.0
// How keys get their names, their columns and their order.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "schema/ddl/ast.h"
#include "schema/ddl/context.h"
#include "schema/table.h"

namespace millrace::schema {

// Adds keys to a table whose columns are there already. Remembers the names of plain indexes too,
// which are not kept but may not be used twice.
class KeyBuilder {
 public:
  KeyBuilder(Table& table, const std::vector<ddl::PeriodSpec>& periods,
             const ddl::DdlContext& context);
  // A column that the statement declares: a key on all of a TEXT(n) or of a POINT counts as one
  // without a prefix.
  void declare(const ddl::ColumnSpec& column);
  Status add(const ddl::KeySpec& spec);
  // The order of SHOW KEYS: PRIMARY first, then those that cannot hold NULL, those of whole
  // columns, and MariaDB's hashed ones last; else that in which they were made. Makes the primary
  // key's columns NOT NULL.
  void finish();

 private:
  Status add_parts(const ddl::KeySpec& spec, Key& key);
  Status add_column(const std::string& name, uint32_t prefix, Key& key);
  std::string free_name(const ddl::KeySpec& spec) const;
  uint64_t declared(const Column& column) const;
  bool is_hashed(const Key& key) const;
  int rank(const Key& key) const;

  Table& table_;
  const std::vector<ddl::PeriodSpec>& periods_;
  const ddl::DdlContext& context_;
  std::set<std::string> taken_;              // folded
  std::set<std::string> trees_;              // folded, those that were there and are no hash
  std::set<std::string> hashed_;             // those that say USING HASH
  std::map<std::string, uint64_t> lengths_;  // of TEXT(n), BLOB(n), POINT, by folded name
};

// MariaDB's CREATE TABLE ... LIKE copies keys without USING HASH: those that need no hash become
// trees.
void forget_declared_hashes(Table& table);
// Index of the column of that name; columns.size() if there is none.
size_t find_column(const std::vector<Column>& columns, const std::string& name);
// A prefix of a key's part after its column became another; 0 where it no longer makes sense.
uint32_t adapted_prefix(uint32_t prefix, const Column& column);

}  // namespace millrace::schema
