// SPDX-License-Identifier: Apache-2.0
// The event that opens a transaction and names it: MySQL's GTID, ANONYMOUS_GTID and GTID_TAGGED,
// MariaDB's GTID. The first two, after the common header:
//
//   offset  size  field
//        0     1  flags
//        1    16  uuid of the server that committed first
//       17     8  number at that server
//       25     1  2: logical timestamps follow
//       26     8  last committed
//       34     8  sequence number
//       42     …  commit times, length, versions: each there only if bytes are left
//
// GTID_TAGGED holds the same as a message of numbered fields. MariaDB's:
//
//        0     8  sequence
//        8     4  domain
//       12     1  flags
//       13     …  what the flags announce
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mysql/control_event.h"
#include "mysql/event_format.h"
#include "mysql/gtid_set.h"
#include "mysql/mariadb_gtids.h"

namespace millrace::mysql {

// MariaDB's ALTER in two phases: the definition changes at the commit.
enum class AlterPhase : uint8_t { kNone, kStart, kCommit, kRollback };

struct GtidEvent {
  bool is_mariadb = false;
  bool anonymous = false;  // MySQL without GTIDs: no uuid, no number
  uint8_t flags = 0;

  // MySQL
  Uuid uuid{};
  std::string_view tag;
  int64_t number = 0;
  int64_t last_committed = 0;
  int64_t sequence_number = 0;
  int64_t immediate_commit_us = 0;  // since the epoch, at the server that we read; 0: not told
  int64_t original_commit_us = 0;   // at the server that committed first
  uint64_t transaction_length = 0;  // bytes of the whole group; 0: not told
  uint32_t immediate_server_version = 0;
  uint32_t original_server_version = 0;
  std::optional<uint64_t> commit_group_ticket;

  // MariaDB
  MariaDbGtid gtid;
  bool standalone = false;  // the next statement is the whole group
  bool transactional = false;
  bool ddl = false;
  bool xa_prepared = false;
  bool xa_completed = false;
  XidView xid;  // with either of the two
  uint64_t commit_id = 0;
  AlterPhase alter = AlterPhase::kNone;
  uint64_t start_alter_sequence = 0;  // with kCommit and kRollback: the sequence of its kStart
  uint32_t thread_id = 0;

  // `uuid:number`, `uuid:tag:number`, `domain-server-sequence`; empty when anonymous.
  std::string text() const;
};

Result<GtidEvent> decode_gtid(const EventView& event);

}  // namespace millrace::mysql
