// SPDX-License-Identifier: Apache-2.0
#include "store/database.h"

#include <sqlite3.h>

#include <utility>

namespace millrace::store {
namespace {

constexpr int kBusyMs = 10'000;

Error failure(sqlite3* db, const char* doing) {
  const int code = sqlite3_errcode(db);
  const std::string what = std::string("control.db, ") + doing + ": " + sqlite3_errmsg(db);
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return {Errc::kNoSpace, what};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Errc::kCorrupt, what};
    case SQLITE_CONSTRAINT:
      return {Errc::kExists, what};
    default:
      return {Errc::kIo, what};
  }
}

}  // namespace

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement::Statement(Statement&& other) noexcept
    : db_(other.db_), statement_(std::exchange(other.statement_, nullptr)), bound_(other.bound_) {}

Statement& Statement::bind(int64_t value) {
  sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

Statement& Statement::bind(std::string_view value) {
  sqlite3_bind_text64(statement_, ++bound_, value.data() == nullptr ? "" : value.data(),
                      value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind_blob(Bytes value) {
  if (value.empty()) {
    sqlite3_bind_zeroblob(statement_, ++bound_, 0);
  } else {
    sqlite3_bind_blob64(statement_, ++bound_, value.data(), value.size(), SQLITE_TRANSIENT);
  }
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Error error = failure(db_, sqlite3_sql(statement_));
  reset();
  return error;
}

Status Statement::run() {
  const Result<bool> row = step();
  reset();
  if (!row) return row.error();
  return Done{};
}

void Statement::reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  bound_ = 0;
}

int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (text == nullptr) return {};
  return {text, static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

std::vector<std::byte> Statement::blob(int column) const {
  const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
  if (bytes == nullptr) return {};
  return {bytes, bytes + sqlite3_column_bytes(statement_, column)};
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Sync sync) {
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &raw,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> db(new Database(raw));
  if (code != SQLITE_OK) {
    return raw == nullptr ? Error{Errc::kIo, "cannot open " + path} : failure(raw, "opening");
  }
  sqlite3_extended_result_codes(raw, 0);
  sqlite3_busy_timeout(raw, kBusyMs);
  TRY(db->execute("PRAGMA journal_mode=WAL"));
  TRY(db->execute(sync == Sync::kEveryCommit ? "PRAGMA synchronous=FULL"
                                             : "PRAGMA synchronous=NORMAL"));
  TRY(db->execute("PRAGMA foreign_keys=ON"));
  return db;
}

Database::~Database() { sqlite3_close(db_); }

Status Database::execute(const std::string& sql) {
  if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return failure(db_, sql.c_str());
  }
  return Done{};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                         &statement, nullptr) != SQLITE_OK) {
    return failure(db_, "preparing a statement");
  }
  return Statement(db_, statement);
}

int64_t Database::changes() const { return sqlite3_changes64(db_); }

Result<DatabaseTransaction> DatabaseTransaction::begin(Database& db) {
  TRY(db.execute("BEGIN IMMEDIATE"));
  return DatabaseTransaction(db);
}

DatabaseTransaction::~DatabaseTransaction() {
  if (db_ == nullptr) return;
  const Status ignored = db_->execute("ROLLBACK");  // the error that led here is the one to tell
  static_cast<void>(ignored);
}

DatabaseTransaction::DatabaseTransaction(DatabaseTransaction&& other) noexcept
    : db_(std::exchange(other.db_, nullptr)) {}

Status DatabaseTransaction::commit() {
  TRY(db_->execute("COMMIT"));
  db_ = nullptr;
  return Done{};
}

}  // namespace millrace::store
