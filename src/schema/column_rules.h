// SPDX-License-Identifier: Apache-2.0
// What a declared column is as it lies in rows.
#pragma once

#include "base/result.h"
#include "schema/collation_rules.h"
#include "schema/ddl/ast.h"
#include "schema/ddl/context.h"
#include "schema/table.h"

namespace millrace::schema {

// `table` is the default of the table. Keys are not looked at: a primary key makes its columns NOT
// NULL elsewhere.
Result<Column> make_column(const ddl::ColumnSpec& spec, const CharsetPair& table,
                           const ddl::DdlContext& context);
// CONVERT TO CHARACTER SET: text becomes of that charset and keeps its number of characters.
void convert_column(Column& column, const CharsetPair& to, const ddl::DdlContext& context);
// MySQL 8: a BLOB or TEXT without a length that is declared beside a CONVERT TO has the size that
// the column before it needs. `declared` is the column as make_column() gives it.
void size_by_old_column(const ddl::ColumnSpec& spec, const Column& old,
                        const ddl::DdlContext& context, Column& declared);
// MariaDB's row_start and row_end, where a table has system versioning and does not name its own.
Column hidden_period_column(bool start);
bool is_hidden_period_column(const Column& column);

// Greatest number of characters of a CHAR or VARCHAR.
uint32_t characters(const Column& column);

}  // namespace millrace::schema
