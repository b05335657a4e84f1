// SPDX-License-Identifier: Apache-2.0
// The databases and tables of a source, for whoever chooses among them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "mysql/connection.h"

namespace millrace::task {

struct SourceTable {
  std::string database;
  std::string name;
  std::string type;     // BASE TABLE, VIEW, SEQUENCE, SYSTEM VERSIONED
  std::string engine;   // empty for views
  bool has_key = true;  // a primary or unique one
};

struct SourceDatabase {
  std::string name;
  size_t tables = 0;    // views left out
  size_t matching = 0;  // of them, those that the search names
};

struct SourceObjects {
  std::vector<SourceDatabase> databases;  // without the system's; those without a match, too
  std::vector<SourceTable> tables;        // that match, by name
  bool all = true;                        // false: there are more matching ones than asked for
};

struct ObjectSearch {
  std::string text;      // part of "database.table", any case; `*` stands for anything
  std::string database;  // only of this one
  size_t limit = 0;
};

// All that the account may see. Views are not listed: they have no changes of their own.
Result<SourceObjects> list_objects(const mysql::ConnectOptions& source, const ObjectSearch& search);

// Whether `text` is in `name`, as ObjectSearch says.
bool is_named(std::string_view text, std::string_view name);

}  // namespace millrace::task
