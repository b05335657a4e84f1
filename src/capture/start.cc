// SPDX-License-Identifier: Apache-2.0
#include "capture/start.h"

#include <chrono>
#include <memory>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "capture/ddl_scan.h"
#include "capture/session.h"
#include "mysql/binlog_stream.h"
#include "mysql/source_info.h"

namespace millrace::capture {
namespace {

// Only what was touched is read again, so a round takes some 50 ms: this many in a row with a DDL
// in each mean several seconds of constant DDL.
constexpr int kRoundsMax = 100;

// MySQL writes a transaction to the binlog before its effect can be seen. GTIDs are counted after
// that, but a file's end may already hold a DDL that information_schema does not show yet. From 8.0
// on information_schema does not wait for it either, so we do.
constexpr std::chrono::milliseconds kCommitLag{200};

class Starter {
 public:
  Starter(const StartOptions& options, mysql::Connection& control)
      : options_(options), control_(control), session_(control) {}

  Result<Beginning> start() {
    Beginning out;
    out.identity = TRY(mysql::server_identity(control_));
    out.server_version = control_.server_version();
    by_gtid_ = TRY(mysql::is_gtid_on(control_)) && !control_.is_mariadb();
    out.position = TRY(mysql::current_position(control_));
    settle();
    out.catalog = TRY(read_definitions(session_, options_.progress));
    std::string statement;
    for (int round = 0; round < kRoundsMax; ++round) {
      // The definitions hold at out.position, but for what a DDL after it touched. The look through
      // the log ends at `next`, where the next one begins: nothing is missed between them, and what
      // comes later does not matter. (A server takes its GTID set before its offset, so no GTID of
      // `next` lies beyond its offset.)
      change::Position next = TRY(mysql::current_position(control_));
      DdlScan found(control_.is_mariadb(), next);
      if (next != out.position) TRY(scan(out.position, found));
      out.position = std::move(next);
      if (found.touched().empty()) return out;
      statement = found.statement();
      settle();
      TRY(reread_definitions(session_, found.touched(), out.catalog));
    }
    return Error{Errc::kRefused,
                 "definitions change faster than they can be read, the last time by: " + statement +
                     "; start again when there is less DDL"};
  }

 private:
  void settle() const {
    const bool dictionary = !control_.is_mariadb() && control_.version() >= std::vector{8, 0, 0};
    if (dictionary && !by_gtid_) std::this_thread::sleep_for(kCommitLag);
  }

  // Reads the log from a position to the end of the stretch, or to where the log ends now.
  Status scan(const change::Position& from, DdlScan& out) {
    mysql::DumpOptions dump;
    dump.connect = options_.source;
    dump.server_id = options_.server_id;
    dump.by_gtid = by_gtid_;
    dump.start = from;
    dump.non_blocking = true;
    const std::unique_ptr<mysql::BinlogStream> stream = TRY(mysql::BinlogStream::open(dump));
    while (!out.at_end()) {
      const Bytes event = TRY(stream->next());
      if (event.empty()) break;
      TRY(out.event(event));
    }
    return Done{};
  }

  const StartOptions& options_;
  mysql::Connection& control_;
  ConnectionSession session_;
  bool by_gtid_ = false;
};

}  // namespace

Result<Beginning> start_now(const StartOptions& options) {
  const std::unique_ptr<mysql::Connection> control = TRY(mysql::Connection::open(options.source));
  return Starter(options, *control).start();
}

}  // namespace millrace::capture
