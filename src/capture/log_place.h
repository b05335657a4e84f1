// SPDX-License-Identifier: Apache-2.0
// Follows the 64-bit place of a dump's events in the source's files (mysql-source spec 2.1).
#pragma once

#include <cstdint>
#include <string>

#include "mysql/event_format.h"

namespace millrace::capture {

struct LogPlace {
  std::string file;
  uint64_t offset = 0;       // end of the event at hand
  uint64_t event_start = 0;  // its start

  // Takes an event's length in. Artificial events, and a FORMAT_DESCRIPTION that was sent again,
  // are not in the file. Newer MariaDB servers write 0 inside transactions: lengths count.
  void count(const mysql::EventHeader& header) {
    using T = mysql::EventType;
    event_start = offset;
    const bool artificial = (header.flags & mysql::kFlagArtificial) != 0;
    if (artificial || header.type == T::kHeartbeat || header.type == T::kHeartbeatV2) return;
    if (header.log_pos == 0 && header.type == T::kFormatDescription) return;
    offset += header.size;
    if (header.log_pos != 0 && static_cast<uint32_t>(offset) != header.log_pos) {
      // The server skipped what we have by GTID: its own word counts, forwards only.
      uint64_t told = (offset & ~uint64_t{0xFFFFFFFF}) | header.log_pos;
      if (told + header.size < offset) told += uint64_t{1} << 32;
      offset = told;
      event_start = told - header.size;
    }
  }
};

}  // namespace millrace::capture
