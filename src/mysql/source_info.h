// SPDX-License-Identifier: Apache-2.0
// Questions to a source about itself and its binlog, asked so that every version answers
// (mysql-source spec 1.13).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "change/position.h"
#include "mysql/connection.h"
#include "mysql/event_type.h"

namespace millrace::mysql {

struct BinlogFileInfo {
  std::string name;
  uint64_t size = 0;
  friend bool operator==(const BinlogFileInfo&, const BinlogFileInfo&) = default;
};

Flavour flavour(const Connection& connection);

// The end of the binlog now, with GTIDs where the server has them. kRefused when the server writes
// no binlog, kDenied when the account may not ask.
Result<change::Position> current_position(Connection& connection);

// The end of the binlog now, without GTIDs: what current_position() asks of MariaDB for them makes
// it read the file.
Result<change::Position> log_end(Connection& connection);

// MySQL: @@server_uuid and @@server_id. MariaDB: the id alone.
Result<change::ServerIdentity> server_identity(Connection& connection);

// In the server's order, oldest first; never empty.
Result<std::vector<BinlogFileInfo>> list_binlogs(Connection& connection);

// The beginning of the oldest file, and the GTIDs that lie before it (MySQL: gtid_purged).
Result<change::Position> oldest_position(Connection& connection);

// @@global.binlog_checksum: "CRC32", "NONE"; "NONE" too where there is no such variable.
std::string binlog_checksum(Connection& connection);

// MySQL: gtid_mode is ON (no other value will do, spec 1.11). MariaDB: always.
Result<bool> is_gtid_on(Connection& connection);

// The source's clock less ours, microseconds; half of the question's time is taken off.
Result<int64_t> clock_difference_us(Connection& connection);

// An id for a reader: random from 2^30 to 2^31 - 1, not the source's, none of its replicas', none
// of `taken`.
Result<uint32_t> choose_server_id(Connection& connection, const std::vector<uint32_t>& taken = {});

// SHOW ... STATUS as a position; for tests. `gtids_count` is what is_gtid_on() says.
Result<change::Position> position_of_status(const Rows& status, bool gtids_count);
// A GTID set without the blanks and line breaks that servers print.
std::string without_blanks(std::string_view text);

}  // namespace millrace::mysql
