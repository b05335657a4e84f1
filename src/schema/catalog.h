// SPDX-License-Identifier: Apache-2.0
// All definitions of a source as of one position, moved on statement by statement. Holds values
// only: a TablePtr that was handed out stays what it was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "schema/ddl/ast.h"
#include "schema/ddl/context.h"
#include "schema/helper_table.h"
#include "schema/statement.h"
#include "schema/table.h"

namespace millrace::schema {

struct Database {
  std::string name;
  std::string charset;
  std::string collation;
  friend bool operator==(const Database&, const Database&) = default;
};

// The settings of the source that definitions depend on.
struct ServerDefaults {
  std::string charset = "latin1";
  std::string collation = "latin1_swedish_ci";
  uint8_t lower_case_table_names = 0;  // 0, 1 or 2
  // Where statements do not bring it: MySQL before 8.0. Absent: the version's default.
  std::optional<bool> explicit_defaults_for_timestamp = std::nullopt;
  friend bool operator==(const ServerDefaults&, const ServerDefaults&) = default;
};

// One step from a catalog to the next.
struct Change {
  enum class Kind : uint8_t {
    kServer = 1,
    kDatabaseSet = 2,
    kDatabaseDropped = 3,  // its tables' kTableDropped come before it
    kTableSet = 4,         // made, altered or moved
    kTableDropped = 5,
    kInDoubt = 6,     // `database`.`table` may no longer be what it was
    kCertain = 7,     // takes that back
    kHelperSet = 8,   // `database`.`table` is a helper of an online schema change
    kHelperGone = 9,  // takes that back; a drop or a move of the table does too
  };
  Kind kind = Kind::kTableSet;
  std::string database;
  std::string table;
  TablePtr before;  // null: was not there. Not kept in the history
  TablePtr after;   // kTableSet
  // kTableSet of a rename: the name that it had, and has no more; else empty.
  std::string old_database;
  std::string old_table;
  std::string statement;  // kInDoubt: the one that could not be read, its beginning
  Database defaults;      // kDatabaseSet
  ServerDefaults server;  // kServer
  HelperTag helper;       // kHelperSet
};

class Catalog {
 public:
  explicit Catalog(ServerDefaults server = {}) : server_(std::move(server)) {}

  const ServerDefaults& server() const { return server_; }
  // Null where there is none. Names fold by lower_case_table_names.
  TablePtr find(std::string_view database, std::string_view table) const;
  const Database* find_database(std::string_view name) const;
  // Whether a statement that we could not read may have touched it since it was last certain.
  bool in_doubt(std::string_view database, std::string_view table) const;
  // The beginning of that statement; empty when the table is certain.
  std::string doubted_by(std::string_view database, std::string_view table) const;
  // All in doubt, by folded name.
  std::vector<ObjectRef> doubted() const;
  // What the table is as a helper of an online schema change; null: none.
  const HelperTag* helper(std::string_view database, std::string_view table) const;
  using Key = std::pair<std::string, std::string>;  // folded database and table
  using Helpers = std::map<Key, HelperTag>;
  const Helpers& helpers() const { return helpers_; }
  Key key(std::string_view database, std::string_view table) const {
    return {fold(database), fold(table)};
  }
  // By folded name.
  void for_each_table(const std::function<void(const TablePtr&)>& visit) const;
  void for_each_table_of(std::string_view database,
                         const std::function<void(const TablePtr&)>& visit) const;
  void for_each_database(const std::function<void(const Database&)>& visit) const;
  size_t tables() const { return tables_.size(); }

  // Applies the statement wholly or not at all, and says what changed (nothing: an empty list). An
  // Error (kMismatch) says that it contradicts what we know; then nothing changed, and the caller
  // goes on with doubt(). With context.error_code set, what may have happened before the failure is
  // applied: tables of a DROP that are there are dropped.
  Result<std::vector<Change>> apply(const ddl::Statement& statement,
                                    const ddl::DdlContext& context);
  // Marks the objects of a statement that could not be read or applied. They keep the definition
  // that they had.
  std::vector<Change> doubt(const std::vector<ObjectRef>& objects, std::string_view statement = "");
  // read_statement(), apply(), and doubt() if one fails; `problem` then says why.
  std::vector<Change> apply_text(std::string_view utf8_text, const ddl::DdlContext& context,
                                 std::string* problem = nullptr);

  // Makes a change that apply() gave, or that was read from somewhere: the same in every catalog.
  void replay(const Change& change);
  // A definition or database that was read from the source; names become canonical.
  void put(Table table);
  void put(Database database);

  // The changes that make an empty catalog this one, in order.
  std::vector<Change> snapshot() const;
  friend bool operator==(const Catalog& a, const Catalog& b);

 private:
  friend class Applier;
  Result<std::vector<Change>> apply(const ddl::Statement& statement, const ddl::DdlContext& context,
                                    std::string text);
  std::string fold(std::string_view name) const;    // for comparing
  std::string stored(std::string_view name) const;  // as the server keeps it

  ServerDefaults server_;
  std::map<std::string, Database> databases_;  // by folded name
  std::map<Key, TablePtr> tables_;
  std::map<Key, std::string> in_doubt_;  // by what statement
  Helpers helpers_;
};

}  // namespace millrace::schema
