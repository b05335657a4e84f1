// SPDX-License-Identifier: Apache-2.0
// What goes on at the source: who may write past its log, what has been open for long, what writes
// by itself. Most of it is seen with privileges only that tracking does not need.
#include <string>

#include "task/precheck/checks.h"

namespace millrace::task::precheck {

// sql_log_bin = 0 of a session leaves no trace; only who may set it can be told.
Finding check_log_bypass(Context& context) {
  if (!context.grants.global("SELECT")) {
    return skip("the accounts of the source cannot be seen with this one");
  }
  const std::string who = std::string(
      "FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE IN "
      "('SUPER', 'SYSTEM_VARIABLES_ADMIN', 'SESSION_VARIABLES_ADMIN', "
      "'BINLOG ADMIN') AND GRANTEE NOT LIKE '\\'mysql.%'");
  const auto rows =
      context.source.session.query("SELECT COUNT(DISTINCT GRANTEE) AS accounts " + who);
  if (!rows) return unknown(PrecheckLevel::kSkip, "The accounts", rows.error());
  const std::string count = rows->first("accounts").value_or("0");
  if (count == "0") return pass("none");
  Finding finding = info(count + (count == "1" ? " account" : " accounts"),
                         "What a session does under sql_log_bin = 0 is not in the log, and nothing "
                         "shows that it was done.");
  finding.fix = "SELECT DISTINCT GRANTEE " + who + ";";
  return finding;
}

Finding check_long_transactions(Context& context) {
  const auto rows = context.source.session.query(
      "SELECT COUNT(*) AS n, MAX(TIMESTAMPDIFF(SECOND, trx_started, NOW())) AS age"
      " FROM information_schema.INNODB_TRX WHERE trx_started < NOW() - INTERVAL 10 MINUTE");
  if (!rows) return skip("transactions are seen with the privilege PROCESS only");
  const std::string open = rows->first("n").value_or("0");
  if (open == "0") return pass("none over 10 minutes");
  return warn(open + " open for more than 10 minutes, the oldest for " +
                  rows->first("age").value_or("?") + " s",
              "Nothing of a transaction is in the log before it commits; then all of it is, at "
              "once, with that time.",
              "SELECT trx_mysql_thread_id, trx_started FROM information_schema.INNODB_TRX ORDER BY "
              "trx_started;   -- then commit it, or KILL its connection");
}

Finding check_triggers(Context& context) {
  if (!context.grants.global("TRIGGER") || !context.grants.global("EVENT")) {
    return skip("they are seen with the privileges TRIGGER and EVENT only",
                "What they change is in the log as rows, like any change.");
  }
  const auto triggers = context.source.session.query(
      "SELECT TRIGGER_SCHEMA, EVENT_OBJECT_TABLE, TRIGGER_NAME FROM information_schema.TRIGGERS"
      " WHERE 1 = 1" +
      schema_condition(context, "TRIGGER_SCHEMA"));
  if (!triggers) return unknown(PrecheckLevel::kSkip, "Triggers", triggers.error());
  const auto events = context.source.session.query(
      "SELECT EVENT_SCHEMA, EVENT_NAME FROM information_schema.EVENTS"
      " WHERE 1 = 1" +
      schema_condition(context, "EVENT_SCHEMA"));
  if (!events) return unknown(PrecheckLevel::kSkip, "Events", events.error());
  if (triggers->rows.empty() && events->rows.empty()) return pass("none");
  return info(std::to_string(triggers->rows.size()) + " triggers, " +
                  std::to_string(events->rows.size()) + " events",
              "What they change is in the log as rows, like any change, in the transaction of what "
              "set them off.");
}

}  // namespace millrace::task::precheck
