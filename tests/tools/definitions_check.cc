// SPDX-License-Identifier: Apache-2.0
// definitions_check URL: whether the definitions read from information_schema are those that the
// DDL reader makes of SHOW CREATE TABLE, for every table of the server. Prints each table that
// differs in both versions; exit status 1 if any does. The password is in MILLRACE_SOURCE_PASSWORD.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "capture/definitions.h"
#include "mysql/connection.h"
#include "schema/catalog.h"

namespace {

using namespace millrace;

std::string describe(const schema::Table& table) {
  std::string out =
      fmt::format("  kind {} engine '{}' charset {} {}\n", static_cast<int>(table.kind),
                  table.engine, table.charset, table.collation);
  for (const schema::Column& c : table.columns) {
    out += fmt::format(
        "  {}: type {} unsigned {} octets {} length_bytes {} decimal {},{} fraction {} bits {} "
        "charset {} {} special {} nullable {} generated {} invisible {}",
        c.name, static_cast<int>(c.type), c.is_unsigned, c.octets, c.length_bytes, c.precision,
        c.scale, c.fraction, c.bits, c.charset, c.collation, static_cast<int>(c.special),
        c.nullable, c.generated, c.invisible);
    for (const std::string& label : c.labels) out += " [" + label + "]";
    out += "\n";
  }
  for (const schema::Key& key : table.keys) {
    out += fmt::format("  key {} primary {} functional {} hashed {}:", key.name, key.primary,
                       key.functional, key.hashed);
    for (const auto& part : key.parts) out += fmt::format(" {}({})", part.column, part.prefix);
    out += "\n";
  }
  return out;
}

std::string quoted(const std::string& name) {
  std::string out = "`";
  for (const char c : name) {
    if (c == '`') out += c;
    out += c;
  }
  return out + "`";
}

// The definition by SHOW CREATE TABLE, in a catalog of its own; empty and a word on stderr if it
// cannot be had.
schema::TablePtr by_ddl(mysql::Connection& connection, const schema::Catalog& all,
                        const schema::Table& table) {
  const auto rows =
      connection.query("SHOW CREATE TABLE " + quoted(table.database) + "." + quoted(table.name));
  if (!rows) {
    std::fprintf(stderr, "%s.%s: %s\n", table.database.c_str(), table.name.c_str(),
                 rows.error().what.c_str());
    return nullptr;
  }
  schema::Catalog catalog(all.server());
  if (const auto* database = all.find_database(table.database)) catalog.put(*database);
  schema::ddl::DdlContext context;
  context.flavour = schema::ddl::version_flavour(connection.server_version());
  context.version = schema::ddl::version_number(connection.server_version());
  context.database = table.database;
  std::string problem;
  catalog.apply_text(rows->rows.at(0).at(1).value_or(""), context, &problem);
  if (!problem.empty()) {
    std::fprintf(stderr, "%s.%s: %s\n%s\n", table.database.c_str(), table.name.c_str(),
                 problem.c_str(), rows->rows.at(0).at(1).value_or("").c_str());
  }
  return catalog.find(table.database, table.name);
}

int check(const char* url) {
  auto options = mysql::parse_url(url);
  if (!options) {
    std::fprintf(stderr, "%s\n", options.error().what.c_str());
    return 2;
  }
  if (const char* password = std::getenv("MILLRACE_SOURCE_PASSWORD")) options->password = password;
  auto connection = mysql::Connection::open(*options);
  if (!connection) {
    std::fprintf(stderr, "%s\n", connection.error().what.c_str());
    return 2;
  }
  const auto catalog = capture::read_definitions(**connection);
  if (!catalog) {
    std::fprintf(stderr, "%s\n", catalog.error().what.c_str());
    return 2;
  }
  int tables = 0;
  int different = 0;
  catalog->for_each_table([&](const schema::TablePtr& table) {
    if (table->kind != schema::TableKind::kTable) return;
    ++tables;
    const schema::TablePtr other = by_ddl(**connection, *catalog, *table);
    if (other != nullptr && *other == *table) return;
    ++different;
    fmt::print("{}.{} by information_schema:\n{}by SHOW CREATE TABLE:\n{}\n", table->database,
               table->name, describe(*table), other == nullptr ? "  nothing\n" : describe(*other));
  });
  fmt::print("{} tables, {} different\n", tables, different);
  return different == 0 && tables > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("definitions_check mysql://user@host:port\n", stderr);
    return 2;
  }
  return check(argv[1]);
}
