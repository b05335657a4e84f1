// SPDX-License-Identifier: Apache-2.0
#include "store/schema.h"

#include <fmt/format.h>

#include <iterator>

namespace millrace::store {
namespace {

// Step n takes a file of version n to n + 1. Steps are never edited, only added.
const char* const kSteps[] = {
    R"(
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE tasks (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, spec TEXT NOT NULL, run INTEGER NOT NULL,
  state TEXT NOT NULL, reason TEXT NOT NULL, since_ms INTEGER NOT NULL,
  created_ms INTEGER NOT NULL, server_id INTEGER NOT NULL, topic TEXT NOT NULL UNIQUE,
  topic_id BLOB NOT NULL UNIQUE, first_offset INTEGER NOT NULL, first_epoch INTEGER NOT NULL,
  precheck TEXT NOT NULL) STRICT;
CREATE TABLE groups (
  id TEXT PRIMARY KEY, task_id TEXT NOT NULL REFERENCES tasks(id), account TEXT NOT NULL,
  name TEXT NOT NULL, created_ms INTEGER NOT NULL,
  sha256_salt BLOB NOT NULL, sha256_iterations INTEGER NOT NULL, sha256_stored BLOB NOT NULL,
  sha256_server BLOB NOT NULL,
  sha512_salt BLOB NOT NULL, sha512_iterations INTEGER NOT NULL, sha512_stored BLOB NOT NULL,
  sha512_server BLOB NOT NULL) STRICT;
CREATE INDEX groups_of_task ON groups (task_id);
CREATE TABLE offsets (
  group_id TEXT NOT NULL, topic_id BLOB NOT NULL, partition INTEGER NOT NULL,
  offset INTEGER NOT NULL, leader_epoch INTEGER NOT NULL, metadata BLOB NOT NULL,
  commit_time_ms INTEGER NOT NULL,
  PRIMARY KEY (group_id, topic_id, partition)) STRICT, WITHOUT ROWID;
CREATE TABLE coordinators (group_id TEXT PRIMARY KEY, state BLOB NOT NULL) STRICT;
CREATE TABLE topic_ends (
  topic TEXT PRIMARY KEY, offset INTEGER NOT NULL, leader_epoch INTEGER NOT NULL) STRICT;
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT, time_ms INTEGER NOT NULL, who TEXT NOT NULL,
  what TEXT NOT NULL, object TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
)",
    R"(
CREATE TABLE users (
  name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL,
  created_ms INTEGER NOT NULL) STRICT;
ALTER TABLE groups ADD COLUMN networks TEXT NOT NULL DEFAULT '';
)",
};

Result<int64_t> version_of(Database& db) {
  Statement statement = TRY(db.prepare("PRAGMA user_version"));
  const bool row = TRY(statement.step());
  return row ? statement.integer(0) : 0;
}

}  // namespace

int64_t schema_version() { return static_cast<int64_t>(std::size(kSteps)); }

Status upgrade_schema(Database& db) {
  DatabaseTransaction transaction = TRY(DatabaseTransaction::begin(db));
  const int64_t version = TRY(version_of(db));
  if (version > schema_version()) {
    return Error{Errc::kUnsupported,
                 fmt::format("control.db has schema version {}, this millrace knows up to {}: it "
                             "was written by a newer one; use that, or another data folder",
                             version, schema_version())};
  }
  for (int64_t step = version; step < schema_version(); ++step) {
    TRY(db.execute(kSteps[step]));
  }
  TRY(db.execute(fmt::format("PRAGMA user_version={}", schema_version())));
  return transaction.commit();
}

}  // namespace millrace::store
