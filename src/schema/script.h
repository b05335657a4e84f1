// SPDX-License-Identifier: Apache-2.0
// A file of SQL as mysqldump or a person writes it: the definitions that a catalog begins with.
#pragma once

#include <string_view>

#include "base/result.h"
#include "schema/catalog.h"

namespace millrace::schema {

// Applies every DDL of the script to `catalog`, in order: statements end with `;` or what DELIMITER
// says, USE sets the database, anything but DDL is stepped over. kInvalid names the line of a
// statement that cannot be read or applied.
Status apply_script(std::string_view utf8_text, Catalog& catalog);

}  // namespace millrace::schema
