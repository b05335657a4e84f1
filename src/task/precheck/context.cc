// SPDX-License-Identifier: Apache-2.0
#include "task/precheck/context.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace millrace::task::precheck {
namespace {

using mysql::Row;
using mysql::Rows;

uint64_t to_number(std::string_view digits) {
  uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool starts_with(std::string_view text, std::string_view head) {
  return text.substr(0, head.size()) == head;
}

std::array<int, 3> parse_version(std::string_view version) {
  std::array<int, 3> number{};
  const char* at = version.data();
  const char* end = at + version.size();
  for (int& part : number) {
    at = std::from_chars(at, end, part).ptr;
    if (at == end || *at != '.') break;
    ++at;
  }
  return number;
}

// Servers that speak MySQL's protocol and have no binlog to dump.
constexpr std::string_view kNoBinlog[] = {"TiDB", "Vitess", "OceanBase"};

bool any_begins(const Facts& facts, std::string_view head) {
  const auto found = facts.variables.lower_bound(head);
  return found != facts.variables.end() && starts_with(found->first, head);
}

void recognise(Facts& facts) {
  const std::string comment = facts.variable("version_comment");
  facts.mariadb = contains(facts.version, "MariaDB") || contains(comment, "MariaDB");
  facts.flavour = facts.mariadb ? "MariaDB" : "MySQL";
  for (const std::string_view name : kNoBinlog) {
    if (!contains(facts.version, name) && !contains(comment, name)) continue;
    facts.flavour = name;
    facts.binlog_source = false;
    return;
  }
  if (starts_with(comment, "Percona")) facts.flavour = "Percona Server";
  if (contains(facts.version, "PolarDB-X") || contains(facts.version, "TDDL")) {
    facts.flavour = "PolarDB-X";
    facts.host = Host::kPolarDbX;
  } else if (facts.has("aurora_version")) {
    facts.flavour = "Aurora MySQL";
    facts.host = Host::kAurora;
  } else if (starts_with(facts.variable("basedir"), "/rdsdbbin")) {
    facts.flavour = "Amazon RDS for " + facts.flavour;
    facts.host = Host::kRds;
  } else if (any_begins(facts, "polar_") || facts.has("polardb_version")) {
    facts.flavour = "PolarDB for MySQL";
    facts.host = Host::kPolarDb;
  } else if (any_begins(facts, "rds_")) {
    facts.flavour = "ApsaraDB RDS for " + facts.flavour;
    facts.host = Host::kAlibabaRds;
  } else if (contains(facts.version, "-google") || contains(comment, "(Google)")) {
    facts.flavour = "Cloud SQL for " + facts.flavour;
    facts.host = Host::kGoogle;
  }
}

void read_databases(Context& context) {
  const auto rows = context.source.session.query(
      "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA ORDER BY SCHEMA_NAME");
  if (!rows) {
    context.list_error = rows.error().what;
    return;
  }
  for (const Row& row : rows->rows) context.databases.push_back(text(row.at(0)));
}

void read_tables(Context& context) {
  const auto rows = context.source.session.query(
      "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE FROM information_schema.TABLES"
      " WHERE TABLE_TYPE <> 'TEMPORARY'" +
      schema_condition(context) + " ORDER BY TABLE_SCHEMA, TABLE_NAME");
  if (!rows) {
    context.list_error = rows.error().what;
    return;
  }
  for (const Row& row : rows->rows) {
    SelectedTable table{text(row.at(0)), text(row.at(1)), text(row.at(2)), text(row.at(3))};
    if (context.selection.covers(table.database, table.name)) {
      context.tables.push_back(std::move(table));
    }
  }
}

void read_grants(Context& context) {
  const auto rows = context.source.session.query("SHOW GRANTS");
  if (!rows) {
    context.grants_error = Error{rows.error().code, rows.error().what};
    return;
  }
  for (const Row& row : rows->rows) context.grants.add(text(row.at(0)));
}

void read_files(Context& context) {
  const auto rows = context.source.session.query("SHOW BINARY LOGS");
  if (!rows) {
    context.files_error = rows.error().what;
    return;
  }
  for (const Row& row : rows->rows) {
    context.files.push_back({text(row.at(0)), to_number(text(row.at(1)))});
  }
}

// The statement was renamed in MySQL 8.2 and the old name removed in 8.4: whichever works.
void read_status(Context& context) {
  const bool renamed = !context.facts.mariadb && context.facts.at_least(8, 2);
  const std::string_view first = renamed ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS";
  const std::string_view second = renamed ? "SHOW MASTER STATUS" : "SHOW BINARY LOG STATUS";
  constexpr unsigned kSyntaxError = 1064;
  unsigned code = 0;
  auto rows = context.source.session.query(first, &code);
  if (!rows && code == kSyntaxError) rows = context.source.session.query(second);
  if (rows) {
    context.status = std::move(*rows);
  } else {
    context.status_error = rows.error().what;
  }
}

}  // namespace

Finding pass(std::string evidence) { return {PrecheckLevel::kPass, std::move(evidence), {}, {}}; }
Finding skip(std::string evidence, std::string why) {
  return {PrecheckLevel::kSkip, std::move(evidence), std::move(why), {}};
}
Finding info(std::string evidence, std::string why) {
  return {PrecheckLevel::kInfo, std::move(evidence), std::move(why), {}};
}
Finding warn(std::string evidence, std::string why, std::string fix) {
  return {PrecheckLevel::kWarn, std::move(evidence), std::move(why), std::move(fix)};
}
Finding fail(std::string evidence, std::string why, std::string fix) {
  return {PrecheckLevel::kFail, std::move(evidence), std::move(why), std::move(fix)};
}
Finding unknown(PrecheckLevel level, const std::string& what, const Error& error) {
  return {level, what + " cannot be checked: " + error.what, {}, {}};
}

std::string Facts::variable(std::string_view name) const {
  const auto found = variables.find(name);
  return found == variables.end() ? std::string() : found->second;
}

bool Facts::is_on(std::string_view name) const {
  const std::string value = variable(name);
  return value == "ON" || value == "1" || value == "YES";
}

uint64_t Facts::number_of(std::string_view name) const { return to_number(variable(name)); }

bool Facts::at_least(int major, int minor, int patch) const {
  return number >= std::array<int, 3>{major, minor, patch};
}

Facts facts_of(std::string version, std::map<std::string, std::string, std::less<>> variables) {
  Facts facts;
  constexpr std::string_view kMariaDbPrefix = "5.5.5-";
  if (starts_with(version, kMariaDbPrefix) && contains(version, "MariaDB")) {
    version.erase(0, kMariaDbPrefix.size());
  }
  facts.version = std::move(version);
  facts.variables = std::move(variables);
  facts.number = parse_version(facts.version);
  recognise(facts);
  return facts;
}

Result<Facts> read_facts(capture::Session& session) {
  const Rows who = TRY(
      session.query("SELECT VERSION() AS version, USER() AS seen_as, CURRENT_USER() AS account"));
  const Rows all = TRY(session.query("SHOW GLOBAL VARIABLES"));
  std::map<std::string, std::string, std::less<>> variables;
  for (const Row& row : all.rows) variables.emplace(text(row.at(0)), text(row.at(1)));
  Facts facts = facts_of(text(who.first("version")), std::move(variables));
  facts.seen_as = text(who.first("seen_as"));
  facts.account = text(who.first("account"));
  return facts;
}

void read_context(Context& context) {
  read_databases(context);
  if (context.list_error.empty()) read_tables(context);
  read_grants(context);
  read_files(context);
  read_status(context);
}

void recognise_address(Facts& facts, std::string_view host) {
  if (facts.host != Host::kSelf || !host.ends_with(".mysql.database.azure.com")) return;
  facts.flavour = "Azure Database for " + facts.flavour;
  facts.host = Host::kAzure;
}

std::string shown(const Facts& facts, std::string_view name) {
  const std::string value = facts.variable(name);
  return std::string(name) + " = " + (value.empty() ? "''" : value);
}

std::string setting(const Facts& facts, std::string_view name, std::string_view value) {
  const std::string pair = std::string(name) + " = " + std::string(value);
  switch (facts.host) {
    case Host::kAurora:
      return pair + "   (in the cluster's parameter group; then reboot the writer)";
    case Host::kRds:
      return pair + "   (in the instance's parameter group)";
    case Host::kGoogle:
      return pair + "   (among the instance's database flags)";
    case Host::kPolarDb:
    case Host::kPolarDbX:
    case Host::kAlibabaRds:
    case Host::kAzure:
      return pair + "   (in the instance's parameters, in its console)";
    case Host::kSelf:
      break;
  }
  if (!facts.mariadb && facts.at_least(8, 0)) return "SET PERSIST " + pair + ";";
  return "SET GLOBAL " + pair + ";\n" + pair + "   (and in my.cnf under [mysqld])";
}

std::string text(const mysql::Cell& cell) { return cell.value_or(std::string()); }

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

std::string identifier(std::string_view name) {
  std::string out = "`";
  for (const char c : name) {
    if (c == '`') out += c;
    out += c;
  }
  return out + "`";
}

std::string literal(std::string_view value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  return out + "'";
}

std::string account_sql(std::string_view account) {
  const size_t at = account.rfind('@');
  if (at == std::string_view::npos) return literal(account);
  return literal(account.substr(0, at)) + "@" + literal(account.substr(at + 1));
}

std::string listed(const std::vector<std::string>& names, size_t shown) {
  std::string out;
  for (size_t i = 0; i < std::min(shown, names.size()); ++i) {
    out += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > shown) out += " and " + std::to_string(names.size() - shown) + " more";
  return out;
}

std::string schema_condition(const Context& context, std::string_view column) {
  std::string names;
  for (const std::string& database : context.databases) {
    if (!context.selection.covers(database, {})) continue;
    names += (names.empty() ? "" : ", ") + literal(database);
  }
  if (names.empty()) return " AND 1 = 0";
  return " AND " + std::string(column) + " IN (" + names + ")";
}

}  // namespace millrace::task::precheck
