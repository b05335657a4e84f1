// SPDX-License-Identifier: Apache-2.0
// Whether the log is there from the start on, and how long it stays.
#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "base/units.h"
#include "change/position.h"
#include "task/precheck/checks.h"

namespace millrace::task::precheck {
namespace {

constexpr uint64_t kHour_s = 3600;
constexpr uint64_t kDay_s = 24 * kHour_s;
constexpr uint64_t kFailBelow_s = kHour_s;
constexpr uint64_t kWarnBelow_s = 3 * kDay_s;

std::string duration(uint64_t seconds) {
  if (seconds >= kDay_s && seconds % kDay_s == 0) return std::to_string(seconds / kDay_s) + " days";
  if (seconds >= kHour_s && seconds % kHour_s == 0) {
    return std::to_string(seconds / kHour_s) + " hours";
  }
  return std::to_string(seconds) + " s";
}

struct Retention {
  std::string evidence;
  uint64_t seconds = 0;  // 0: kept until somebody purges them
  bool at_once = false;  // purged as soon as the service itself does not need them
  bool unknown = false;
};

// Amazon's services purge by a setting of their own, whatever the server's variables say.
Retention amazon(Context& context) {
  const auto rows = context.source.session.query(
      "SELECT value AS v FROM mysql.rds_configuration WHERE name = 'binlog retention hours'");
  if (!rows) return {.evidence = "binlog retention hours: " + rows.error().what, .unknown = true};
  const std::string hours = rows->first("v").value_or("");
  if (hours.empty()) return {.evidence = "binlog retention hours = NULL", .at_once = true};
  uint64_t value = 0;
  std::from_chars(hours.data(), hours.data() + hours.size(), value);
  return {.evidence = "binlog retention hours = " + hours, .seconds = value * kHour_s};
}

Retention by_variables(const Facts& facts) {
  if (facts.has("binlog_expire_logs_auto_purge") && !facts.is_on("binlog_expire_logs_auto_purge")) {
    return {.evidence = "binlog_expire_logs_auto_purge = OFF"};
  }
  const uint64_t seconds = facts.number_of("binlog_expire_logs_seconds");
  if (seconds != 0) {
    return {.evidence = "binlog_expire_logs_seconds = " + std::to_string(seconds),
            .seconds = seconds};
  }
  const uint64_t days = facts.number_of("expire_logs_days");
  if (days != 0) {
    return {.evidence = "expire_logs_days = " + std::to_string(days), .seconds = days * kDay_s};
  }
  return {.evidence = "no limit of time"};
}

std::string longer(const Facts& facts) {
  if (facts.host == Host::kAurora || facts.host == Host::kRds) {
    return "CALL mysql.rds_set_configuration('binlog retention hours', 168);";
  }
  if (facts.has("binlog_expire_logs_seconds")) {
    return setting(facts, "binlog_expire_logs_seconds", "604800");
  }
  return setting(facts, "expire_logs_days", "7");
}

// Limits of size purge whatever the time says.
std::string size_limit(const Facts& facts) {
  for (const std::string_view name :
       {"max_binlog_total_size", "binlog_space_limit", "max_binlog_files"}) {
    if (facts.number_of(name) != 0) return std::string(name) + " = " + facts.variable(name);
  }
  return {};
}

// "mysql-bin.000003" and 5 give "mysql-bin.000005".
std::string with_number(const std::string& file, uint32_t number) {
  const size_t dot = file.rfind('.');
  std::string digits = std::to_string(number);
  const size_t width = file.size() - dot - 1;
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return file.substr(0, dot + 1) + digits;
}

// The last file of the gap that is nearest to the end of `files`, from index `first` on; and the
// file after it. The server shows a file that it lists and does not find with size 0.
struct Gap {
  std::string missing;
  std::string next;
};
Gap last_gap(const std::vector<Context::BinlogFile>& files, size_t first) {
  for (size_t i = files.size(); i-- > first;) {
    const bool last = i + 1 == files.size();
    if (files[i].size == 0) return {files[i].name, last ? "" : files[i + 1].name};
    if (i == first) break;
    const uint32_t number = change::binlog_file_number(files[i].name);
    if (number != 0 && change::binlog_file_number(files[i - 1].name) + 1 != number) {
      return {with_number(files[i].name, number - 1), files[i].name};
    }
  }
  return {};
}

std::string purge_to(const Gap& gap) {
  return gap.next.empty() ? std::string() : "PURGE BINARY LOGS TO " + literal(gap.next) + ";";
}

}  // namespace

Finding check_binlog_files(Context& context) {
  if (!context.files_error.empty()) {
    return info("the files cannot be listed: " + context.files_error,
                "The check of the privileges says what is missing.");
  }
  const auto& files = context.files;
  if (files.empty()) return info("no files", "See the check of the binary log.");
  const auto& place = context.input.place;
  const std::string& start = place ? place->position.file : context.input.start_file;
  size_t first = files.size() - 1;
  if (!start.empty()) {
    const auto found = std::find_if(files.begin(), files.end(),
                                    [&](const auto& file) { return file.name == start; });
    // What was read may be gone; whether what comes next is there, check_place() tells.
    if (found == files.end() && !place) {
      return fail(start + " is gone; the oldest is " + files.front().name,
                  "Tracking would start in a file that the source no longer has.",
                  "Start later, or reset the task and start now.");
    }
    if (found != files.end()) first = static_cast<size_t>(found - files.begin());
  }
  const Gap needed = last_gap(files, first);
  if (!needed.missing.empty()) {
    return fail(needed.missing + " is missing",
                "What was in that file cannot be read, and it lies after the start.",
                purge_to(needed));
  }
  const std::string seen = files.size() == 1 ? files.front().name
                                             : std::to_string(files.size()) + " files, " +
                                                   files.front().name + " to " + files.back().name;
  const Gap older = last_gap(files, 0);
  if (older.missing.empty()) return pass(seen);
  Finding finding = info(seen + ", " + older.missing + " is missing",
                         "It lies before the start; a later start in the past stops at it.");
  finding.fix = purge_to(older);
  return finding;
}

Finding check_retention(Context& context) {
  const Facts& facts = context.facts;
  const bool is_amazon = facts.host == Host::kAurora || facts.host == Host::kRds;
  const Retention kept = is_amazon ? amazon(context) : by_variables(facts);
  const std::string limit = size_limit(facts);
  const std::string seen = kept.evidence + (limit.empty() ? "" : ", " + limit);
  constexpr std::string_view kWhy =
      "When tracking stands still for longer than the source keeps its log, what was purged is "
      "lost "
      "and the task stops.";
  if (kept.at_once || (kept.seconds != 0 && kept.seconds < kFailBelow_s)) {
    return fail(seen, std::string(kWhy), longer(facts));
  }
  if (kept.unknown) {
    return warn(seen, std::string(kWhy), "CALL mysql.rds_show_configuration;   -- at least 72");
  }
  if (!limit.empty()) {
    return warn(seen,
                "The source purges its log by size, however far tracking is; a burst of writes "
                "may purge what was not read yet.");
  }
  if (kept.seconds != 0 && kept.seconds < kWarnBelow_s) {
    return warn(seen + " (" + duration(kept.seconds) + ")", std::string(kWhy), longer(facts));
  }
  return pass(kept.seconds == 0 ? seen : seen + " (" + duration(kept.seconds) + ")");
}

Finding check_log_depth(Context& context) {
  if (context.files.empty()) return skip("the files cannot be listed");
  const std::string& oldest = context.files.front().name;
  const auto begun_s = context.source.file_time_s(oldest);
  if (!begun_s) return skip(oldest + " cannot be read: " + begun_s.error().what);
  uint64_t bytes = 0;
  for (const auto& file : context.files) bytes += file.size;
  const int64_t now_s = context.source.now_us() / 1'000'000;
  const auto age_s = static_cast<uint64_t>(std::max<int64_t>(0, now_s - *begun_s));
  const std::string age = duration_text(static_cast<int64_t>(age_s) * 1000);
  std::string seen = std::to_string(context.files.size()) + " files, " + bytes_text(bytes) +
                     ", the oldest begun " + age + " ago";
  if (age_s >= kHour_s) {
    context.growth =
        static_cast<uint64_t>(static_cast<double>(bytes) / (static_cast<double>(age_s) / kHour_s));
    seen += ", " + bytes_text(*context.growth) + " an hour";
  }
  // A server whose first file is still there has not purged yet.
  if (change::binlog_file_number(oldest) <= 1 || age_s >= kWarnBelow_s) return pass(seen);
  return warn(
      seen,
      "Older files were purged, whatever the settings say: a task that stands still for "
      "longer than " +
          age + " would lose what comes next.",
      longer(context.facts) +
          "\nIf it is that long already: find who purges (PURGE BINARY LOGS, a backup tool, "
          "a limit of size).");
}

Finding check_our_room(Context& context) {
  if (!context.input.room) return skip("no task, so nothing is to be kept");
  const PrecheckRoom& room = *context.input.room;
  const std::string free = bytes_text(room.free_bytes) + " free";
  if (!context.growth) {
    return skip(free + "; how fast the source writes cannot be told yet",
                "A task pauses before the disk is full.");
  }
  // Records take about a third more than the log that they are made of.
  constexpr double kRecordsPerLog = 1.33;
  constexpr double kHour_ms = 3'600'000;
  if (room.retention_ms < 0 && !room.retention_bytes) {
    return warn(free + ", and records are kept without limit",
                "A task pauses before the disk is full.",
                "Give the task a retention: millrace task modify TASK --retention 7d");
  }
  double need = static_cast<double>(*context.growth) * kRecordsPerLog *
                (static_cast<double>(room.retention_ms) / kHour_ms);
  if (room.retention_ms < 0) need = static_cast<double>(*room.retention_bytes);
  if (room.retention_bytes) need = std::min(need, static_cast<double>(*room.retention_bytes));
  const std::string seen = "about " + bytes_text(static_cast<uint64_t>(need)) +
                           " if all that the source writes is selected, " + free;
  if (need <= static_cast<double>(room.free_bytes)) return pass(seen);
  return warn(seen, "A task pauses before the disk is full.",
              "A larger disk, a shorter retention, or --retention-bytes.");
}

}  // namespace millrace::task::precheck
