// SPDX-License-Identifier: Apache-2.0
// The precheck: whether a source can be tracked as asked, each answer with its evidence, the reason
// why it matters and a statement that mends it. Needs no privilege beyond those of tracking itself,
// changes nothing, and says so where it could not find something out.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "capture/selection.h"
#include "change/position.h"
#include "mysql/connection.h"

namespace millrace::task {

enum class PrecheckLevel : uint8_t {
  kPass,
  kSkip,  // not looked at; the evidence says why
  kInfo,  // worth knowing, or a check that cannot be done and hardly matters
  kWarn,  // works, with the consequence told
  kFail,  // tracking would stop or be wrong
};
std::string_view to_string(PrecheckLevel level);  // "pass", "skip", "info", "warn", "fail"

struct PrecheckItem {
  std::string id = {};     // stable: what --skip-check takes, for instance "row_image"
  std::string title = {};  // for people
  PrecheckLevel level = PrecheckLevel::kPass;
  std::string evidence = {};  // what was seen
  std::string why = {};       // what follows from it; empty on pass
  std::string fix =
      {};  // statements or settings to copy, one a line; empty when there is nothing to do
  bool can_waive = false;   // a failure that a person may accept
  std::string source = {};  // host:port, where a task has several addresses
};

// Where a task that has read something stands.
struct PrecheckPlace {
  change::Position position;
  change::ServerIdentity server;
};
// What is there on our side for the records.
struct PrecheckRoom {
  uint64_t free_bytes = 0;
  int64_t retention_ms = -1;                    // -1: without limit
  std::optional<int64_t> retention_bytes = {};  // nullopt: likewise
  uint64_t max_record_bytes = 64ULL << 20;      // a larger record stops a task
};

struct PrecheckInput {
  mysql::ConnectOptions source;
  std::vector<mysql::ConnectOptions> others;  // the task's further addresses, in their order
  capture::Selection selection;           // objects, data types; fold_case is taken from the source
  uint32_t our_server_id = 0;             // the id that our dump registers with
  std::string our_uuid;                   // and its uuid
  std::vector<uint32_t> busy_server_ids;  // those of our other tasks
  std::string start_file;                 // the binlog file that tracking starts in; empty: now
  bool is_reading = false;                // our own reader may be there, with our id
  std::optional<PrecheckPlace> place;     // nullopt: nothing was read yet
  std::optional<PrecheckRoom> room;       // nullopt: nothing is to be kept
};

struct PrecheckReport {
  std::vector<PrecheckItem> items;  // in the order in which they were checked
  std::string server_version;       // as the server says; empty when it was not reached
  std::string flavour;              // "MySQL", "MariaDB", "Percona Server", "Aurora MySQL", ...
  std::string account;              // user@host that the server matched: where the grants are
  std::string seen_as;              // user@host as the server sees our address
  // Whether nothing failed but what `waived` names (and may be waived).
  bool passed(const std::vector<std::string>& waived = {}) const;
  PrecheckLevel worst() const;
};

// Runs all checks in order; `progress` gets each item as it is known. Without a connection only the
// connectivity item is in the report. Of several addresses the report is about the first that can
// be logged in to, followed by what is wrong or differs at the others (addresses.h).
PrecheckReport run_precheck(const PrecheckInput& input,
                            const std::function<void(const PrecheckItem&)>& progress = {});

}  // namespace millrace::task
