// SPDX-License-Identifier: Apache-2.0
// Reads the actions of ALTER TABLE (mysql-source spec 4.6).
#pragma once

#include "base/result.h"
#include "schema/ddl/ast.h"
#include "schema/ddl/token_reader.h"

namespace millrace::schema::ddl {

// From after ALTER [ONLINE] [IGNORE] TABLE to the end.
Result<AlterTable> read_alter_table(TokenReader& in);

}  // namespace millrace::schema::ddl
