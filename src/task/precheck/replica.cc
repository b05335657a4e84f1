// SPDX-License-Identifier: Apache-2.0
// Whether the log holds everything that happens on the source: what it replicates from another
// server, and what its filters leave out.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "task/precheck/checks.h"

namespace millrace::task::precheck {
namespace {

enum class Role : uint8_t { kPrimary, kReplica, kUnknown };
struct Replication {
  Role role = Role::kUnknown;
  mysql::Rows status;  // empty where it cannot be seen
};

Replication replication(Context& context) {
  const Facts& facts = context.facts;
  const bool renamed = !facts.mariadb && facts.at_least(8, 0, 22);
  auto rows = context.source.session.query(facts.mariadb ? "SHOW ALL SLAVES STATUS"
                                           : renamed     ? "SHOW REPLICA STATUS"
                                                         : "SHOW SLAVE STATUS");
  if (rows) {
    const Role role = rows->rows.empty() ? Role::kPrimary : Role::kReplica;
    return {role, std::move(*rows)};
  }
  // MariaDB shows that to administrators of replication only, and this to everyone.
  const auto running = context.source.session.query("SHOW GLOBAL STATUS LIKE 'Slaves_running'");
  if (running && !running->rows.empty() && running->rows[0].at(1).value_or("0") != "0") {
    return {Role::kReplica, {}};
  }
  return {facts.variable("gtid_slave_pos").empty() ? Role::kUnknown : Role::kReplica, {}};
}

// What makes a replica hold less than its primary, or in another order; empty when nothing does.
std::string doubts(const Facts& facts, const mysql::Rows& status) {
  std::vector<std::string> out;
  for (const char* filter :
       {"Replicate_Do_DB", "Replicate_Ignore_DB", "Replicate_Do_Table", "Replicate_Ignore_Table",
        "Replicate_Wild_Do_Table", "Replicate_Wild_Ignore_Table"}) {
    const std::string value = status.first(filter).value_or("");
    if (!value.empty()) out.push_back(std::string(filter) + " = " + value);
  }
  const std::string error = status.first("Last_SQL_Error").value_or("");
  if (!error.empty()) out.push_back("it stands still: " + error);
  const bool renamed = facts.has("replica_parallel_workers");
  const std::string_view workers = renamed ? "replica_parallel_workers" : "slave_parallel_workers";
  const std::string_view ordered =
      renamed ? "replica_preserve_commit_order" : "slave_preserve_commit_order";
  if (!facts.mariadb && facts.number_of(workers) > 1 && !facts.is_on(ordered)) {
    out.push_back(std::string(ordered) + " = OFF");
  }
  return listed(out, out.size());
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> out;
  std::string word;
  for (const char c : list) {
    if (c == ',') {
      out.push_back(word);
      word.clear();
    } else {
      word += c;
    }
  }
  if (!word.empty()) out.push_back(word);
  return out;
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Finding check_replica(Context& context) {
  const Facts& facts = context.facts;
  const std::string name =
      facts.has("log_replica_updates") ? "log_replica_updates" : "log_slave_updates";
  const std::string seen = name + " = " + facts.variable(name);
  const Replication found = replication(context);
  const Role is = found.role;
  if (is == Role::kPrimary) return pass("a primary");
  const std::string doubt = doubts(facts, found.status);
  if (facts.is_on(name) && !doubt.empty()) {
    return warn("a replica, " + seen + ", " + doubt,
                "It may lack changes of its primary or commit them in another order.",
                "Follow the primary, or mend the replica's settings.");
  }
  if (facts.is_on(name)) {
    return pass((is == Role::kReplica ? "a replica, " : "") + seen);
  }
  const std::string fix =
      name + " = ON   (in my.cnf under [mysqld]; then restart), or use the primary";
  if (is == Role::kReplica) {
    return fail("a replica, " + seen, "What it replicates is not in its own log.", fix);
  }
  return info(seen + "; whether it replicates from another server cannot be seen with this account",
              "If it is a replica, what it replicates is not in its own log: use the primary.");
}

Finding check_binlog_filters(Context& context) {
  if (!context.status_error.empty()) {
    return info("cannot be read: " + context.status_error,
                "The check of the privileges says what is missing.");
  }
  const std::string only_list = context.status.first("Binlog_Do_DB").value_or("");
  const std::string not_list = context.status.first("Binlog_Ignore_DB").value_or("");
  if (only_list.empty() && not_list.empty()) return pass("none");
  const std::vector<std::string> only = split(only_list);
  const std::vector<std::string> ignored = split(not_list);
  std::vector<std::string> hidden;
  for (const std::string& database : context.databases) {
    const bool logged = (only.empty() || holds(only, database)) && !holds(ignored, database);
    if (!logged && context.selection.covers(database, {})) hidden.push_back(database);
  }
  const std::string seen = (only.empty() ? "" : "binlog_do_db = " + only_list) +
                           (only.empty() || ignored.empty() ? "" : ", ") +
                           (ignored.empty() ? "" : "binlog_ignore_db = " + not_list);
  const std::string fix =
      "Remove binlog_do_db and binlog_ignore_db from my.cnf; restart the server.";
  if (!hidden.empty()) {
    return fail(seen + "; not logged: " + listed(hidden),
                "Changes of a selected database are not in the log.", fix);
  }
  return warn(seen,
              "Statements are filtered by the session's database, not by the table's: DDL of a "
              "selected table may be missing from the log while its rows are there.",
              fix);
}

}  // namespace millrace::task::precheck
