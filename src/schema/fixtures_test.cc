// SPDX-License-Identifier: Apache-2.0
// The DDL that made the recorded binlogs, replayed: at the end the catalog's columns have to be
// those that the real server listed (../shared/fixtures/binlogs/generated, where it is there).
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "base/charset.h"
#include "base/json.h"
#include "schema/catalog.h"
#include "schema/column_rules.h"
#include "schema/ddl/lexer.h"

namespace millrace::schema {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A type as COLUMN_TYPE prints it, without display widths, ZEROFILL and the kind of a geometry.
std::string shown(const Column& c) {
  const auto with = [](const std::string& word, uint64_t n) {
    return word + "(" + std::to_string(n) + ")";
  };
  const std::string sign = c.is_unsigned ? " unsigned" : "";
  const bool bytes = c.charset == "binary";
  switch (c.type) {
    case ColumnType::kTiny:
      return "tinyint" + sign;
    case ColumnType::kShort:
      return "smallint" + sign;
    case ColumnType::kInt24:
      return "mediumint" + sign;
    case ColumnType::kLong:
      return "int" + sign;
    case ColumnType::kLongLong:
      return "bigint" + sign;
    case ColumnType::kFloat:
      return "float" + sign;
    case ColumnType::kDouble:
      return "double" + sign;
    case ColumnType::kNewDecimal:
      return "decimal(" + std::to_string(c.precision) + "," + std::to_string(c.scale) + ")" + sign;
    case ColumnType::kBit:
      return with("bit", c.bits);
    case ColumnType::kYear:
      return "year";
    case ColumnType::kDate:
      return "date";
    case ColumnType::kTime2:
      return c.fraction == 0 ? "time" : with("time", c.fraction);
    case ColumnType::kDateTime2:
      return c.fraction == 0 ? "datetime" : with("datetime", c.fraction);
    case ColumnType::kTimestamp2:
      return c.fraction == 0 ? "timestamp" : with("timestamp", c.fraction);
    case ColumnType::kString:
      if (c.special == Special::kUuid) return "uuid";
      if (c.special == Special::kInet6) return "inet6";
      if (c.special == Special::kInet4) return "inet4";
      return with(bytes ? "binary" : "char", characters(c));
    case ColumnType::kVarchar:
    case ColumnType::kVarcharCompressed:
      return with(bytes ? "varbinary" : "varchar", characters(c));
    case ColumnType::kBlob:
    case ColumnType::kBlobCompressed: {
      constexpr const char* kSizes[] = {"", "tiny", "", "medium", "long"};
      return std::string(kSizes[c.length_bytes]) + (bytes ? "blob" : "text");
    }
    case ColumnType::kEnum:
    case ColumnType::kSet: {
      std::string out = c.type == ColumnType::kEnum ? "enum(" : "set(";
      for (const std::string& label : c.labels) {
        if (out.back() != '(') out += ',';
        out += '\'' + std::regex_replace(label, std::regex("'"), "''") + '\'';
      }
      return out + ")";
    }
    case ColumnType::kJson:
      return "json";
    case ColumnType::kGeometry:
      return "geometry";
    case ColumnType::kVector:
      return "vector";
    default:
      return "type " + std::to_string(static_cast<int>(c.type));
  }
}

std::string normalized(std::string type) {
  type =
      std::regex_replace(type, std::regex("^((?:tiny|small|medium|big)?int|year)\\(\\d+\\)"), "$1");
  type = std::regex_replace(type, std::regex("^(float|double)\\(\\d+,\\d+\\)"), "$1");
  type = std::regex_replace(type,
                            std::regex(" zerofill| /\\*(M?!100301 COMPRESSED|"
                                       " mariadb-5.3 )\\*/"),
                            "");
  type = std::regex_replace(
      type, std::regex("^(point|(multi)?linestring|(multi)?polygon|multipoint|geom\\w*)$"),
      "geometry");
  return std::regex_replace(type, std::regex("^vector\\(\\d+\\)"), "vector");
}

// Runs the DDL of an input.sql; what is between is stepped over.
class Replay {
 public:
  Replay(Catalog& catalog, const ddl::DdlContext& context) : catalog_(catalog), context_(context) {}

  void run(const std::string& script) {
    std::istringstream lines(script);
    std::string line, text, delimiter = ";";
    while (std::getline(lines, line)) {
      if (line.rfind("-- @session ", 0) == 0) switch_session(line.substr(12));
      if (line.rfind("-- @teardown", 0) == 0) return;
      if (line.rfind("-- @", 0) == 0) continue;
      if (line.rfind("DELIMITER ", 0) == 0) {
        delimiter = line.substr(10);
        continue;
      }
      if (delimiter != ";") continue;  // bodies of routines
      text += line + "\n";
      cut(text);
    }
    cut(text += ";");
  }

 private:
  void switch_session(const std::string& name) {
    sessions_[session_] = context_;
    session_ = name;
    if (sessions_.count(name) != 0) context_ = sessions_[name];
  }
  // Takes the whole statements off the front of `text`.
  void cut(std::string& text) {
    size_t begin = 0;
    for (bool found = true; found;) {
      found = false;
      ddl::Lexer lexer(std::string_view(text).substr(begin), context_);
      for (ddl::Token t = lexer.next(); t.kind != ddl::TokenKind::kEnd; t = lexer.next()) {
        if (!t.is(';')) continue;
        const std::string_view statement = std::string_view(text).substr(begin, t.begin);
        begin += t.end();
        execute(statement);
        found = true;
        break;
      }
    }
    text.erase(0, begin);
  }
  void execute(std::string_view statement) {
    ddl::Lexer lexer(statement, context_);
    const ddl::Token verb = lexer.next();
    if (verb.is("USE")) {
      context_.database = token_value(lexer.next(), context_);
    } else if (verb.is("SET")) {
      set(std::string(statement));
    } else {
      // What came after SET NAMES latin1 was sent as such bytes.
      const std::string utf8 = to_utf8(client_, as_bytes(statement));
      catalog_.apply_text(is_valid_utf8(statement) ? statement : utf8, context_);
    }
  }
  void set(const std::string& statement) {
    std::smatch found;
    if (std::regex_search(statement, found, std::regex("NAMES (\\w+)"))) client_ = found[1];
    if (!std::regex_search(statement, found, std::regex("sql_mode *= *'([^']*)'"))) return;
    const std::string modes = found[1];
    const auto has = [&](const char* mode) { return modes.find(mode) != std::string::npos; };
    context_.sql_mode = (has("ANSI") ? ddl::kAnsiQuotes : 0) |
                        (has("NO_BACKSLASH_ESCAPES") ? ddl::kNoBackslashEscapes : 0) |
                        (has("REAL_AS_FLOAT") ? ddl::kRealAsFloat : 0);
  }

  Catalog& catalog_;
  ddl::DdlContext context_;
  std::map<std::string, ddl::DdlContext> sessions_;
  std::string session_ = "main";
  std::string client_ = "utf8mb4";
};

ddl::DdlContext context_of(const std::string& server) {
  ddl::DdlContext context;
  if (server.rfind("mariadb", 0) == 0) context.flavour = ddl::Flavour::kMariaDb;
  context.version = ddl::version_number(server.substr(server.find('-') + 1));
  // How these servers were started (recipes/test-servers.md).
  if (server.rfind("mysql-5.6", 0) == 0) context.explicit_defaults_for_timestamp = true;
  return context;
}

// The names of what differs between a table and what the server showed of it.
std::string differences(const Table& table, const json::Array& expected) {
  std::vector<const Column*> columns;
  for (const Column& column : table.columns) {
    if (!is_hidden_period_column(column)) columns.push_back(&column);
  }
  if (columns.size() != expected.size()) return "the number of columns";
  std::string out;
  for (size_t i = 0; i < expected.size(); ++i) {
    const Column& c = *columns[i];
    const auto text = [&](const char* name) {
      const json::Value* value = expected[i].find(name);
      return value->text() != nullptr ? *value->text() : std::string();
    };
    const auto differs = [&](const std::string& what, const std::string& a, const std::string& b) {
      if (a != b) out += c.name + ": " + what + " " + a + ", the server has " + b + "; ";
    };
    differs("name", c.name, text("name"));
    differs("type", shown(c), normalized(text("type")));
    const bool of_bytes = c.charset == "binary" || c.charset.empty();
    const Charset* charset = find_charset(text("charset"));
    if (!of_bytes) differs("charset", c.charset, charset ? std::string(charset->name) : "none");
    differs("nullable", c.nullable ? "yes" : "no",
            *expected[i].find("nullable")->boolean() ? "yes" : "no");
    const bool generated = text("extra").find("VIRTUAL") != std::string::npos ||
                           text("extra").find("STORED") != std::string::npos ||
                           text("extra").find("PERSISTENT") != std::string::npos;
    differs("generated", c.generated ? "yes" : "no", generated ? "yes" : "no");
    const bool in_primary =
        !table.keys.empty() && table.keys[0].primary &&
        std::any_of(table.keys[0].parts.begin(), table.keys[0].parts.end(),
                    [&](const KeyPart& part) { return &table.columns[part.column] == &c; });
    // A unique key that cannot be null is shown as PRI where there is no primary key.
    if (in_primary) differs("key", "PRI", text("key"));
  }
  return out;
}

TEST(Fixtures, ReplayedDdlEndsInTheColumnsThatTheServerListed) {
  const fs::path root = fs::path(MILLRACE_FIXTURES) / "binlogs" / "generated";
  if (!fs::exists(root)) GTEST_SKIP() << root << " is not here";
  int compared = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().filename() != "expected.json") continue;
    const fs::path folder = entry.path().parent_path();
    const std::string server = folder.parent_path().filename();
    auto expected = json::parse(read_file(entry.path()));
    ASSERT_TRUE(expected) << entry.path() << expected.error().what;
    const json::Value* snapshot = expected->find("snapshots")->find("final");
    if (snapshot == nullptr) continue;
    if (folder.filename() == "ptosc_real") continue;  // the tool's statements are not in input.sql
    const std::string own = server.rfind("mysql-5.6", 0) == 0 ? "latin1" : "utf8mb4";
    const bool mysql9 = server.rfind("mysql-9", 0) == 0;
    const bool mariadb11 = server.rfind("mariadb-11", 0) == 0;
    Catalog catalog({own,
                     mysql9      ? "utf8mb4_0900_ai_ci"
                     : mariadb11 ? "utf8mb4_uca1400_ai_ci"
                                 : own + (own == "latin1" ? "_swedish_ci" : "_general_ci"),
                     0});
    Replay(catalog, context_of(server)).run(read_file(folder / "input.sql"));
    for (const json::Member& database : *snapshot->object()) {
      for (const json::Member& table : *database.value.object()) {
        const TablePtr ours = catalog.find(database.name, table.name);
        // CREATE ... SELECT goes to the log with its columns, which are not in input.sql.
        if (ours == nullptr || catalog.in_doubt(database.name, table.name)) continue;
        if (ours->kind != TableKind::kTable) continue;
        // The server adds an invisible key to the text that it logs, which is not in input.sql.
        if (table.name == "gipk") continue;
        ++compared;
        EXPECT_EQ(differences(*ours, *table.value.find("columns")->array()), "")
            << folder << " " << database.name << "." << table.name;
      }
    }
  }
  EXPECT_GT(compared, 250);
}

}  // namespace
}  // namespace millrace::schema
