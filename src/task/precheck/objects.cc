// SPDX-License-Identifier: Apache-2.0
// The selected tables: whether they are there, and what of them the log does not tell.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "capture/column_text.h"
#include "schema/helper_table.h"
#include "task/precheck/checks.h"

namespace millrace::task::precheck {
namespace {

using mysql::Row;

bool holds_rows(const SelectedTable& table) {
  return table.type != "SEQUENCE" && table.type.find("VIEW") == std::string::npos;
}

Finding not_listed(const Context& context) {
  return warn("the tables cannot be listed: " + context.list_error,
              "Nothing can be said about the selected objects.");
}

// Another name that differs by case only, as a hint; empty when there is none.
std::string look_alike(const Context& context, const capture::ObjectName& object) {
  for (const std::string& database : context.databases) {
    if (database != object.database && lower(database) == lower(object.database)) return database;
  }
  for (const SelectedTable& table : context.tables) {
    if (table.database == object.database && lower(table.name) == lower(object.table)) {
      return table.text();
    }
  }
  return {};
}

// Why this object gives nothing; empty when it is there.
std::string missing(const Context& context, const capture::ObjectName& object) {
  const std::string name = capture::object_text(object);
  if (capture::is_system_database(object.database)) return name + " (the server's own)";
  capture::Selection one = context.selection;
  one.objects = {object};
  const bool database = std::any_of(context.databases.begin(), context.databases.end(),
                                    [&](const std::string& d) { return one.covers(d, {}); });
  const auto table =
      std::find_if(context.tables.begin(), context.tables.end(),
                   [&](const SelectedTable& t) { return one.covers(t.database, t.name); });
  if (database && object.table.empty()) return {};
  if (table != context.tables.end()) {
    return holds_rows(*table) ? std::string() : name + " (a " + lower(table->type) + ")";
  }
  const std::string like = look_alike(context, object);
  return like.empty() ? name : name + " (there is " + like + ")";
}

// A query over information_schema whose rows begin with database and table: those of the selection,
// as "db.table", each once, ordered.
Result<std::vector<std::string>> selected(Context& context, const std::string& sql) {
  const auto rows = context.source.session.query(sql);
  if (!rows) return Error{rows.error().code, rows.error().what};
  std::set<std::string> out;
  for (const Row& row : rows->rows) {
    const std::string database = text(row.at(0));
    const std::string table = text(row.at(1));
    if (context.selection.covers(database, table)) out.insert(database + "." + table);
  }
  return std::vector<std::string>(out.begin(), out.end());
}

constexpr size_t kStatementsMax = 10;

std::string alter(const SelectedTable& table, const std::string& before) {
  return (before.empty() ? "" : "\n") + ("ALTER TABLE " + identifier(table.database)) + "." +
         identifier(table.name);
}

std::string convert(const SelectedTable& table, const std::string& before) {
  return alter(table, before) + " ENGINE = InnoDB;";
}

// A column that nobody sees who does not ask for it, where there are such columns.
std::string add_key(const Facts& facts, const SelectedTable& table, const std::string& before) {
  const bool hides = facts.mariadb ? facts.at_least(10, 3) : facts.at_least(8, 0, 23);
  return alter(table, before) + " ADD COLUMN `row_id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT" +
         (hides ? " INVISIBLE" : "") + " PRIMARY KEY;";
}

}  // namespace

Finding check_objects(Context& context) {
  if (!context.list_error.empty()) return not_listed(context);
  const auto rows = std::count_if(context.tables.begin(), context.tables.end(), holds_rows);
  std::vector<std::string> gone;
  for (const auto& object : context.selection.objects) {
    std::string why = missing(context, object);
    if (!why.empty()) gone.push_back(std::move(why));
  }
  if (!gone.empty()) {
    return fail(
        "missing, or hidden from the account: " + listed(gone, gone.size()),
        "Nothing would be tracked for these names.",
        "Correct the names (capitals matter unless lower_case_table_names is set), or grant "
        "SELECT on them.");
  }
  const std::string count = std::to_string(rows) + (rows == 1 ? " table" : " tables");
  if (rows == 0) {
    return info(count, "Nothing is there yet; tables that are made later are tracked.");
  }
  return pass(count);
}

Finding check_engines(Context& context) {
  if (!context.list_error.empty()) return not_listed(context);
  // Those whose transactions the log holds as they were.
  static const std::set<std::string> kTransactional = {"innodb", "rocksdb", "xengine", "tokudb",
                                                       "ndbcluster"};
  std::vector<std::string> elsewhere;
  std::vector<std::string> plain;
  std::string fix;
  for (const SelectedTable& table : context.tables) {
    if (!holds_rows(table)) continue;
    const std::string engine = lower(table.engine);
    if (engine == "federated" || engine == "mrg_myisam") {
      elsewhere.push_back(table.text() + " (" + table.engine + ")");
    } else if (!engine.empty() && !kTransactional.contains(engine)) {
      if (plain.size() < kStatementsMax) fix += convert(table, fix);
      plain.push_back(table.text() + " (" + table.engine + ")");
    }
  }
  if (!elsewhere.empty()) {
    return fail(
        listed(elsewhere, elsewhere.size()),
        "The rows of such a table are in other tables, here or on another server: its changes "
        "are not all in this log.",
        "Leave these tables out of the selection; select those that hold the rows.");
  }
  if (plain.empty()) return pass("all with transactions");
  return warn(
      listed(plain),
      "Without transactions: what a statement did before it failed stays, and a MEMORY table "
      "is emptied by a restart of its server.",
      fix);
}

Finding check_keys(Context& context) {
  if (!context.list_error.empty()) return not_listed(context);
  const auto rows = context.source.session.query(
      "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, NULLABLE, SUB_PART"
      " FROM information_schema.STATISTICS WHERE NON_UNIQUE = 0" +
      schema_condition(context));
  if (!rows) return unknown(PrecheckLevel::kWarn, "Keys", rows.error());
  // A key that tells rows apart: no column of it may be NULL or counts only in part.
  std::map<std::pair<std::string, std::string>, std::map<std::string, bool>> keys;
  for (const Row& row : rows->rows) {
    bool& whole =
        keys[{text(row.at(0)), text(row.at(1))}].emplace(text(row.at(2)), true).first->second;
    if (text(row.at(3)) == "YES" || row.at(4)) whole = false;
  }
  std::vector<std::string> without;
  std::string fix;
  for (const SelectedTable& table : context.tables) {
    if (!holds_rows(table)) continue;
    const auto& found = keys[{table.database, table.name}];
    if (std::none_of(found.begin(), found.end(),
                     [](const auto& key) { return key.second || key.first == "PRIMARY"; })) {
      if (without.size() < kStatementsMax) fix += add_key(context.facts, table, fix);
      without.push_back(table.text());
    }
  }
  if (without.empty()) return pass("every selected table has one");
  return warn(std::to_string(without.size()) + " without: " + listed(without),
              "Consumers cannot tell rows that are alike apart, nor a change that they see twice.",
              fix + "\nOr a key of columns that are there: ALTER TABLE ... ADD PRIMARY KEY (...)");
}

Finding check_cascades(Context& context) {
  const Facts& facts = context.facts;
  const auto tables = selected(
      context,
      "SELECT CONSTRAINT_SCHEMA, TABLE_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS"
      " WHERE (DELETE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT')"
      " OR UPDATE_RULE IN ('CASCADE', 'SET NULL', 'SET DEFAULT'))" +
          schema_condition(context, "CONSTRAINT_SCHEMA"));
  if (!tables) return unknown(PrecheckLevel::kWarn, "Foreign keys", tables.error());
  if (tables->empty()) return pass("none");
  const std::string seen = "on " + listed(*tables);
  const bool logged = !facts.mariadb && facts.at_least(9, 6) &&
                      facts.has("innodb_native_foreign_keys") &&
                      !facts.is_on("innodb_native_foreign_keys");
  if (logged) return pass(seen + ": this version logs what they change");
  return warn(
      seen,
      "What a cascade changes in the child table is done inside the storage engine and is not "
      "in the log.",
      facts.has("innodb_native_foreign_keys")
          ? setting(facts, "innodb_native_foreign_keys", "OFF")
          : "Let the application change the child rows itself.");
}

Finding check_columns(Context& context) {
  const auto types = context.source.session.query(
      "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS"
      " WHERE (DATA_TYPE IN ('enum', 'set') OR DATA_TYPE NOT IN ('tinyint', 'smallint', "
      "'mediumint',"
      " 'int', 'bigint', 'float', 'double', 'decimal', 'bit', 'year', 'date', 'time', 'datetime',"
      " 'timestamp', 'char', 'binary', 'varchar', 'varbinary', 'tinyblob', 'blob', 'mediumblob',"
      " 'longblob', 'tinytext', 'text', 'mediumtext', 'longtext', 'json'))" +
      schema_condition(context));
  if (!types) return unknown(PrecheckLevel::kWarn, "Types", types.error());
  std::set<std::pair<std::string, std::string>> with_rows;
  for (const SelectedTable& table : context.tables) {
    if (holds_rows(table)) with_rows.emplace(table.database, table.name);
  }
  std::vector<std::string> strange;
  std::vector<std::string> labels;
  for (const Row& row : types->rows) {
    if (!with_rows.contains({text(row.at(0)), text(row.at(1))})) continue;
    const std::string name = text(row.at(0)) + "." + text(row.at(1)) + "." + text(row.at(2));
    const auto column = capture::parse_column_type(text(row.at(3)), context.facts.mariadb);
    if (!column) {
      strange.push_back(name + " (" + text(row.at(3)) + ")");
      continue;
    }
    const bool question =
        std::any_of(column->labels.begin(), column->labels.end(),
                    [](const std::string& label) { return label.find('?') != std::string::npos; });
    if (question) labels.push_back(name);
  }
  if (!strange.empty()) {
    return fail(listed(strange), "A row of such a table cannot be decoded and stops the task.",
                "Leave these tables out of the selection.");
  }
  if (labels.empty()) return pass("all known");
  return warn(
      "labels with a question mark: " + listed(labels),
      "The server shows a character beyond U+FFFF in a label as ?, and then so do records; a "
      "real question mark is harmless.");
}

// Whether a tool works on one of the tables with a helper of this name.
bool is_helper_at_work(const std::string& name, const std::set<std::string>& tables) {
  using schema::HelperRole;
  if (!schema::may_be_helper(name)) return false;
  return std::any_of(tables.begin(), tables.end(), [&](const std::string& base) {
    const auto helper = schema::helper_name(name, base);
    return helper && helper->role != HelperRole::kTrash;
  });
}

Finding check_online_ddl(Context& context) {
  const auto rows = context.source.session.query(
      "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES"
      " WHERE ENGINE IS NOT NULL" +
      schema_condition(context));
  if (!rows) return unknown(PrecheckLevel::kInfo, "Helper tables", rows.error());
  std::map<std::string, std::set<std::string>> databases;
  for (const Row& row : rows->rows) databases[text(row.at(0))].insert(text(row.at(1)));
  std::vector<std::string> helpers;
  for (const auto& [database, tables] : databases) {
    for (const std::string& name : tables) {
      if (is_helper_at_work(name, tables)) helpers.push_back(database + "." + name);
    }
  }
  if (helpers.empty()) return pass("none running");
  return warn("there is " + listed(helpers),
              "If an online schema change is running, its beginning lies before the start: its "
              "helper tables are tracked as tables like any, and its end is a rename of tables "
              "instead of an ALTER TABLE.",
              "Wait for its end, or drop what an aborted one left behind.");
}

}  // namespace millrace::task::precheck
