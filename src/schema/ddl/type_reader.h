// SPDX-License-Identifier: Apache-2.0
// Reads a column's type: all of MySQL's and MariaDB's names and synonyms (mysql-source spec 4.4).
#pragma once

#include "base/result.h"
#include "schema/ddl/ast.h"
#include "schema/ddl/token_reader.h"

namespace millrace::schema::ddl {

// The type and its lengths or labels. kInvalid if it is none that we know.
Status read_type(TokenReader& in, ColumnSpec& column);

}  // namespace millrace::schema::ddl
