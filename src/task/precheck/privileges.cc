// SPDX-License-Identifier: Apache-2.0
// Whether the account may do what tracking does: by what SHOW GRANTS says, and by doing it.
#include <algorithm>
#include <string>
#include <vector>

#include "task/precheck/checks.h"
#include "task/precheck/grants.h"

namespace millrace::task::precheck {
namespace {

// The selected objects that SELECT is not granted on, as "db" or "db.table".
std::vector<std::string> without_select(const Context& context, const Grants& grants) {
  std::vector<std::string> out;
  if (context.selection.objects.empty()) {
    if (!grants.global("SELECT")) out.push_back("every database");
    return out;
  }
  for (const auto& object : context.selection.objects) {
    const bool granted = object.table.empty()
                             ? grants.on_database("SELECT", object.database)
                             : grants.on_table("SELECT", object.database, object.table);
    if (!granted) out.push_back(capture::object_text(object));
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) { return listed(words, words.size()); }

// What shows the account every database; a partial revoke is taken back where it was made.
std::string see_all(const std::vector<std::string>& revoked, const std::string& account) {
  std::string out;
  for (const std::string& database : revoked) {
    out += (out.empty() ? "" : "\n") + ("GRANT SELECT ON " + identifier(database)) + ".* TO " +
           account + ";";
  }
  return out.empty() ? "GRANT SELECT, SHOW VIEW ON *.* TO " + account + ";" : out;
}

// The role is granted and was not switched on at log-in.
std::string activate_roles(Context& context, const Grants& grants) {
  if (!grants.has_roles()) return {};
  const auto role = context.source.session.query("SELECT CURRENT_ROLE() AS r");
  if (!role) return {};
  const std::string active = role->first("r").value_or("NONE");
  if (active != "NONE" && !active.empty()) return {};
  const std::string account = account_sql(context.facts.account);
  return context.facts.mariadb
             ? "\nSET DEFAULT ROLE ... FOR " + account + ";   -- if the role holds them"
             : "\nSET DEFAULT ROLE ALL TO " + account + ";   -- if its roles hold them";
}

}  // namespace

Finding check_privileges(Context& context) {
  if (context.grants_error) {
    return unknown(PrecheckLevel::kWarn, "The grants", *context.grants_error);
  }
  const Grants& grants = context.grants;
  std::vector<std::string> missing;  // without these nothing works
  const std::vector<std::string> hidden = without_select(context, grants);
  if (!hidden.empty()) missing.push_back("SELECT");
  // Doing it says more than reading about it: other privileges may include this one.
  const bool has_client = context.status_error.empty() || grants.global("REPLICATION CLIENT");
  if (!has_client) missing.push_back("REPLICATION CLIENT");
  if (!grants.global("REPLICATION SLAVE")) missing.push_back("REPLICATION SLAVE");
  const bool show_view = grants.global("SHOW VIEW");

  const std::string account = account_sql(context.facts.account);
  const std::string who = context.facts.account + ", seen as " + context.facts.seen_as;
  if (!missing.empty()) {
    std::vector<std::string> wanted = missing;
    if (!show_view) wanted.push_back("SHOW VIEW");
    return fail(who + " lacks " + joined(missing) +
                    (hidden.empty() ? "" : " (SELECT on " + listed(hidden) + ")"),
                "Definitions, the position and the log are read with these.",
                "GRANT " + joined(wanted) + " ON *.* TO " + account + ";" +
                    activate_roles(context, grants));
  }
  const std::vector<std::string> revoked = grants.revoked("SELECT");
  if (!grants.global("SELECT") || !revoked.empty()) {
    return warn(who + " may not see all databases" +
                    (revoked.empty() ? "" : " (not " + listed(revoked) + ")"),
                "A table that is renamed from a hidden database into the selection, or made LIKE a "
                "hidden one, cannot be decoded, and the task stops there.",
                see_all(revoked, account));
  }
  if (!show_view) {
    return warn(who + " lacks SHOW VIEW", "Definitions of views cannot be read.",
                "GRANT SHOW VIEW ON *.* TO " + account + ";");
  }
  return pass(who + ": SELECT, REPLICATION CLIENT, REPLICATION SLAVE, SHOW VIEW");
}

Finding check_dump(Context& context) {
  if (!context.facts.is_on("log_bin") || context.status.rows.empty()) {
    return info("not tried", "There is no current file to read, see the checks above.");
  }
  const std::string file = context.status.rows[0].at(0).value_or("");
  const auto seen = context.source.rehearse_dump(file);
  if (seen) {
    context.rehearsal = *seen;
    return pass(std::to_string(seen->events) + " events of " + file + " read" +
                (seen->whole ? ", to its end" : ", its beginning"));
  }
  const std::string& words = seen.error().what;
  if (words.find("ccess denied") != std::string::npos) {
    return fail(words, "The log is read with the privilege REPLICATION SLAVE.",
                "GRANT REPLICATION SLAVE ON *.* TO " + account_sql(context.facts.account) + ";");
  }
  return fail(words,
              "What was tried is what tracking does: register as a replica and read the log.",
              "Use the address of the server itself: proxies and read-only nodes pass no log on.");
}

Finding check_statements(Context& context) {
  if (!context.rehearsal) return skip("the log was not read");
  const Rehearsal& seen = *context.rehearsal;
  const std::string of = " of " + std::to_string(seen.events) + " events read";
  if (seen.statement_changes == 0) return pass("none" + of);
  return warn(
      std::to_string(seen.statement_changes) + of,
      "Some session changes rows in statement format: such a change of a selected table stops "
      "the task.",
      "Find who sets binlog_format for his session, and reconnect long-lived sessions.");
}

}  // namespace millrace::task::precheck
