// SPDX-License-Identifier: Apache-2.0
// What is in the binary log: on at all, rows, whole images, checksums, GTIDs, and whether it
// survives a crash of its server.
#include <string>

#include "task/precheck/checks.h"

namespace millrace::task::precheck {
namespace {

std::string shown(std::string_view name, const std::string& value) {
  return std::string(name) + " = " + (value.empty() ? "''" : value);
}

std::string how_to_enable(const Facts& facts) {
  switch (facts.host) {
    case Host::kAurora:
      return "binlog_format = ROW   (in the cluster's parameter group; then reboot the writer)";
    case Host::kRds:
      return "Switch automated backups on (retention of at least one day).";
    case Host::kPolarDb:
      return "loose_polar_log_bin = ON   (in the cluster's parameters; 5.6: ON_WITH_GTID)";
    default:
      return "log_bin = mysql-bin\nserver_id = 1   (any number but 0, different on every server)\n"
             "binlog_format = ROW   (these three in my.cnf under [mysqld]; then restart the "
             "server)";
  }
}

}  // namespace

Finding check_binlog_enabled(Context& context) {
  if (!context.facts.is_on("log_bin")) {
    return fail(shown("log_bin", context.facts.variable("log_bin")),
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
  return fail(shown("binlog_format", value),
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
  return fail(shown("binlog_row_image", value),
              "Rows come without the columns that did not change; such a row stops the task unless "
              "partial_rows = \"emit\".",
              setting(context.facts, "binlog_row_image", "FULL") +
                  "\nThen reconnect the applications: open sessions keep the old value.");
}

Finding check_row_value_options(Context& context) {
  const std::string value = context.facts.variable("binlog_row_value_options");
  if (value.empty()) return pass("no partial JSON");
  return warn(shown("binlog_row_value_options", value),
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
  Finding finding = info(shown("binlog_row_metadata", value),
                         "Works. FULL logs the names of columns with their rows: every definition "
                         "is checked, and a start in the past needs no schema file.");
  finding.fix = setting(context.facts, "binlog_row_metadata", "FULL");
  return finding;
}

Finding check_checksum(Context& context) {
  const std::string value = context.facts.variable("binlog_checksum");
  const bool compressed = context.facts.is_on("binlog_transaction_compression") ||
                          context.facts.is_on("log_bin_compress");
  const bool encrypted =
      context.facts.is_on("binlog_encryption") || context.facts.is_on("encrypt_binlog");
  const std::string also =
      std::string(compressed ? ", compressed" : "") + (encrypted ? ", encrypted on its disk" : "");
  if (value.empty()) {
    return info("this version has no checksums" + also,
                "Damage of the log on the source's disk or on the way may go unseen.");
  }
  if (value == "CRC32") return pass("binlog_checksum = CRC32" + also);
  return warn(shown("binlog_checksum", value) + also,
              "Damage of the log on the source's disk or on the way may go unseen.",
              setting(context.facts, "binlog_checksum", "CRC32"));
}

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
  const std::string mode = facts.variable("gtid_mode");
  if (mode == "ON") return pass("gtid_mode = ON");
  return info(mode.empty() ? "this version has no GTIDs" : shown("gtid_mode", mode),
              "Places in the log are files and offsets, which hold on this server only: after a "
              "failover to another server the task cannot go on by itself.");
}

Finding check_durability(Context& context) {
  const Facts& facts = context.facts;
  const std::string sync = facts.variable("sync_binlog");
  const std::string flush = facts.variable("innodb_flush_log_at_trx_commit");
  const std::string seen =
      shown("sync_binlog", sync) + ", " + shown("innodb_flush_log_at_trx_commit", flush);
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
