// SPDX-License-Identifier: Apache-2.0
// The tables of control.db and how an older file becomes a newer one.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "store/database.h"

namespace millrace::store {

// What this program writes; kept in the file as `user_version`.
int64_t schema_version();
// Makes or upgrades the tables, in one transaction. kUnsupported: the file is newer than we are.
Status upgrade_schema(Database& db);

}  // namespace millrace::store
