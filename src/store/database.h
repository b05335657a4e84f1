// SPDX-License-Identifier: Apache-2.0
// SQLite as this room uses it: a connection, statements prepared once, errors as values. One thread
// at a time for each connection and its statements.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace millrace::store {

// A prepared statement. bind() in order, then step() until it says that no row is there; reset()
// before it is used again (run() does both).
class Statement {
 public:
  Statement(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;

  Statement& bind(int64_t value);
  Statement& bind(std::string_view value);
  Statement& bind_blob(Bytes value);
  // True: a row is there.
  Result<bool> step();
  // For what gives no rows: runs it and makes it ready for the next use.
  Status run();
  void reset();

  int64_t integer(int column) const;
  std::string text(int column) const;
  std::vector<std::byte> blob(int column) const;

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

class Database {
 public:
  enum class Sync : uint8_t {
    kEveryCommit,  // safe against power loss
    kCheckpoints,  // safe against the process's death; power loss may take the last commits
  };
  static Result<std::unique_ptr<Database>> open(const std::string& path, Sync sync);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Status execute(const std::string& sql);
  Result<Statement> prepare(std::string_view sql);
  int64_t changes() const;  // rows that the last statement touched

 private:
  explicit Database(sqlite3* db) : db_(db) {}
  sqlite3* db_;
};

// BEGIN IMMEDIATE now, ROLLBACK at the end of the scope unless commit() worked.
class DatabaseTransaction {
 public:
  static Result<DatabaseTransaction> begin(Database& db);
  ~DatabaseTransaction();
  DatabaseTransaction(DatabaseTransaction&& other) noexcept;
  DatabaseTransaction& operator=(DatabaseTransaction&&) = delete;
  Status commit();

 private:
  explicit DatabaseTransaction(Database& db) : db_(&db) {}
  Database* db_;
};

}  // namespace millrace::store
