// SPDX-License-Identifier: Apache-2.0
// What a person accepted so that a task could go on: an input of its history, and the tags of the
// marker in its topic. A value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "change/position.h"
#include "format/record_encoder.h"

namespace millrace::task {

struct Accepted {
  enum class What : uint8_t {
    kGap,     // reading went on elsewhere
    kLostXa,  // the XA COMMIT at `place` gives no records
    kServer,  // another server goes on though it could not be shown that it may
    kRepair,  // the log was damaged: from `to` on the source is read again
    kDamage,  // the log was damaged: the records before offset `to` are gone
  };
  What what = What::kGap;
  std::string reason;
  std::string from;  // where reading stood, or what is left out begins
  std::string to;    // where it goes on
  int64_t time_ms = 0;
  change::Position place;  // kLostXa: of the event; `gtids` is its transaction's own, if any
};

// "gap", "lost_xa", "server", "repair", "damage"
std::string_view to_string(Accepted::What what);

// The name and text of the history's input.
inline constexpr std::string_view kAcceptedInput = "accepted";
std::string accepted_text(const Accepted& accepted);
Result<Accepted> parse_accepted(std::string_view text);

// The marker's tags; their views live as long as `accepted`.
std::vector<format::Tag> marker_tags(const Accepted& accepted);

// file:offset, and the GTID set behind a blank where there is one.
std::string position_text(const change::Position& position);

}  // namespace millrace::task
