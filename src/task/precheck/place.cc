// SPDX-License-Identifier: Apache-2.0
// Whether a task that has read something can go on: what it has not read yet is still there, and
// the server is the one that it was. The start itself proves it (resume_plan.h); here it is
// foreseen.
#include <algorithm>
#include <string>

#include "task/gtid_state.h"
#include "task/precheck/checks.h"

namespace millrace::task::precheck {
namespace {

constexpr std::string_view kGoOnElsewhere =
    "millrace task start TASK --from earliest --accept-gap   (a marker in the topic says what is "
    "left out), or --binlog-dir DIR with the files from a backup";

bool is_same_server(const Facts& facts, const change::ServerIdentity& before) {
  const std::string uuid = facts.variable("server_uuid");
  if (!uuid.empty() && !before.uuid.empty()) return uuid == before.uuid;
  return facts.number_of("server_id") == before.server_id;
}

bool by_gtid(const Facts& facts, const change::Position& position) {
  return !position.gtids.empty() && (facts.mariadb || facts.variable("gtid_mode") == "ON");
}

// What of the GTIDs that were read the server has no more, and what was purged unread.
Finding place_by_gtid(const Facts& facts, const change::Position& position) {
  GtidState read;
  if (const Status added = read.add(position.gtids); !added) {
    return unknown(PrecheckLevel::kSkip, "What was read", added.error());
  }
  const auto missing =
      read.missing_from(facts.variable(facts.mariadb ? "gtid_binlog_pos" : "gtid_executed"));
  if (!missing) return unknown(PrecheckLevel::kSkip, "What was read", missing.error());
  std::string purged;
  if (!facts.mariadb) {
    const auto gone = read.missing_here(facts.variable("gtid_purged"));
    if (!gone) return unknown(PrecheckLevel::kSkip, "What was purged", gone.error());
    purged = *gone;
  }
  if (!purged.empty()) {
    return fail("purged and not read yet: " + purged, "What comes next is gone from this server.",
                std::string(kGoOnElsewhere));
  }
  if (missing->empty()) return pass("all that was read is there, and nothing after it is purged");
  return fail("read before and not on this server: " + *missing,
              "It is behind, or lost its end, or is another server: what follows there does not "
              "follow what was read.",
              "Wait until it has them, or: millrace task start TASK --accept-server");
}

}  // namespace

Finding check_place(Context& context) {
  if (!context.input.place) return pass("nothing was read yet");
  const change::Position& position = context.input.place->position;
  const Facts& facts = context.facts;
  const bool is_same = is_same_server(facts, context.input.place->server);
  if (by_gtid(facts, position) && !(facts.mariadb && is_same)) {
    return place_by_gtid(facts, position);
  }
  if (!is_same) return skip("another server, whose files say nothing about what was read");
  if (!context.files_error.empty()) {
    return skip("the files cannot be listed: " + context.files_error);
  }
  const auto file = std::find_if(context.files.begin(), context.files.end(),
                                 [&](const auto& f) { return f.name == position.file; });
  const std::string seen = position.file + ":" + std::to_string(position.offset);
  if (file == context.files.end()) {
    return fail(seen + ": the file is gone", "What comes next is gone from this server.",
                std::string(kGoOnElsewhere));
  }
  if (position.offset > file->size) {
    return fail(seen + ": the file ends at " + std::to_string(file->size),
                "The server lost what was read already, or its log began anew.",
                std::string(kGoOnElsewhere));
  }
  return pass(seen + " is there");
}

Finding check_identity(Context& context) {
  if (!context.input.place) return pass("nothing was read yet");
  const Facts& facts = context.facts;
  const change::ServerIdentity& before = context.input.place->server;
  const std::string uuid = facts.variable("server_uuid");
  const bool has_uuid = !uuid.empty() && !before.uuid.empty();
  const std::string now =
      has_uuid ? "server_uuid " + uuid : "server_id " + facts.variable("server_id");
  if (is_same_server(facts, before)) return pass(now + ", as before");
  const std::string seen =
      now + ", before: " + (has_uuid ? before.uuid : std::to_string(before.server_id));
  if (by_gtid(facts, context.input.place->position)) {
    return warn(seen,
                "Another server answers. It goes on if its GTIDs have all that was read and its "
                "last transaction is the one that was read.");
  }
  return fail(seen, "Another server answers, and files and offsets mean nothing there.",
              "If it is meant to go on: millrace task start TASK --accept-server");
}

}  // namespace millrace::task::precheck
