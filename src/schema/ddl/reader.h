// SPDX-License-Identifier: Apache-2.0
// Reads the text of one DDL statement: what matters for rows (names, types, order, keys, charsets),
// stepping over what does not, known or not.
#pragma once

#include <string_view>

#include "base/result.h"
#include "schema/ddl/ast.h"
#include "schema/ddl/context.h"

namespace millrace::schema::ddl {

// A statement that changes no table is NoTable, whatever it says. kInvalid: it is one of those that
// do, and we cannot read it; statement.h's classify() still tells which tables it may touch.
Result<Statement> read_statement(std::string_view utf8_text, const DdlContext& context);

}  // namespace millrace::schema::ddl
