// SPDX-License-Identifier: Apache-2.0
// The type of a column as information_schema.COLUMNS prints it in COLUMN_TYPE, which is the
// server's one canonical spelling: "decimal(10,2) unsigned", "enum('a','it''s')", "varchar(20)
// /*M!100301 COMPRESSED*/".
#pragma once

#include <string_view>

#include "base/result.h"
#include "schema/table.h"

namespace millrace::capture {

// Fills what the type alone decides: type, sign, sizes, labels, special. Charset, collation and the
// octets of CHAR and VARCHAR (the text counts characters) are the caller's, from their own columns;
// for BINARY and VARBINARY octets are set here. kUnsupported for a type that we do not know.
Result<schema::Column> parse_column_type(std::string_view text, bool is_mariadb);

}  // namespace millrace::capture
