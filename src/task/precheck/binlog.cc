// SPDX-License-Identifier: Apache-2.0
// What is in the binary log: on at all, rows, whole images, checksums, GTIDs, and whether it
// survives a crash of its server.
#include <string>

#include "task/precheck/checks.h"

namespace millrace::task::precheck {
namespace {

std::string how_to_enable(const Facts& facts) {
  switch (facts.host) {
    case Host::kAurora:
      return "binlog_format = ROW   (in the cluster's parameter group; then reboot the writer)";
    case Host::kRds:
      return "Switch automated backups on (retention of at least one day).";
    case Host::kPolarDb:
      return "loose_polar_log_bin = ON   (in the cluster's parameters; 5.6: ON_WITH_GTID)";
    case Host::kPolarDbX:
      return "Switch the CDC component of the instance on.";
    case Host::kGoogle:
      return "Switch automated backups and point-in-time recovery on.";
    default:
      return "log_bin = mysql-bin\nserver_id = 1   (any number but 0, different on every server)\n"
             "binlog_format = ROW   (these three in my.cnf under [mysqld]; then restart the "
             "server)";
  }
}

}  // namespace

Finding check_binlog_enabled(Context& context) {
  if (!context.facts.is_on("log_bin")) {
    return fail(shown(context.facts, "log_bin"),
                "There is nothing to read: the server keeps no binary log.",
                how_to_enable(context.facts));
  }
  if (!context.status_error.empty()) {
    return info("log_bin = ON; its position cannot be read: " + context.status_error,
                "The check of the privileges says what is missing.");
  }
  if (context.status.rows.empty()) {
    return fail("log_bin = ON, and the server names no current file",
                "The server shows no binary log to this account or on this endpoint.",
                how_to_enable(context.facts));
  }
  return pass("log_bin = ON, now at " + context.status.rows[0].at(0).value_or("") + ":" +
              context.status.rows[0].at(1).value_or(""));
}

Finding check_binlog_format(Context& context) {
  const std::string value = context.facts.variable("binlog_format");
  // Versions that dropped the variable know nothing but rows.
  if (value == "ROW" || !context.facts.has("binlog_format")) return pass("binlog_format = ROW");
  return fail(shown(context.facts, "binlog_format"),
              "Statements in the log do not say which rows they changed.",
              setting(context.facts, "binlog_format", "ROW") +
                  "\nThen reconnect the applications: open sessions keep the old value.");
}

Finding check_row_image(Context& context) {
  const std::string value = context.facts.variable("binlog_row_image");
  if (!context.facts.has("binlog_row_image")) {
    return pass("this version always logs whole rows");
  }
  if (value == "FULL") return pass("binlog_row_image = FULL");
  return fail(shown(context.facts, "binlog_row_image"),
              "Rows come without the columns that did not change; such a row stops the task unless "
              "partial_rows = \"emit\".",
              setting(context.facts, "binlog_row_image", "FULL") +
                  "\nThen reconnect the applications: open sessions keep the old value.");
}

Finding check_row_value_options(Context& context) {
  const std::string value = context.facts.variable("binlog_row_value_options");
  if (value.empty()) return pass("no partial JSON");
  return warn(shown(context.facts, "binlog_row_value_options"),
              "Updates of JSON may be logged as a difference, which is applied to the document in "
              "the image before. A session whose binlog_row_image is MINIMAL leaves that document "
              "out, and such a row stops the task.",
              setting(context.facts, "binlog_row_value_options", "''"));
}

Finding check_row_metadata(Context& context) {
  const std::string value = context.facts.variable("binlog_row_metadata");
  if (value == "FULL") return pass("binlog_row_metadata = FULL");
  if (value.empty()) {
    return info("this version logs no names of columns",
                "Definitions come from the DDL in the log alone: a start in the past needs a "
                "schema file if a table changed since.");
  }
  Finding finding = info(shown(context.facts, "binlog_row_metadata"),
                         "Works. FULL logs the names of columns with their rows: every definition "
                         "is checked, and a start in the past needs no schema file.");
  finding.fix = setting(context.facts, "binlog_row_metadata", "FULL");
  return finding;
}

Finding check_checksum(Context& context) {
  const std::string value = context.facts.variable("binlog_checksum");
  constexpr std::string_view kWhy =
      "Damage of the log on the source's disk or on the way may go unseen.";
  if (value.empty()) return info("this version has no checksums", std::string(kWhy));
  if (value == "CRC32") return pass("binlog_checksum = CRC32");
  return warn(shown(context.facts, "binlog_checksum"), std::string(kWhy),
              setting(context.facts, "binlog_checksum", "CRC32"));
}

namespace {

// gtid_mode goes from one end to the other one step at a time.
std::string switch_gtids_on(const Facts& facts) {
  if (facts.host != Host::kSelf) {
    return setting(facts, "gtid_mode", "ON") + "\n" +
           setting(facts, "enforce_gtid_consistency", "ON");
  }
  if (!facts.at_least(5, 7, 6)) {
    return "gtid_mode = ON\nenforce_gtid_consistency = ON\nlog_slave_updates = ON   (these three "
           "in my.cnf under [mysqld]; then restart the server)";
  }
  const std::string set = facts.at_least(8, 0) ? "SET PERSIST " : "SET GLOBAL ";
  std::string out;
  if (!facts.is_on("enforce_gtid_consistency")) {
    out = set + "enforce_gtid_consistency = ON;   -- WARN first logs what this refuses\n";
  }
  const std::string mode = facts.variable("gtid_mode");
  if (mode == "OFF") out += set + "gtid_mode = OFF_PERMISSIVE;\n";
  if (mode != "ON_PERMISSIVE") out += set + "gtid_mode = ON_PERMISSIVE;\n";
  return out + "SHOW STATUS LIKE 'Ongoing_anonymous_transaction_count';   -- wait until it is 0\n" +
         set + "gtid_mode = ON;";
}

}  // namespace

Finding check_gtid(Context& context) {
  const Facts& facts = context.facts;
  if (facts.mariadb) {
    if (facts.variable("binlog_storage_engine") == "innodb") {
      return warn("binlog_storage_engine = innodb",
                  "Files and offsets mean nothing in such a log, and this kind is untested.");
    }
    return pass("MariaDB's GTIDs, gtid_domain_id = " + facts.variable("gtid_domain_id") +
                ", gtid_strict_mode = " + facts.variable("gtid_strict_mode"));
  }
  constexpr std::string_view kWhy =
      "Places in the log are files and offsets, which hold on this server only: after a failover "
      "to another server the task cannot go on by itself.";
  if (!facts.has("gtid_mode")) return info("this version has no GTIDs", std::string(kWhy));
  if (facts.variable("gtid_mode") == "ON") return pass("gtid_mode = ON");
  return warn(shown(facts, "gtid_mode"), std::string(kWhy), switch_gtids_on(facts));
}

Finding check_durability(Context& context) {
  const Facts& facts = context.facts;
  const std::string sync = facts.variable("sync_binlog");
  const std::string flush = facts.variable("innodb_flush_log_at_trx_commit");
  const std::string seen =
      shown(facts, "sync_binlog") + ", " + shown(facts, "innodb_flush_log_at_trx_commit");
  if (facts.host == Host::kAurora || (sync == "1" && (flush == "1" || flush.empty()))) {
    return pass(seen);
  }
  std::string fix;
  if (sync != "1") fix = setting(facts, "sync_binlog", "1");
  if (flush != "1" && !flush.empty()) {
    fix += (fix.empty() ? "" : "\n") + setting(facts, "innodb_flush_log_at_trx_commit", "1");
  }
  return warn(
      seen,
      "A crash of the source can lose changes that were already read and delivered; the task "
      "then stops with the difference.",
      fix);
}

Finding check_xa(Context& context) {
  const auto rows = context.source.session.query("XA RECOVER");
  if (!rows) {
    return info(
        "prepared XA transactions cannot be listed with this account",
        "An XA COMMIT whose PREPARE lies before the start stops the task. Where XA is used, "
        "see that none is prepared when tracking starts (XA RECOVER).");
  }
  if (rows->rows.empty()) return pass("none");
  return warn(std::to_string(rows->rows.size()) + " prepared",
              "When one is committed after the start its rows lie before it, and the task stops.",
              "XA RECOVER;   -- then XA COMMIT or XA ROLLBACK of each");
}

}  // namespace millrace::task::precheck
