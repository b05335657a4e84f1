// SPDX-License-Identifier: Apache-2.0
// ddl_dump [--mariadb] [--version N] [--server-collation NAME] [--fold N] [--charset-collations
// A,B,...]
//          [--timestamps-nullable 0|1]
// Reads statements from stdin, each ended by a NUL byte, applies them to a catalog and prints it as
// one line of JSON after each. Before the text of a statement stand its session's default database
// and sql_mode, each ended by a tab. For tests/ddl_oracle.py, which asks a real server the same.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/charset.h"
#include "base/json.h"
#include "schema/catalog.h"

namespace millrace::schema {
namespace {

json::Value to_json(const Column& column) {
  json::Value labels = json::array();
  for (const std::string& label : column.labels) labels.push(label);
  return json::object()
      .set("name", column.name)
      .set("type", static_cast<int>(column.type))
      .set("unsigned", column.is_unsigned)
      .set("octets", column.octets)
      .set("length_bytes", static_cast<int>(column.length_bytes))
      .set("precision", static_cast<int>(column.precision))
      .set("scale", static_cast<int>(column.scale))
      .set("fraction", static_cast<int>(column.fraction))
      .set("bits", static_cast<int>(column.bits))
      .set("charset", column.charset)
      .set("collation", column.collation)
      .set("labels", std::move(labels))
      .set("special", static_cast<int>(column.special))
      .set("nullable", column.nullable)
      .set("generated", column.generated)
      .set("invisible", column.invisible);
}

json::Value to_json(const Table& table) {
  json::Value columns = json::array();
  for (const Column& column : table.columns) columns.push(to_json(column));
  json::Value keys = json::array();
  for (const Key& key : table.keys) {
    json::Value parts = json::array();
    for (const KeyPart& part : key.parts) {
      json::Value pair = json::array();
      pair.push(table.columns[part.column].name).push(part.prefix);
      parts.push(std::move(pair));
    }
    keys.push(json::object()
                  .set("name", key.name)
                  .set("functional", key.functional)
                  .set("parts", std::move(parts)));
  }
  return json::object()
      .set("database", table.database)
      .set("name", table.name)
      .set("kind", static_cast<int>(table.kind))
      .set("charset", table.charset)
      .set("collation", table.collation)
      .set("columns", std::move(columns))
      .set("keys", std::move(keys));
}

json::Value to_json(const Catalog& catalog, const std::string& problem) {
  json::Value databases = json::object();
  catalog.for_each_database([&](const Database& d) { databases.set(d.name, d.collation); });
  json::Value tables = json::array();
  catalog.for_each_table([&](const TablePtr& table) { tables.push(to_json(*table)); });
  return json::object()
      .set("problem", problem)
      .set("databases", std::move(databases))
      .set("tables", std::move(tables));
}

// "45,2304,33,2048": pairs of ids.
void read_pairs(std::string_view text, ddl::DdlContext& context) {
  std::vector<uint16_t> ids;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    ids.push_back(static_cast<uint16_t>(std::atoi(std::string(text.substr(0, comma)).c_str())));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  for (size_t i = 0; i + 1 < ids.size(); i += 2) {
    context.charset_collations.emplace_back(ids[i], ids[i + 1]);
  }
}

int run(int argc, char** argv) {
  ddl::DdlContext context;
  ServerDefaults server;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--mariadb") {
      context.flavour = ddl::Flavour::kMariaDb;
      continue;
    }
    if (++i == argc) return 2;
    const std::string value = argv[i];
    if (option == "--version") {
      context.version = static_cast<uint32_t>(std::atoi(value.c_str()));
    } else if (option == "--server-collation") {
      const Collation* collation = find_collation(std::string_view(value), context.is_mariadb());
      if (collation == nullptr) return 2;
      server.charset = collation->charset->name;
      server.collation = collation->name;
    } else if (option == "--fold") {
      server.lower_case_table_names = static_cast<uint8_t>(std::atoi(value.c_str()));
    } else if (option == "--charset-collations") {
      read_pairs(value, context);
    } else if (option == "--timestamps-nullable") {
      context.explicit_defaults_for_timestamp = value == "1";
    } else {
      return 2;
    }
  }
  Catalog catalog(server);
  std::string record;
  while (std::getline(std::cin, record, '\0')) {
    const size_t first = record.find('\t');
    const size_t second = record.find('\t', first + 1);
    if (second == std::string::npos) return 2;
    context.database = record.substr(0, first);
    context.sql_mode = std::strtoull(record.c_str() + first + 1, nullptr, 10);
    std::string problem;
    catalog.apply_text(std::string_view(record).substr(second + 1), context, &problem);
    fmt::print("{}\n", json::write(to_json(catalog, problem)));
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace millrace::schema

int main(int argc, char** argv) { return millrace::schema::run(argc, argv); }
