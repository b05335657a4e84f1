// SPDX-License-Identifier: Apache-2.0
#include "mysql/dump_error.h"

#include <errmsg.h>
#include <fmt/format.h>
#include <mysqld_error.h>

#include <algorithm>
#include <string>

#include "mysql/server_words.h"

namespace millrace::mysql {
namespace {

constexpr unsigned kReadingBinlog = 1236;

struct Pattern {
  std::string_view text;  // lower case; part of the server's words
  Errc code;
  std::string_view meaning;
};

// The first that fits decides.
constexpr Pattern kPatterns[] = {
    {"could not find first log file name", Errc::kLost,
     "this file is not there any more: it was purged, or the server is another one"},
    {"purged required binary logs", Errc::kLost, "the transactions that come next were purged"},
    {"has purged binary logs containing gtids", Errc::kLost,
     "the transactions that come next were purged"},
    {"missing transactions", Errc::kLost, "the transactions that come next were purged"},
    {"not in the master's binlog", Errc::kLost,
     "this GTID is not in the server's binlog: it was purged, or the server never had it"},
    {"could not find gtid state requested", Errc::kLost,
     "this GTID is not in the server's binlog any more: it was purged"},
    {"has more gtids than", Errc::kDiverged,
     "the server lacks transactions that were read from it before: it was restored or lost its "
     "end"},
    {"slave has more", Errc::kDiverged,
     "the server lacks transactions that were read from it before: it was restored or lost its "
     "end"},
    {"replica has more", Errc::kDiverged,
     "the server lacks transactions that were read from it before: it was restored or lost its "
     "end"},
    {"position > file size", Errc::kDiverged,
     "the file is shorter than what was read of it before: the server lost its end, or is another "
     "one"},
    {"impossible position", Errc::kDiverged,
     "the position is none of this file: the log was reset, restored or replaced"},
    {"same server_uuid/server_id", Errc::kRefused,
     "another reader uses the same server id or uuid"},
    {"same server_uuid", Errc::kRefused, "another reader uses the same server id or uuid"},
    {"same server_id", Errc::kRefused, "another reader uses the same server id"},
    {"did not pass crc check", Errc::kCorrupt, "the server finds its own file damaged"},
    {"checksum verification failed", Errc::kCorrupt, "the server finds its own file damaged"},
    {"bogus data in log event", Errc::kCorrupt,
     "there is no event at this position, or the file is damaged"},
    {"truncated in the middle of event", Errc::kCorrupt,
     "the file ends inside an event, or there is no event at this position"},
    {"i/o error reading log event", Errc::kUnavailable,
     "the server could not read its file: its disk fails, or the log was reset under the reader"},
    {"read error", Errc::kCorrupt, "the server cannot read its own file"},
    {"corrupt", Errc::kCorrupt, "the server finds its own file damaged"},
    {"exceeded max_allowed_packet", Errc::kTooLarge,
     "an event is larger than the server's max_allowed_packet (raise it there), or there is no "
     "event "
     "at this position"},
    {"can not handle replication events with the checksum", Errc::kUnsupported,
     "the server did not take our word that checksums are understood"},
    {"binary log is not open", Errc::kRefused,
     "the server writes no binlog: set log_bin and restart it"},
    {"only allow to dump binary log file on primary", Errc::kRefused,
     "this is a read-only node: use the address of the primary"},
    {"old binary log without gtids", Errc::kRefused,
     "the oldest files that the server has were written without GTIDs: start from a file and "
     "offset"},
    {"cannot replicate anonymous transaction", Errc::kLost,
     "a server does not send what was written without a GTID while it reads by GTID or its "
     "gtid_mode is ON: set gtid_mode to ON_PERMISSIVE until the task has caught up"},
    {"cannot replicate gtid-transaction", Errc::kLost,
     "a server does not send what was written with a GTID while its gtid_mode is OFF: set it to "
     "OFF_PERMISSIVE until the task has caught up"},
    {"gtid_mode", Errc::kLost, "the server cannot be read by GTID: its gtid_mode is not ON"},
    {"access denied", Errc::kDenied, "the account lacks REPLICATION SLAVE: grant it"},
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

}  // namespace

Error dump_error(unsigned code, std::string_view message, std::string_view from) {
  const std::string said = server_words(message);
  if (code == ER_ACCESS_DENIED_ERROR || code == ER_SPECIFIC_ACCESS_DENIED_ERROR)
    return {Errc::kDenied,
            fmt::format("the account may not read the binlog: GRANT REPLICATION SLAVE ON *.* TO it "
                        "(the server: {})",
                        said)};
  if (code == CR_SERVER_LOST || code == CR_SERVER_GONE_ERROR || code == CR_SSL_CONNECTION_ERROR)
    return {
        Errc::kUnavailable,
        fmt::format("the connection was lost while reading the binlog from {} ({})", from, said)};
  const std::string words = lower(message);
  for (const Pattern& pattern : kPatterns)
    if (words.find(pattern.text) != std::string::npos)
      return {pattern.code, fmt::format("reading the binlog from {}: {} (the server: {})", from,
                                        pattern.meaning, said)};
  return {code == kReadingBinlog ? Errc::kRefused : Errc::kUnavailable,
          fmt::format("reading the binlog from {}: {} (error {})", from, said, code)};
}

}  // namespace millrace::mysql
