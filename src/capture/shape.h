// SPDX-License-Identifier: Apache-2.0
// Joins a TABLE_MAP with a table's definition: the heart of not guessing (mysql-source spec 4.10).
#pragma once

#include "base/result.h"
#include "change/row.h"
#include "mysql/table_map_event.h"
#include "schema/table.h"

namespace millrace::capture {

// The shape of this table's rows when every column of `map` is what `table` declares: count, types,
// lengths, and, as far as the event tells them, signs, character sets and names. kMismatch names
// the first column that differs and how.
Result<change::RowShapePtr> make_shape(const mysql::TableMapEvent& map, schema::TablePtr table);

// Whether the event alone tells all that a definition needs: `binlog_row_metadata = FULL`.
bool has_full_metadata(const mysql::TableMapEvent& map);

// The definition that an event with full metadata tells. What no event tells (generated, MariaDB's
// UUID and INET, keys beyond the primary one) comes from `known` where a column of that name and
// type is there; `known` may be null.
Result<schema::Table> table_from_metadata(const mysql::TableMapEvent& map,
                                          const schema::Table* known, bool mariadb);

// A definition with columns @1, @2, ...: for looking into files, never for a task.
schema::Table nameless_table(const mysql::TableMapEvent& map);

}  // namespace millrace::capture
