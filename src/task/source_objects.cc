// SPDX-License-Identifier: Apache-2.0
#include "task/source_objects.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "capture/selection.h"

namespace millrace::task {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

constexpr std::string_view kTables =
    "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, COALESCE(ENGINE, '') FROM "
    "information_schema.TABLES WHERE TABLE_TYPE NOT IN ('VIEW', 'SYSTEM VIEW') ORDER BY 1, 2";
constexpr std::string_view kKeys =
    "SELECT DISTINCT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLE_CONSTRAINTS WHERE "
    "CONSTRAINT_TYPE IN ('PRIMARY KEY', 'UNIQUE')";

}  // namespace

bool is_named(std::string_view text, std::string_view name) {
  const std::string wanted = lower(text), given = lower(name);
  if (wanted.find('*') == std::string::npos) return given.find(wanted) != std::string::npos;
  const size_t first = wanted.find('*'), last = wanted.rfind('*');
  const std::string_view head = std::string_view(wanted).substr(0, first);
  const std::string_view tail = std::string_view(wanted).substr(last + 1);
  if (given.size() < head.size() + tail.size()) return false;
  if (!given.starts_with(head) || !given.ends_with(tail)) return false;
  // What stands between two stars, in order, between head and tail.
  const std::string_view middle = std::string_view(given).substr(0, given.size() - tail.size());
  size_t at = head.size();
  for (size_t begin = first + 1; begin < last + 1;) {
    const size_t star = wanted.find('*', begin);
    const std::string_view part = std::string_view(wanted).substr(begin, star - begin);
    const size_t found = middle.find(part, at);
    if (found == std::string_view::npos) return false;
    at = found + part.size();
    begin = star + 1;
  }
  return true;
}

Result<SourceObjects> list_objects(const mysql::ConnectOptions& source,
                                   const ObjectSearch& search) {
  const auto connection = TRY(mysql::Connection::open(source));
  const auto schemata =
      TRY(connection->query("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA"));
  const mysql::Rows tables = TRY(connection->query(kTables));
  const mysql::Rows with_key = TRY(connection->query(kKeys));
  std::set<std::pair<std::string, std::string>> keyed;
  for (const mysql::Row& row : with_key.rows) {
    keyed.emplace(row[0].value_or(""), row[1].value_or(""));
  }
  std::map<std::string, SourceDatabase> databases;
  for (const mysql::Row& row : schemata.rows) {
    const std::string name = row[0].value_or("");
    if (!capture::is_system_database(name)) databases[name].name = name;
  }
  SourceObjects out;
  for (const mysql::Row& row : tables.rows) {
    SourceTable table{.database = row[0].value_or(""),
                      .name = row[1].value_or(""),
                      .type = row[2].value_or(""),
                      .engine = row[3].value_or("")};
    if (capture::is_system_database(table.database)) continue;
    SourceDatabase& database = databases[table.database];
    database.name = table.database;
    ++database.tables;
    if (!is_named(search.text, table.database + "." + table.name)) continue;
    ++database.matching;
    if (!search.database.empty() && search.database != table.database) continue;
    out.all = out.all && out.tables.size() < search.limit;
    if (out.tables.size() >= search.limit) continue;
    table.has_key = keyed.contains({table.database, table.name});
    out.tables.push_back(std::move(table));
  }
  for (auto& [name, database] : databases) out.databases.push_back(std::move(database));
  return out;
}

}  // namespace millrace::task
