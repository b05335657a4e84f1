// SPDX-License-Identifier: Apache-2.0
#include "task/resume_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "capture/start_place.h"
#include "mysql/source_info.h"

namespace millrace::task {
namespace {

constexpr std::string_view kGoOnElsewhere =
    "go on somewhere else, with a marker of the gap in the topic: millrace task start TASK --from "
    "P --accept-gap";
constexpr std::string_view kAcceptServer =
    "take its word that it can go on: millrace task start TASK --accept-server";

// What a replica has received of another server and not applied yet; empty where it is none, or the
// account may not ask.
std::string received_gtids(mysql::Connection& control) {
  const bool mariadb = control.is_mariadb();
  const char* const column = mariadb ? "Gtid_IO_Pos" : "Retrieved_Gtid_Set";
  std::string out;
  for (const char* statement :
       {"SHOW REPLICA STATUS", "SHOW ALL SLAVES STATUS", "SHOW SLAVE STATUS"}) {
    const auto rows = control.query(statement);
    if (!rows) continue;
    const auto at = std::find(rows->columns.begin(), rows->columns.end(), column);
    if (at == rows->columns.end()) continue;
    const auto index = static_cast<size_t>(at - rows->columns.begin());
    for (const mysql::Row& row : rows->rows) {
      const std::string text = mysql::without_blanks(row.at(index).value_or(""));
      if (!text.empty()) out += (out.empty() ? "" : ",") + text;
    }
    break;
  }
  return out;
}

class Planner {
 public:
  Planner(mysql::Connection& control, const Source& found, const TrackerState& state,
          const StartOrder& order, uint32_t server_id, Refusal& refusal)
      : control_(control),
        found_(found),
        state_(state),
        progress_(*state.progress),
        order_(order),
        server_id_(server_id),
        refusal_(refusal),
        same_(progress_.server == found.identity) {}

  Result<ResumePlan> plan() {
    plan_.start = state_.position();
    const bool has_gtid = !state_.gtids.empty() && found_.gtid_on;
    // A transaction without a GTID is found by its file only.
    const bool last_has_gtid =
        progress_.transaction_file.empty() || !progress_.transaction_gtid.empty();
    if (!same_ && !(has_gtid && last_has_gtid)) return by_file_elsewhere();
    if (found_.mariadb) return same_ ? by_file() : by_domains();
    return has_gtid && last_has_gtid ? by_set() : by_file();
  }

 private:
  bool has_transaction() const { return !progress_.transaction_file.empty(); }
  void begin_with_last() {
    if (!has_transaction()) return;
    plan_.overlap = capture::Overlap{progress_.transaction_crc};
    plan_.start.file = progress_.transaction_file;
    plan_.start.offset = progress_.transaction_start;
  }

  std::string both() const {
    return fmt::format("another server answers than the one that was read ({}, before: {})",
                       server_text(found_.identity), server_text(progress_.server));
  }
  static Error diverged(std::string what) {
    return {Errc::kDiverged, "diverged: " + std::move(what)};
  }

  // Without GTIDs another server's files mean nothing, unless a person knows better: a copy of the
  // machine has a new uuid and the same files.
  Result<ResumePlan> by_file_elsewhere() {
    if (!order_.accept_server)
      return diverged(fmt::format(
          "{}; without GTIDs its file names and offsets need not be those of before. Point the "
          "task at the server that it read; or, if this one has the same binlog files, {}; or {}",
          both(), kAcceptServer, kGoOnElsewhere));
    plan_.accepted = both() + ", taken to have the same binlog files";
    return by_file();
  }

  Result<ResumePlan> by_file() {
    const std::vector<mysql::BinlogFileInfo> files = TRY(mysql::list_binlogs(control_));
    const auto is_there = [&](const std::string& name) {
      return std::any_of(files.begin(), files.end(),
                         [&](const mysql::BinlogFileInfo& file) { return file.name == name; });
    };
    if (has_transaction() && is_there(progress_.transaction_file)) {
      begin_with_last();
      return plan_;
    }
    // The last transaction is purged, and what follows it is not: the identity alone decides.
    if (is_there(progress_.file)) return plan_;
    if (!order_.binlog_dir.empty()) {
      begin_with_last();
      plan_.from_folder = true;
      return plan_;
    }
    if (found_.mariadb && !state_.gtids.empty() && TRY(nothing_was_purged(files.front().name))) {
      plan_.by_gtid = true;
      return plan_;
    }
    return Error{
        Errc::kLost,
        fmt::format("the source has purged its binlog from {}:{} on, where this task stands; its "
                    "oldest file is {}. Read what was purged from a copy of the files: millrace "
                    "task start TASK --binlog-dir DIR; or {} (P: earliest, latest ...)",
                    progress_.file, progress_.offset, files.front().name, kGoOnElsewhere)};
  }

  // MariaDB: whether the oldest file begins where we stand.
  Result<bool> nothing_was_purged(const std::string& oldest) {
    const change::Position begin = TRY(mysql::oldest_position(control_));
    GtidState before;
    if (!before.add(begin.gtids)) return false;
    return begin.file == oldest && before.text() == state_.gtids.text();
  }

  Result<ResumePlan> by_set() {
    const std::string executed = TRY(mysql::current_position(control_)).gtids;
    const std::string lacking = TRY(state_.gtids.missing_from(executed));
    if (!lacking.empty()) TRY(may_lack(lacking, executed));
    const std::string purged = TRY(mysql::oldest_position(control_)).gtids;
    const std::string lost = TRY(state_.gtids.missing_here(purged));
    if (!lost.empty()) {
      if (order_.binlog_dir.empty() || !same_ || !has_transaction()) return purged_from_set(lost);
      begin_with_last();
      plan_.from_folder = true;
      return plan_;
    }
    plan_.by_gtid = true;
    if (!has_transaction()) return plan_;
    const std::string& last = progress_.transaction_gtid;
    if (!same_) {
      TRY(compare(last));
    } else if (!TRY(GtidState::has(purged, last))) {
      plan_.start.gtids = TRY(state_.gtids.without(last));
      begin_with_last();
    }
    return plan_;
  }

  // It does not have all that was read.
  Status may_lack(const std::string& lacking, const std::string& theirs) {
    if (same_)
      return diverged(fmt::format(
          "the source lacks transactions that were read from it: {}. It was restored or reset, or "
          "lost its end in a crash. Their records stay in the topic. To go on from what it has "
          "now, {} (P: latest ...); or restore the source",
          lacking, kGoOnElsewhere));
    GtidState have;
    const std::string received = received_gtids(control_);
    if (!received.empty() && have.add(theirs) && have.add(received) && !have.text().empty()) {
      const auto still = state_.gtids.missing_from(have.text());
      if (still && still->empty())
        return Error{Errc::kUnavailable,
                     fmt::format("{}, which has received and not yet applied {}", both(), lacking)};
    }
    if (order_.accept_server && !found_.mariadb) {
      plan_.accepted = fmt::format("{}, which lacks {}", both(), lacking);
      plan_.lacking = lacking;
      return Done{};
    }
    refusal_.is_behind = true;
    return diverged(fmt::format(
        "{}, and it lacks transactions that were read: {}. Their records stay in the topic. Point "
        "the task at a server that has them; {}or {}",
        both(), lacking, found_.mariadb ? "" : fmt::format("or {}; ", kAcceptServer),
        kGoOnElsewhere));
  }

  Error purged_from_set(const std::string& lost) const {
    return {Errc::kLost,
            fmt::format("the source has purged transactions that were not read: {}. {}or {} (P: "
                        "earliest, latest ...)",
                        lost,
                        same_ ? "Read them from a copy of the files: millrace task start TASK "
                                "--binlog-dir DIR; "
                              : "Point the task at a server that has them; ",
                        kGoOnElsewhere)};
  }

  // On another server the last transaction must be the one that was read: its place in the log may
  // be another, the time when it was first committed is not.
  Status compare(const std::string& last) {
    if (!plan_.accepted.empty()) return Done{};
    const auto time =
        TRY(capture::find_original_commit_time(control_, {found_.options, server_id_}, last));
    if (time && *time == progress_.original_commit_time_us) return Done{};
    if (order_.accept_server) {
      plan_.accepted = fmt::format("{}, which does not show the last transaction that was read, {}",
                                   both(), last);
      return Done{};
    }
    if (!time)
      return diverged(fmt::format(
          "{}. It has all that was read, but purged the last of it, {}, so that it cannot be "
          "compared. To {}; or {}",
          both(), last, kAcceptServer, kGoOnElsewhere));
    return diverged(fmt::format(
        "{}, and its transaction {} is another than the one that was read: it was committed at "
        "another time. Point the task at a server that has it; or {}",
        both(), last, kGoOnElsewhere));
  }

  Result<ResumePlan> by_domains() {
    const std::string theirs = TRY(mysql::current_position(control_)).gtids;
    const std::string lacking = TRY(state_.gtids.missing_from(theirs));
    if (!lacking.empty()) TRY(may_lack(lacking, theirs));
    plan_.by_gtid = true;
    if (has_transaction()) TRY(compare(progress_.transaction_gtid));
    return plan_;
  }

  mysql::Connection& control_;
  const Source& found_;
  const TrackerState& state_;
  const storage::Progress& progress_;
  const StartOrder& order_;
  const uint32_t server_id_;
  Refusal& refusal_;
  const bool same_;
  ResumePlan plan_;
};

}  // namespace

Result<Source> look_at(const mysql::ConnectOptions& options, mysql::Connection& control) {
  Source source;
  source.options = options;
  source.identity = TRY(mysql::server_identity(control));
  source.mariadb = control.is_mariadb();
  source.gtid_on = TRY(mysql::is_gtid_on(control));
  source.clock_delta_ms = TRY(mysql::clock_difference_us(control)) / 1000;
  return source;
}

Result<ResumePlan> plan_resume(mysql::Connection& control, const Source& found,
                               const TrackerState& state, const StartOrder& order,
                               uint32_t server_id, Refusal& refusal) {
  return Planner(control, found, state, order, server_id, refusal).plan();
}

std::string server_text(const change::ServerIdentity& server) {
  return server.uuid.empty() ? fmt::format("server_id {}", server.server_id)
                             : fmt::format("server_uuid {}", server.uuid);
}

}  // namespace millrace::task
