// SPDX-License-Identifier: Apache-2.0
// Reads one column's definition: its type by any of its names, and the attributes that matter.
#pragma once

#include "base/result.h"
#include "schema/ddl/ast.h"
#include "schema/ddl/token_reader.h"

namespace millrace::schema::ddl {

// What follows the name, up to a comma, a closing parenthesis, FIRST, AFTER or the end. Attributes
// that we do not know are stepped over.
Status read_column_definition(TokenReader& in, ColumnSpec& column);

// CHARACTER SET x, CHARSET = x, COLLATE x, with DEFAULT before them or not, one of them; false and
// nothing taken if none stands here.
bool eat_charset_clause(TokenReader& in, CharsetClause& clause);

}  // namespace millrace::schema::ddl
