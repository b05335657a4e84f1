// SPDX-License-Identifier: Apache-2.0
// Reads what stands in the parentheses of CREATE TABLE and the options behind them; ALTER TABLE
// adds the same things.
#pragma once

#include <vector>

#include "base/result.h"
#include "schema/ddl/ast.h"
#include "schema/ddl/token_reader.h"

namespace millrace::schema::ddl {

struct TableElements {
  std::vector<ColumnSpec> columns;
  std::vector<KeySpec> keys;
  std::vector<PeriodSpec> periods;
};

// Whether a key, constraint or period begins here, and not a column.
bool at_key(const TokenReader& in);
// Reads it. What keeps no values (plain indexes, foreign keys, checks) is read and left out, but
// for kOther keys, whose names count.
Status read_key(TokenReader& in, TableElements& out);
// The keys that a column's own definition makes, in the order in which the server makes them.
void add_inline_keys(const ColumnSpec& column, const DdlContext& context,
                     std::vector<KeySpec>& keys);
// "(a, b(10), (c + 1) DESC)".
Status read_key_parts(TokenReader& in, std::vector<KeyPartSpec>& parts);
// From "(" to ")".
Status read_table_elements(TokenReader& in, TableElements& out);
// One option of a table, known or not; takes at least one token.
void read_table_option(TokenReader& in, TableOptions& options);

// The rest of CREATE TABLE after its name.
Status read_create_table(TokenReader& in, CreateTable& out);

}  // namespace millrace::schema::ddl
