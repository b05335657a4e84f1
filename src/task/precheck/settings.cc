// SPDX-License-Identifier: Apache-2.0
// Settings of the source that are fine as they are, or nearly: what follows from them.
#include <charconv>
#include <string>
#include <vector>

#include "base/units.h"
#include "task/precheck/checks.h"

namespace millrace::task::precheck {
namespace {

// Those of the variables that are switched on, as "a = ON, b = ON".
std::string switched_on(const Facts& facts, std::initializer_list<std::string_view> names) {
  std::string out;
  for (const std::string_view name : names) {
    if (facts.is_on(name)) out += (out.empty() ? "" : ", ") + shown(facts, name);
  }
  return out;
}

// The words of a list with commas that are among `wanted`.
std::string among(const std::string& list, std::initializer_list<std::string_view> wanted) {
  const std::string all = "," + list + ",";
  std::string out;
  for (const std::string_view word : wanted) {
    if (all.find("," + std::string(word) + ",") == std::string::npos) continue;
    out += (out.empty() ? "" : ",") + std::string(word);
  }
  return out;
}

}  // namespace

Finding check_compression(Context& context) {
  const std::string on =
      switched_on(context.facts, {"binlog_transaction_compression", "log_bin_compress"});
  if (on.empty()) return pass("none");
  return info(on, "It is read; unpacking takes time here, at most one event is held unpacked.");
}

Finding check_log_encryption(Context& context) {
  const std::string on = switched_on(context.facts, {"binlog_encryption", "encrypt_binlog"});
  if (on.empty()) return pass("none");
  return info(on,
              "The server sends its log in the clear over our connection. Files of it on a disk "
              "(--binlog-dir, millrace binlog) cannot be read.");
}

Finding check_mariadb_log(Context& context) {
  if (!context.facts.mariadb) return pass("not MariaDB");
  const std::string on = switched_on(context.facts, {"binlog_alter_two_phase"});
  if (on.empty()) return pass("none of them");
  return info(on, "An ALTER is a record where the server commits it, not where it begins.");
}

Finding check_read_only(Context& context) {
  const std::string on =
      switched_on(context.facts, {"read_only", "super_read_only", "innodb_read_only"});
  if (on.empty()) return pass("no");
  return info(on, "Only replication, and accounts that may in spite of it, change this server.");
}

Finding check_time_zone(Context& context) {
  const Facts& facts = context.facts;
  const std::string zone = facts.variable("time_zone");
  const std::string system = facts.variable("system_time_zone");
  const std::string seen = "time_zone = " + zone + (zone == "SYSTEM" ? " (" + system + ")" : "");
  const std::string& really = zone == "SYSTEM" ? system : zone;
  if (really == "UTC" || really == "+00:00") return pass(seen);
  return info(seen,
              "TIMESTAMP is UTC in the log and in records whatever this says; DATETIME is what the "
              "application wrote, and has no zone.");
}

Finding check_sql_mode(Context& context) {
  const Facts& facts = context.facts;
  const std::string modes =
      among(facts.variable("sql_mode"), {"ANSI_QUOTES", "ORACLE", "NO_BACKSLASH_ESCAPES"});
  std::string seen = modes.empty() ? "" : "sql_mode has " + modes;
  const bool old_timestamps = facts.has("explicit_defaults_for_timestamp") &&
                              !facts.is_on("explicit_defaults_for_timestamp");
  if (old_timestamps) {
    seen += (seen.empty() ? "" : ", ") + shown(facts, "explicit_defaults_for_timestamp");
  }
  if (seen.empty()) return pass("nothing that changes how DDL is read");
  return info(
      seen, old_timestamps
                ? "DDL is read by these rules: a TIMESTAMP column is NOT NULL unless it says NULL."
                : "DDL is read by the mode that the log gives with each statement.");
}

Finding check_row_size(Context& context) {
  const Facts& facts = context.facts;
  const PrecheckRoom standard;
  const uint64_t record_max =
      context.input.room ? context.input.room->max_record_bytes : standard.max_record_bytes;
  const uint64_t row_max = facts.number_of("max_allowed_packet");
  const std::string seen = "max_allowed_packet = " + bytes_text(row_max);
  if (row_max <= record_max) return pass(seen);
  return info(seen + ", a record has at most " + bytes_text(record_max),
              "A row whose record is larger stops the task until max_record_bytes of Millrace's "
              "configuration is raised.");
}

Finding check_timeouts(Context& context) {
  // Our connections ask for long ones; a reader that is pressed may be silent for half a minute.
  constexpr uint64_t kLeast_s = 60;
  std::vector<std::string> parts;
  bool is_short = false;
  for (const std::string_view name : {"wait_timeout", "net_write_timeout"}) {
    const auto rows =
        context.source.session.query("SELECT @@SESSION." + std::string(name) + " AS v");
    if (!rows) return unknown(PrecheckLevel::kSkip, "Timeouts", rows.error());
    const std::string value = rows->first("v").value_or("0");
    uint64_t seconds = 0;
    std::from_chars(value.data(), value.data() + value.size(), seconds);
    parts.push_back(std::string(name) + " = " + value);
    is_short = is_short || seconds < kLeast_s;
  }
  const std::string seen = "ours: " + listed(parts);
  if (!is_short) return pass(seen);
  return warn(seen,
              "The server did not take the longer ones that our connections ask for: it ends them "
              "when they are silent, and they come back again and again.",
              setting(context.facts, "net_write_timeout", "600") + "\n" +
                  setting(context.facts, "wait_timeout", "28800"));
}

}  // namespace millrace::task::precheck
