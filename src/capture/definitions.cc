// SPDX-License-Identifier: Apache-2.0
#include "capture/definitions.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "capture/column_text.h"
#include "capture/selection.h"
#include "schema/names.h"

namespace millrace::capture {
namespace {

using mysql::Cell;
using mysql::Row;
using mysql::Rows;
using schema::Column;
using schema::Key;
using schema::KeyPart;
using schema::Table;
using schema::TableKind;

std::string text(const Cell& cell) { return cell.value_or(std::string()); }

uint32_t number(const Cell& cell) {
  uint32_t value = 0;
  if (cell) std::from_chars(cell->data(), cell->data() + cell->size(), value);
  return value;
}

// A string literal under the session's sql_mode, which has backslash escapes.
std::string quoted(std::string_view value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + "'";
}

std::string identifier(std::string_view name) {
  std::string out = "`";
  for (const char c : name) {
    if (c == '`') out += c;
    out += c;
  }
  return out + "`";
}

// "utf8mb4_general_ci" is of "utf8mb4", "binary" of itself. MariaDB's collations for several
// charsets have the charset in front wherever they are a table's or a column's.
std::string charset_of(std::string_view collation) {
  return std::string(collation.substr(0, collation.find('_')));
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TableKind kind_of(const std::string& table_type) {
  if (contains(table_type, "VIEW")) return TableKind::kView;
  return table_type == "SEQUENCE" ? TableKind::kSequence : TableKind::kTable;
}

// Which optional parts this server's information_schema has.
struct Dialect {
  bool mariadb = false;
  bool dictionary = false;         // MySQL 8.0 and later: views of a data dictionary, in no order
  bool expressions = false;        // STATISTICS.EXPRESSION
  bool generation = false;         // MariaDB: COLUMNS.GENERATION_EXPRESSION
  bool check_constraints = false;  // MariaDB's, which name their table
  bool check_levels = false;
};

Result<Dialect> read_dialect(Session& session) {
  const Rows version = TRY(session.query("SELECT VERSION() AS v"));
  const Rows columns =
      TRY(session.query("SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS"
                        " WHERE TABLE_SCHEMA = 'information_schema'"
                        " AND TABLE_NAME IN ('COLUMNS', 'STATISTICS', 'CHECK_CONSTRAINTS')"));
  std::set<std::pair<std::string, std::string>> have;
  for (const Row& row : columns.rows) have.emplace(text(row.at(0)), text(row.at(1)));
  const std::string v = text(version.first("v"));
  int major = 0;
  std::from_chars(v.data(), v.data() + v.size(), major);
  Dialect dialect;
  dialect.mariadb = contains(v, "MariaDB");
  dialect.dictionary = !dialect.mariadb && major >= 8;
  dialect.expressions = have.contains({"STATISTICS", "EXPRESSION"});
  dialect.generation = dialect.mariadb && have.contains({"COLUMNS", "GENERATION_EXPRESSION"});
  dialect.check_constraints = dialect.mariadb && have.contains({"CHECK_CONSTRAINTS", "TABLE_NAME"});
  dialect.check_levels = have.contains({"CHECK_CONSTRAINTS", "LEVEL"});
  return dialect;
}

// Reads one database into `out`, or these tables of it. Tables are found by their exact name: two
// may differ by case only.
class DatabaseReader {
 public:
  DatabaseReader(Session& session, const Dialect& dialect, const std::string& database,
                 schema::Catalog& out, const std::vector<std::string>& only = {})
      : session_(session), dialect_(dialect), database_(database), out_(out) {
    for (const std::string& table : only) {
      only_ += (only_.empty() ? " AND TABLE_NAME IN (" : ", ") + quoted(table);
    }
    if (!only_.empty()) only_ += ")";
  }

  Status read() {
    TRY(read_tables());
    TRY(read_columns());
    if (dialect_.check_constraints) TRY(read_checks());
    TRY(read_keys());
    if (dialect_.dictionary) TRY(order_keys());
    take();
    return Done{};
  }

 private:
  // " FROM information_schema.X WHERE TABLE_SCHEMA = 'db'". The bytes are compared too: the
  // column's collation may find two databases whose names differ by case only.
  std::string from(std::string_view what, std::string_view schema_column = "TABLE_SCHEMA") const {
    const std::string column(schema_column);
    return " FROM information_schema." + std::string(what) + " WHERE " + column + " = " +
           quoted(database_) + " AND CAST(" + column + " AS BINARY) = CAST(" + quoted(database_) +
           " AS BINARY)" + only_;
  }

  Table* find(const Cell& name) {
    const auto found = tables_.find(text(name));
    return found == tables_.end() ? nullptr : &found->second;
  }

  Status read_tables() {
    Rows rows = TRY(
        session_.query("SELECT TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_COLLATION" + from("TABLES")));
    for (const Row& row : rows.rows) {
      if (text(row.at(1)) == "TEMPORARY") continue;
      Table table;
      table.database = database_;
      table.name = text(row.at(0));
      table.kind = kind_of(text(row.at(1)));
      if (table.kind == TableKind::kTable) {
        table.engine = text(row.at(2));
        table.collation = text(row.at(3));
        table.charset = charset_of(table.collation);
      }
      const std::string name = table.name;
      if (text(row.at(1)) == "SYSTEM VERSIONED") hidden_rows_.insert(name);
      tables_.emplace(name, std::move(table));
    }
    return Done{};
  }

  Status read_columns() {
    Rows rows = TRY(session_.query(
        "SELECT TABLE_NAME, ORDINAL_POSITION, COLUMN_NAME, COLUMN_TYPE, CHARACTER_SET_NAME,"
        " COLLATION_NAME, CHARACTER_OCTET_LENGTH, IS_NULLABLE, EXTRA" +
        std::string(dialect_.generation ? ", GENERATION_EXPRESSION" : "") + from("COLUMNS")));
    // The server's order is not promised; the position is.
    std::sort(rows.rows.begin(), rows.rows.end(),
              [](const Row& a, const Row& b) { return number(a.at(1)) < number(b.at(1)); });
    for (const Row& row : rows.rows) {
      Table* table = find(row.at(0));
      if (table == nullptr || table->kind != TableKind::kTable) continue;
      table->columns.push_back(read_column(row));
      if (dialect_.generation && text(row.at(9)) == "ROW START") hidden_rows_.erase(table->name);
    }
    for (const std::string& name : hidden_rows_) add_row_times(tables_.at(name));
    return Done{};
  }

  // WITH SYSTEM VERSIONING alone makes two columns that are in the rows and that nobody shows.
  static void add_row_times(Table& table) {
    if (table.columns.empty()) return;
    for (const char* name : {"row_start", "row_end"}) {
      Column& column = table.columns.emplace_back();
      column.name = name;
      column.type = ColumnType::kTimestamp2;
      column.fraction = 6;
      column.nullable = false;
      column.generated = true;
      column.invisible = true;
    }
  }

  Column read_column(const Row& row) const {
    auto parsed = parse_column_type(text(row.at(3)), dialect_.mariadb);
    Column column;
    if (parsed) column = std::move(*parsed);
    column.name = text(row.at(2));
    column.charset = text(row.at(4));
    column.collation = text(row.at(5));
    const bool sized = column.type == ColumnType::kString || column.type == ColumnType::kVarchar ||
                       column.type == ColumnType::kVarcharCompressed;
    if (sized && row.at(6)) column.octets = number(row.at(6));
    const bool bytes =
        sized || column.type == ColumnType::kBlob || column.type == ColumnType::kBlobCompressed;
    if (bytes && column.charset.empty()) column.charset = column.collation = "binary";
    const std::string extra = text(row.at(8));
    column.nullable = text(row.at(7)) == "YES";
    // MySQL 8 also says DEFAULT_GENERATED, of a default that is an expression; MariaDB before 10.2
    // says VIRTUAL and PERSISTENT.
    column.generated = contains(extra, "VIRTUAL") || contains(extra, "STORED GENERATED") ||
                       contains(extra, "PERSISTENT");
    column.invisible = contains(extra, "INVISIBLE");
    return column;
  }

  // A LONGTEXT whose own check is json_valid() of itself is what MariaDB makes of JSON. A check
  // keeps the name that its column had first, so after a RENAME COLUMN only the table's text tells
  // whose it is.
  Status read_checks() {
    Rows rows = TRY(session_.query(std::string("SELECT TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE") +
                                   (dialect_.check_levels ? ", LEVEL" : "") +
                                   from("CHECK_CONSTRAINTS", "CONSTRAINT_SCHEMA")));
    for (const Row& row : rows.rows) {
      if (dialect_.check_levels && text(row.at(3)) != "Column") continue;
      Table* table = find(row.at(0));
      if (table == nullptr) continue;
      for (Column& column : table->columns) {
        if (column.type != ColumnType::kBlob || column.length_bytes != 4) continue;
        if (column.charset == "binary" || text(row.at(2)) != own_check(column)) continue;
        if (column.name == text(row.at(1)) || TRY(is_checked_itself(*table, column))) {
          column.special = schema::Special::kMariaDbJson;
        }
      }
    }
    return Done{};
  }

  static std::string own_check(const Column& column) {
    return "json_valid(" + identifier(column.name) + ")";
  }

  // Each column has a line of its own in the text.
  Result<bool> is_checked_itself(const Table& table, const Column& column) {
    const Rows rows = TRY(session_.query("SHOW CREATE TABLE " + identifier(database_) + "." +
                                         identifier(table.name)));
    const std::string shown = rows.rows.empty() ? "" : text(rows.rows[0].at(1));
    const size_t begin = shown.find("\n  " + identifier(column.name) + " longtext");
    if (begin == std::string::npos) return false;
    const std::string line = shown.substr(begin + 1, shown.find('\n', begin + 1) - begin - 1);
    return contains(line, "CHECK (" + own_check(column) + ")");
  }

  Status read_keys() {
    Rows rows = TRY(session_.query(
        std::string(
            "SELECT TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, SUB_PART, INDEX_TYPE") +
        (dialect_.expressions ? ", EXPRESSION" : "") + from("STATISTICS") + " AND NON_UNIQUE = 0"));
    // Keys stay in the order in which the server lists them, their parts are ordered by number.
    std::stable_sort(rows.rows.begin(), rows.rows.end(),
                     [](const Row& a, const Row& b) { return number(a.at(2)) < number(b.at(2)); });
    for (const Row& row : rows.rows) {
      Table* table = find(row.at(0));
      if (table != nullptr) add_key_part(*table, row, dialect_.mariadb);
    }
    for (auto& [name, table] : tables_) {
      std::stable_sort(table.keys.begin(), table.keys.end(),
                       [](const Key& a, const Key& b) { return a.primary && !b.primary; });
    }
    return Done{};
  }

  static void add_key_part(Table& table, const Row& row, bool mariadb) {
    const std::string name = text(row.at(1));
    auto key = std::find_if(table.keys.begin(), table.keys.end(),
                            [&](const Key& k) { return k.name == name; });
    if (key == table.keys.end()) {
      key = table.keys.insert(key, Key{});
      key->name = name;
      key->primary = name == "PRIMARY";
      // MEMORY's own hashes have no column.
      key->hashed = mariadb && row.at(5) == "HASH" && !schema::same_name(table.engine, "MEMORY");
    }
    const auto column = std::find_if(table.columns.begin(), table.columns.end(),
                                     [&](const Column& c) { return c.name == row.at(3); });
    if (column == table.columns.end()) {
      key->functional = true;
      return;
    }
    key->parts.push_back({.column = static_cast<uint16_t>(column - table.columns.begin()),
                          .prefix = number(row.at(4))});
  }

  // Where the dictionary gives keys in no order of its own, SHOW KEYS tells it. Only a table with
  // several unique keys beside its primary key needs to be asked about.
  Status order_keys() {
    for (auto& [name, table] : tables_) {
      const auto secondary = std::count_if(table.keys.begin(), table.keys.end(),
                                           [](const Key& key) { return !key.primary; });
      if (secondary < 2) continue;
      unsigned code = 0;
      const auto rows = session_.query("SHOW KEYS FROM " + identifier(database_) + "." +
                                           identifier(name) + " WHERE Non_unique = 0",
                                       &code);
      constexpr unsigned kNoSuchTable = 1146;  // dropped meanwhile: the log between says so
      if (!rows && code == kNoSuchTable) continue;
      if (!rows) return Error{rows.error().code, rows.error().what};
      order_as_shown(*rows, table);
    }
    return Done{};
  }

  static void order_as_shown(const Rows& shown, Table& table) {
    std::map<std::string, size_t> rank;
    for (const Row& row : shown.rows) rank.emplace(text(row.at(2)), rank.size());
    std::stable_sort(table.keys.begin(), table.keys.end(), [&](const Key& a, const Key& b) {
      const auto of = [&](const Key& key) {
        const auto found = rank.find(key.name);
        return found == rank.end() ? rank.size() : found->second;
      };
      return of(a) < of(b);
    });
  }

  // Moves what was read to the result, by name. A table without columns was dropped between two of
  // the queries, or its files are damaged: either way it is not there.
  void take() {
    for (auto& [name, table] : tables_) {
      if (table.kind == TableKind::kTable && table.columns.empty()) continue;
      out_.put(std::move(table));
    }
  }

  Session& session_;
  const Dialect& dialect_;
  const std::string& database_;
  schema::Catalog& out_;
  std::string only_;  // " AND TABLE_NAME IN (...)", or nothing
  std::map<std::string, Table> tables_;
  std::set<std::string> hidden_rows_;  // system versioned, and no column says ROW START
};

// The databases, none of the server's own.
Result<std::vector<schema::Database>> read_schemata(Session& session) {
  const Rows rows =
      TRY(session.query("SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME"
                        " FROM information_schema.SCHEMATA"));
  std::vector<schema::Database> out;
  for (const Row& row : rows.rows) {
    if (is_system_database(text(row.at(0)))) continue;
    out.push_back({text(row.at(0)), text(row.at(1)), text(row.at(2))});
  }
  return out;
}

// Takes tables of a database out of the catalog: those with these names, or all of them.
void forget(schema::Catalog& catalog, const std::string& database,
            const std::vector<std::string>& only) {
  std::vector<schema::TablePtr> gone;
  for (const std::string& name : only) {
    if (auto table = catalog.find(database, name)) gone.push_back(std::move(table));
  }
  const schema::Database* whole = only.empty() ? catalog.find_database(database) : nullptr;
  if (whole != nullptr) {
    catalog.for_each_table([&](const schema::TablePtr& table) {
      if (table->database == whole->name) gone.push_back(table);
    });
  }
  for (const schema::TablePtr& table : gone) {
    schema::Change change;
    change.kind = schema::Change::Kind::kTableDropped;
    change.database = table->database;
    change.table = table->name;
    catalog.replay(change);
  }
  if (whole == nullptr) return;
  schema::Change change;
  change.kind = schema::Change::Kind::kDatabaseDropped;
  change.database = whole->name;
  catalog.replay(change);
}

Status reread_database(Session& session, const Dialect& dialect,
                       const std::vector<schema::Database>& schemata, const std::string& name,
                       std::vector<std::string> tables, schema::Catalog& catalog) {
  // Past this a list of names is no gain; and where names fold, what a statement calls a table is
  // not what information_schema calls it.
  constexpr size_t kTablesMax = 200;
  const bool folds = catalog.server().lower_case_table_names != 0;
  if (folds || tables.size() > kTablesMax) tables.clear();
  forget(catalog, name, tables);
  for (const schema::Database& database : schemata) {
    if (!Selection{.objects = {{name, {}}}, .fold_case = folds}.covers(database.name, {})) continue;
    catalog.put(database);
    TRY(DatabaseReader(session, dialect, database.name, catalog, tables).read());
  }
  return Done{};
}

// A variable that SHOW VARIABLES was asked for; nullopt if this version does not have it.
std::optional<bool> is_on(const Rows& variable) {
  if (variable.rows.empty()) return std::nullopt;
  return text(variable.rows[0].at(1)) == "ON";
}

}  // namespace

Result<schema::Catalog> read_definitions(
    Session& session, const std::function<void(const DefinitionsProgress&)>& progress) {
  const Dialect dialect = TRY(read_dialect(session));
  // Not every version has it, and it is on unless somebody turned it off.
  (void)session.query("SET SESSION show_gipk_in_create_table_and_information_schema = ON");
  const Rows server = TRY(session.query(
      "SELECT @@global.character_set_server AS charset, @@global.collation_server AS collation,"
      " @@global.lower_case_table_names AS fold"));
  const Rows timestamps =
      TRY(session.query("SHOW GLOBAL VARIABLES LIKE 'explicit_defaults_for_timestamp'"));
  const std::vector<schema::Database> schemata = TRY(read_schemata(session));
  schema::Catalog out({.charset = text(server.first("charset")),
                       .collation = text(server.first("collation")),
                       .lower_case_table_names = static_cast<uint8_t>(number(server.first("fold"))),
                       .explicit_defaults_for_timestamp = is_on(timestamps)});
  DefinitionsProgress seen{.databases = schemata.size()};
  for (const schema::Database& database : schemata) {
    out.put(database);
    auto read = DatabaseReader(session, dialect, database.name, out).read();
    if (!read) {
      return in_context("reading the definitions of database " + identifier(database.name),
                        std::move(read.error()));
    }
    ++seen.databases_read;
    seen.tables = out.tables();
    if (progress) progress(seen);
  }
  return out;
}

Result<schema::Catalog> read_definitions(
    mysql::Connection& connection,
    const std::function<void(const DefinitionsProgress&)>& progress) {
  ConnectionSession session(connection);
  return read_definitions(session, progress);
}

Status reread_definitions(Session& session, const std::set<schema::ObjectRef>& objects,
                          schema::Catalog& catalog) {
  if (objects.contains({})) {
    catalog = TRY(read_definitions(session));
    return Done{};
  }
  std::map<std::string, std::vector<std::string>> tables;
  std::set<std::string> whole;
  for (const schema::ObjectRef& object : objects) {
    if (is_system_database(object.database)) continue;
    if (object.name.empty()) whole.insert(object.database);
    tables[object.database].push_back(object.name);
  }
  if (tables.empty()) return Done{};
  const Dialect dialect = TRY(read_dialect(session));
  const std::vector<schema::Database> schemata = TRY(read_schemata(session));
  for (auto& [database, names] : tables) {
    if (whole.contains(database)) names.clear();
    TRY(reread_database(session, dialect, schemata, database, std::move(names), catalog));
  }
  return Done{};
}

}  // namespace millrace::capture
