// SPDX-License-Identifier: Apache-2.0
// What --schema gives: SQL that makes definitions.
#pragma once

#include <string>

#include "base/result.h"

namespace millrace::cmd {

// The file's text, which was read as SQL already: kInvalid if it cannot be, kNotFound if it is not
// there; both name it.
Result<std::string> read_schema_file(const std::string& path);

}  // namespace millrace::cmd
