// SPDX-License-Identifier: Apache-2.0
// The definition that CREATE TABLE makes, and what ALTER TABLE makes of one. Pure: a definition in,
// another out. kMismatch where the statement does not fit what we know.
#pragma once

#include "base/result.h"
#include "schema/collation_rules.h"
#include "schema/ddl/ast.h"
#include "schema/ddl/context.h"
#include "schema/table.h"

namespace millrace::schema {

// Where a table's charset may come from.
struct CharsetDefaults {
  CharsetPair database;  // of the table
  CharsetPair session;   // its collation_database: what CONVERT TO CHARACTER SET DEFAULT means
};

// Names are the statement's; `database` is the default of the database.
Result<Table> create_table(const ddl::CreateTable& statement, const CharsetPair& database,
                           const ddl::DdlContext& context);
// All actions but those that move the table or touch another one.
Result<Table> alter_table(const Table& table, const ddl::AlterTable& statement,
                          const CharsetDefaults& defaults, const ddl::DdlContext& context);

}  // namespace millrace::schema
