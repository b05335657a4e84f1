// SPDX-License-Identifier: Apache-2.0
// What a task knows as of its journal's last entry: the state that every run begins with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "change/position.h"
#include "schema/catalog.h"
#include "schema/history.h"
#include "storage/progress.h"
#include "task/accepted.h"
#include "task/gtid_state.h"

namespace millrace::task {

inline constexpr std::string_view kVersionInput = "source.version";
inline constexpr std::string_view kObjectsInput = "objects";
inline constexpr std::string_view kOnlineDdlInput = "online_ddl";

class TrackerState {
 public:
  schema::Catalog catalog;
  GtidState gtids;
  std::optional<storage::Progress> progress;  // nullopt: nothing was ever read
  std::string server_version;
  std::string online_ddl;  // "fold" or "raw", as it holds at the position; empty: never said

  // An entry of the history.
  Status take_history(Bytes entry);
  // Something new became durable.
  Status take_progress(storage::Progress now);

  change::Position position() const;
  // Definitions that were found out, oldest first; of those that the log told only the newest.
  const std::vector<schema::Healed>& healed() const { return healed_; }
  size_t healed_ever() const { return healed_ever_; }  // also those that are not kept any more
  const std::vector<Accepted>& accepted() const { return accepted_; }
  // Whether one was found out for this place already.
  bool has_healed(const change::Position& at, const std::string& table) const;
  // The XA COMMITs that give no records; `gtids` of each is its own.
  std::vector<change::Position> lost_xa() const;

 private:
  std::vector<schema::Healed> healed_;
  size_t healed_ever_ = 0;
  std::vector<Accepted> accepted_;
};

}  // namespace millrace::task
