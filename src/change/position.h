// SPDX-License-Identifier: Apache-2.0
// Where we are in a source's binlog, and which server that is. Values; text forms are for people
// and for the journal.
#pragma once

#include <cstdint>
#include <string>

namespace millrace::change {

// Which server we read from. MySQL: server_uuid. MariaDB has none; there the uuid is empty and the
// server id decides together with what the journal remembers of its last transaction.
struct ServerIdentity {
  std::string uuid;
  uint32_t server_id = 0;
  friend bool operator==(const ServerIdentity&, const ServerIdentity&) = default;
};

// A place between two transactions. `gtids` is the whole set up to here: MySQL `uuid:1-5,...`,
// MariaDB `domain-server-sequence,...`; empty without GTIDs.
struct Position {
  std::string file;
  uint64_t offset = 0;
  std::string gtids;
  friend bool operator==(const Position&, const Position&) = default;
};

// The number in a binlog file's name ("mysql-bin.000078" is 78); 0 where it has none.
uint32_t binlog_file_number(const std::string& file);

}  // namespace millrace::change
