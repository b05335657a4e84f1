// SPDX-License-Identifier: Apache-2.0
// Starting: a position together with all definitions as of it, without locks and without any
// privilege beyond those of tracking.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "capture/definitions.h"
#include "capture/selection.h"
#include "capture/start_point.h"
#include "change/position.h"
#include "mysql/connection.h"
#include "schema/catalog.h"

namespace millrace::capture {

struct Beginning {
  // Between two transactions. With GTIDs on MySQL the set is exact and decides; file and offset are
  // then where its first missing transaction is at the earliest. Without, and on MariaDB, file and
  // offset are exact.
  change::Position position;
  change::ServerIdentity identity;
  std::string server_version;
  schema::Catalog catalog;
};

struct StartOptions {
  mysql::ConnectOptions source;
  uint32_t server_id = 0;  // that the short dumps register with; nobody else's
  // For a start in the past: what will be tracked, and SQL with the definitions as of the start, of
  // the tables at least that were changed since (empty: none is at hand).
  Selection selection;
  std::string schema_sql;
  std::function<void(const DefinitionsProgress&)> progress;
};

// Reads the position, then the definitions, then looks through the log up to now: what a DDL
// touched meanwhile is read again, until nothing was. kRefused when DDL comes faster than it can be
// read, naming the statement; errors of the connection and the dump as they are.
Result<Beginning> start_now(const StartOptions& options);

// The same at a point in the past (design section 6). A table that no DDL has touched since then
// has today's definition; of the others the log is read once, and where a selected one has rows but
// neither FULL metadata nor a definition in `schema_sql`, nor a CREATE before them, that is
// kMismatch, naming table, statement and position. Of the point itself: errors of find_start().
Result<Beginning> start_at(const StartOptions& options, const StartPoint& point);

}  // namespace millrace::capture
