// SPDX-License-Identifier: Apache-2.0
// Reads the definitions of all tables that the account may see, in bulk from information_schema,
// database by database: MySQL 5.5 to 9.x and MariaDB. The result is what the reader of DDL makes of
// SHOW CREATE TABLE; a test on real servers compares the two.
#pragma once

#include <cstddef>
#include <functional>
#include <set>

#include "base/result.h"
#include "capture/session.h"
#include "schema/catalog.h"

namespace millrace::capture {

struct DefinitionsProgress {
  size_t databases_read = 0;
  size_t databases = 0;
  size_t tables = 0;  // read so far
};

// The definitions now, without locks: a DDL while this runs may or may not be in them. The
// session's sql_mode must have backslash escapes, and its names are utf8mb4, as Connection sets
// them.
Result<schema::Catalog> read_definitions(
    Session& session, const std::function<void(const DefinitionsProgress&)>& progress = {});
Result<schema::Catalog> read_definitions(
    mysql::Connection& connection,
    const std::function<void(const DefinitionsProgress&)>& progress = {});

// Reads these again and puts them as they are now into `catalog`, also by their absence: an object
// with a name is a table or view, one without is a whole database, and one without either is
// everything.
Status reread_definitions(Session& session, const std::set<schema::ObjectRef>& objects,
                          schema::Catalog& catalog);

}  // namespace millrace::capture
