// SPDX-License-Identifier: Apache-2.0
#include "mysql/dump_error.h"

#include <gtest/gtest.h>

namespace millrace::mysql {
namespace {

struct Case {
  unsigned code;
  std::string_view message;  // of MySQL 5.6, 9.7 and MariaDB
  Errc expected;
};

TEST(DumpError, IsClassifiedByTheServersWords) {
  constexpr Case kCases[] = {
      {1236, "Could not find first log file name in binary log index file", Errc::kLost},
      {1236, "Cannot replicate because the source purged required binary logs. ...", Errc::kLost},
      {1236,
       "The slave is connecting using CHANGE MASTER TO MASTER_AUTO_POSITION = 1, but the master "
       "has purged binary logs containing GTIDs that the slave requires.",
       Errc::kLost},
      {1236,
       "connecting slave requested to start from GTID 0-1-9, which is not in the master's binlog",
       Errc::kLost},
      {1236, "Could not find GTID state requested by slave in any binlog files.", Errc::kLost},
      {1236,
       "Cannot replicate GTID-transaction when @@GLOBAL.GTID_MODE = OFF, at file ./bin.000002",
       Errc::kLost},
      {1236, "Cannot replicate anonymous transaction when AUTO_POSITION = 1, at file ./bin.000003",
       Errc::kLost},
      {1236, "Replica has more GTIDs than the source has, using the source's SERVER_UUID.",
       Errc::kDiverged},
      {1236, "Slave has more GTIDs than the master has, using the master's SERVER_UUID.",
       Errc::kDiverged},
      {1236, "Client requested source to start replication from position > file size",
       Errc::kDiverged},
      {1236, "Client requested master to start replication from impossible position; ...",
       Errc::kDiverged},
      {1236, "A replica with the same server_uuid/server_id as this replica has connected",
       Errc::kRefused},
      {1236, "event read from binlog did not pass crc check; ...", Errc::kCorrupt},
      {1236, "bogus data in log event; the first event ...", Errc::kCorrupt},
      {1236, "I/O error reading log event; the first event 'bin.000001' at 558",
       Errc::kUnavailable},
      {1236, "binlog truncated in the middle of event; consider out of disk space", Errc::kCorrupt},
      {1236, "log event entry exceeded max_allowed_packet; Increase max_allowed_packet on source",
       Errc::kTooLarge},
      {1236, "Slave can not handle replication events with the checksum that master is configured",
       Errc::kUnsupported},
      {1236, "Binary log is not open", Errc::kRefused},
      {1236, "Found old binary log without GTIDs while looking for the oldest binary log",
       Errc::kRefused},
      {1236,
       "The replication sender thread cannot start in AUTO_POSITION mode: this server has "
       "GTID_MODE = OFF instead of ON.",
       Errc::kLost},
      {1236, "Only allow to dump binary log file on primary instance", Errc::kRefused},
      {1236, "Something that no version says", Errc::kRefused},
      {1227, "Access denied; you need (at least one of) the REPLICATION SLAVE privilege(s)",
       Errc::kDenied},
      {1045, "Access denied for user 'x'@'%'", Errc::kDenied},
      {2013, "Lost connection to server during query", Errc::kUnavailable},
      {1053, "Server shutdown in progress", Errc::kUnavailable},
  };
  for (const Case& c : kCases) {
    const Error error = dump_error(c.code, c.message, "bin.000001:4");
    EXPECT_EQ(error.code, c.expected) << error.what;
    EXPECT_NE(error.what.find(std::string(c.message).substr(0, 60)), std::string::npos)
        << error.what;
    if (c.expected != Errc::kDenied) {
      EXPECT_NE(error.what.find("bin.000001:4"), std::string::npos) << error.what;
    }
  }
}

}  // namespace
}  // namespace millrace::mysql
