// SPDX-License-Identifier: Apache-2.0
// Which changes a task wants: databases, tables and kinds of change. A database includes the tables
// created in it later; a table is only that table.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace::capture {

struct ObjectName {
  std::string database;
  std::string table;  // empty: the whole database
  friend bool operator==(const ObjectName&, const ObjectName&) = default;
};

// `shop`, `shop.orders`, or with backquotes (doubled inside) where a name holds a dot:
// `` `my.db`.`my.table` ``. kInvalid says what is wrong.
Result<ObjectName> parse_object(std::string_view text);
// The shortest text that parse_object() reads back.
std::string object_text(const ObjectName& object);

// Databases of the server itself: their changes are never records.
bool is_system_database(std::string_view database);

struct Selection {
  std::vector<ObjectName> objects;  // empty: everything but the system databases
  bool data = true;                 // INSERT, UPDATE, DELETE
  bool schema = true;               // DDL
  bool schema_of_instance = true;   // DDL of everything, as DTS; else of the objects only
  bool fold_case = false;           // lower_case_table_names is not 0

  // Whether row changes of this table are records.
  bool wants_rows(std::string_view database, std::string_view table) const;
  // Whether DDL on this table, or on the database itself when `table` is empty, is a record.
  bool wants_ddl(std::string_view database, std::string_view table) const;
  // Whether the table, or with an empty `table` any of the database's, is among the objects.
  bool covers(std::string_view database, std::string_view table) const;
  // Whether an object is this table itself, not only its database.
  bool names(std::string_view database, std::string_view table) const;
};

}  // namespace millrace::capture
