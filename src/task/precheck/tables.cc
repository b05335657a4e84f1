// SPDX-License-Identifier: Apache-2.0
// Of the selected tables, what consumers ought to know: names, columns of keys, character sets, old
// and odd kinds.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/charset.h"
#include "schema/helper_table.h"
#include "task/precheck/checks.h"

namespace millrace::task::precheck {
namespace {

using mysql::Row;

bool is_selected(const Context& context, const Row& row) {
  return context.selection.covers(text(row.at(0)), text(row.at(1)));
}

std::string name_of(const Row& row) {
  return text(row.at(0)) + "." + text(row.at(1)) + "." + text(row.at(2));
}

std::string rebuild(const std::set<std::pair<std::string, std::string>>& tables) {
  constexpr size_t kShown = 10;
  std::string out;
  size_t shown = 0;
  for (const auto& [database, table] : tables) {
    if (++shown > kShown) break;
    out += (out.empty() ? "" : "\n") + ("ALTER TABLE " + identifier(database)) + "." +
           identifier(table) + " FORCE;";
  }
  return out;
}

}  // namespace

Finding check_names(Context& context) {
  const std::string seen = shown(context.facts, "lower_case_table_names");
  if (context.selection.fold_case) {
    return info(seen, "Names of databases and tables are compared without regard to capitals.");
  }
  if (!context.list_error.empty()) return skip("the tables cannot be listed");
  std::map<std::string, std::string> folded;
  std::vector<std::string> alike;
  for (const SelectedTable& table : context.tables) {
    const auto [first, is_new] = folded.emplace(lower(table.text()), table.text());
    if (!is_new) alike.push_back(first->second + " and " + table.text());
  }
  if (alike.empty()) return pass(seen);
  return warn(seen + "; " + listed(alike),
              "These names differ by capitals alone: two tables here, and one for a consumer that "
              "takes no notice of capitals.");
}

Finding check_key_columns(Context& context) {
  const auto prefixes = context.source.session.query(
      "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME FROM information_schema.STATISTICS"
      " WHERE INDEX_NAME = 'PRIMARY' AND SUB_PART IS NOT NULL" +
      schema_condition(context));
  if (!prefixes) return unknown(PrecheckLevel::kSkip, "Keys", prefixes.error());
  const auto columns = context.source.session.query(
      "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLLATION_NAME"
      " FROM information_schema.COLUMNS WHERE COLUMN_KEY = 'PRI'"
      " AND (DATA_TYPE IN ('float', 'double') OR COLLATION_NAME IS NOT NULL)" +
      schema_condition(context));
  if (!columns) return unknown(PrecheckLevel::kSkip, "Keys", columns.error());
  std::vector<std::string> inexact;
  std::vector<std::string> folded;
  for (const Row& row : prefixes->rows) {
    if (is_selected(context, row)) inexact.push_back(name_of(row) + " (in part)");
  }
  for (const Row& row : columns->rows) {
    if (!is_selected(context, row)) continue;
    const std::string collation = text(row.at(4));
    if (collation.empty()) {
      inexact.push_back(name_of(row) + " (" + text(row.at(3)) + ")");
    } else if (!collation.ends_with("_bin") && !collation.ends_with("_cs") &&
               collation != "binary") {
      folded.push_back(name_of(row) + " (" + collation + ")");
    }
  }
  if (!inexact.empty()) {
    return warn(listed(inexact),
                "What tells two rows apart there is not the value that consumers get: a FLOAT is "
                "rounded, a part of a text is not the text.",
                "Use a key of integers, exact numbers or whole texts.");
  }
  if (folded.empty()) return pass("values that tell rows apart everywhere");
  return info(listed(folded),
              "The source takes texts that differ by case or accents for one key; a consumer that "
              "compares bytes takes an UPDATE from one to the other for another row.");
}

Finding check_charsets(Context& context) {
  const auto used = context.source.session.query(
      "SELECT DISTINCT CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.COLUMNS"
      " WHERE COLLATION_NAME IS NOT NULL" +
      schema_condition(context));
  if (!used) return unknown(PrecheckLevel::kWarn, "Character sets", used.error());
  std::vector<std::string> strange;
  for (const Row& row : used->rows) {
    const Charset* charset = find_charset(text(row.at(0)));
    const std::string collation = text(row.at(1));
    if (charset == nullptr) {
      strange.push_back(text(row.at(0)));
    } else if (find_collation(collation, *charset, context.facts.mariadb) == nullptr) {
      strange.push_back(collation);
    }
  }
  if (strange.empty()) return pass("all known");
  return fail("unknown: " + listed(strange),
              "Text in a character set that is not known cannot be turned into UTF-8 without "
              "guessing.",
              "Leave tables with it out of the selection, or: ALTER TABLE ... CONVERT TO CHARACTER "
              "SET utf8mb4;");
}

Finding check_special(Context& context) {
  // What MySQL 5.6 and 5.7 show of old temporal formats only when they are asked to.
  const bool ask = context.facts.has("show_old_temporals");
  capture::Session& session = context.source.session;
  if (ask) static_cast<void>(session.query("SET SESSION show_old_temporals = ON"));
  const auto columns = session.query(
      "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS"
      " WHERE COLUMN_TYPE LIKE '%/*%'" +
      schema_condition(context));
  if (ask) static_cast<void>(session.query("SET SESSION show_old_temporals = OFF"));
  if (!columns) return unknown(PrecheckLevel::kSkip, "Types", columns.error());
  std::vector<std::string> seen;
  std::set<std::pair<std::string, std::string>> old;
  for (const Row& row : columns->rows) {
    if (!is_selected(context, row)) continue;
    const std::string type = text(row.at(3));
    seen.push_back(name_of(row) + " (" + type + ")");
    const bool temporal = type.find("mariadb-5.3") != std::string::npos ||
                          type.find("5.5 binary format") != std::string::npos;
    if (temporal) old.emplace(text(row.at(0)), text(row.at(1)));
  }
  for (const SelectedTable& table : context.tables) {
    if (table.type == "SYSTEM VERSIONED" || table.type == "SEQUENCE") {
      seen.push_back(table.text() + " (" + lower(table.type) + ")");
    }
  }
  if (seen.empty()) return pass("none");
  Finding finding = info(
      listed(seen),
      "They are read: old formats of times and compressed columns like others. What a system "
      "versioned table keeps of its past comes as rows too; a sequence's numbers are no records.");
  finding.fix = rebuild(old);
  return finding;
}

Finding check_helper_names(Context& context) {
  std::vector<std::string> named;
  for (const SelectedTable& table : context.tables) {
    if (schema::may_be_helper(table.name)) named.push_back(table.text());
  }
  if (named.empty()) return pass("none");
  return info(
      listed(named),
      "Online schema change tools give such names. A table is hidden only while a tool works "
      "with it; these are tracked like any, unless the check of online schema changes names "
      "them.");
}

}  // namespace millrace::task::precheck
