// SPDX-License-Identifier: Apache-2.0
#include "capture/start.h"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "capture/assembler.h"
#include "capture/ddl_scan.h"
#include "capture/session.h"
#include "capture/start_place.h"
#include "mysql/binlog_stream.h"
#include "mysql/source_info.h"
#include "schema/alter_text.h"
#include "schema/names.h"
#include "schema/script.h"

namespace millrace::capture {
namespace {

// Only what was touched is read again, so a round takes some 50 ms. After the first ones, what was
// touched is held unchanged meanwhile; this many in a row mean that ever other tables are changed.
constexpr int kRoundsFree = 3;
constexpr int kRoundsMax = 100;

// From 8.0 on a statement is in the binlog before its effect can be seen, and information_schema
// does not wait for it. What is read first waits this long; what a statement in the log touched is
// waited for by its lock.
constexpr std::chrono::milliseconds kCommitLag{1000};
constexpr unsigned kLockWaitSeconds = 60;
constexpr unsigned kHoldWaitSeconds = 2;
constexpr unsigned kLockWaitTimeout = 1205;  // ER_LOCK_WAIT_TIMEOUT
constexpr unsigned kNoSuchTable = 1146;
constexpr unsigned kNoSuchDatabase = 1049;
constexpr unsigned kClientErrors = 2000;  // of the client library: the link is gone
constexpr unsigned kClientErrorsEnd = 3000;

// A server tells where its log ends before it lets others read that far: it syncs in between.
constexpr std::chrono::milliseconds kSyncLook{20};
constexpr int kSyncLooks = 1500;

// For a look at what the log holds: takes everything and does nothing.
class NoChanges final : public ChangeHandler {
 public:
  Status begin(const change::Transaction&, const EventPlace&) override { return Done{}; }
  Status rows(const change::Transaction&, const EventPlace&, change::RowKind,
              const change::RowShape&, const change::RowColumns&, ByteReader&) override {
    return Done{};
  }
  Status commit(const change::Transaction&, const EventPlace&) override { return Done{}; }
  void roll_back() override {}
  void savepoint(std::string_view) override {}
  bool roll_back_to(std::string_view) override { return true; }
  Status ddl(const change::Transaction&, const EventPlace&, const change::Ddl&) override {
    return Done{};
  }
  void history(std::vector<std::string>) override {}
  Status border(const Border&) override { return Done{}; }
  void idle() override {}
};

// The objects that DDL touched; an object without a name is its database, one without either is
// everything.
class Touched {
 public:
  Touched(const std::set<schema::ObjectRef>& objects, bool fold) : fold_(fold) {
    for (const schema::ObjectRef& object : objects)
      objects_.insert({name(object.database), name(object.name)});
  }
  bool has(const std::string& database, const std::string& table) const {
    return objects_.contains({}) || objects_.contains({name(database), ""}) ||
           objects_.contains({name(database), name(table)});
  }

 private:
  std::string name(const std::string& text) const { return fold_ ? schema::fold_name(text) : text; }
  const bool fold_;
  std::set<schema::ObjectRef> objects_;
};

class Starter {
 public:
  Starter(const StartOptions& options, mysql::Connection& control)
      : options_(options), control_(control), session_(control) {}

  Result<Beginning> start_in_the_past(const StartPoint& point) {
    const change::Position from =
        TRY(find_start(control_, {options_.source, options_.server_id}, point));
    Beginning out = TRY(start());
    const change::Position now = std::exchange(out.position, from);
    DdlScan found(control_.is_mariadb(), now);
    if (from != now) TRY(scan(from, found));
    if (found.touched().empty()) return out;
    out.catalog = TRY(catalog_before(found.touched(), out.catalog));
    TRY(try_out(from, now, found, out.catalog));
    return out;
  }

  Result<Beginning> start() {
    Beginning out;
    out.identity = TRY(mysql::server_identity(control_));
    out.server_version = control_.server_version();
    by_gtid_ = TRY(mysql::is_gtid_on(control_)) && !control_.is_mariadb();
    out.position = TRY(mysql::current_position(control_));
    if (sees_late() && !by_gtid_) std::this_thread::sleep_for(kCommitLag);
    out.catalog = TRY(read_definitions(session_, options_.progress));
    TRY(catch_up(out));
    if (holding_) TRY(control_.query("ROLLBACK"));
    return out;
  }

 private:
  // The definitions hold at out.position, but for what a DDL after it touched. The look through the
  // log ends at `next`, where the next one begins: nothing is missed between them, and what comes
  // later does not matter. (A server takes its GTID set before its offset, so no GTID of `next`
  // lies beyond its offset.)
  Status catch_up(Beginning& out) {
    std::string statement;
    for (int round = 0; round < kRoundsMax; ++round) {
      change::Position next = TRY(mysql::current_position(control_));
      DdlScan found(control_.is_mariadb(), next);
      if (next != out.position) TRY(scan(out.position, found));
      out.position = std::move(next);
      if (found.touched().empty()) return Done{};
      statement = found.statement();
      TRY(wait_for(found.touched()));
      if (round >= kRoundsFree) TRY(hold(found.touched()));
      TRY(reread_definitions(session_, found.touched(), out.catalog));
    }
    return Error{Errc::kRefused,
                 "definitions change faster than they can be read, the last time by: " + statement +
                     "; start again when there is less DDL"};
  }

  bool sees_late() const {
    return !control_.is_mariadb() && control_.version() >= std::vector{8, 0, 0};
  }

  // Until what the log's statements did to these can be seen: each keeps its lock till then, and
  // SHOW CREATE waits for it, a name that is gone included.
  Status wait_for(const std::set<schema::ObjectRef>& objects) {
    if (!sees_late()) return Done{};
    TRY(control_.query(fmt::format("SET lock_wait_timeout={}", kLockWaitSeconds)));
    bool seen = true;
    for (const schema::ObjectRef& object : objects) seen = TRY(wait_for(object)) && seen;
    if (!seen) std::this_thread::sleep_for(kCommitLag);
    return Done{};
  }

  // The locks of a transaction that reads these tables: DDL on them waits until we are done, some
  // rounds later. Whatever cannot be held is free as before.
  Status hold(const std::set<schema::ObjectRef>& objects) {
    if (!std::exchange(holding_, true)) {
      TRY(control_.query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"));
      TRY(control_.query("START TRANSACTION"));
    }
    TRY(control_.query(fmt::format("SET lock_wait_timeout={}", kHoldWaitSeconds)));
    for (const schema::ObjectRef& object : objects) {
      if (object.name.empty()) continue;
      unsigned code = 0;
      const auto read = control_.query(
          fmt::format("SELECT 1 FROM {}.{} LIMIT 0", schema::quoted_name(object.database),
                      schema::quoted_name(object.name)),
          &code);
      if (!read && is_link(code)) return read.error();
    }
    return Done{};
  }

  // Whether an error is of the link, and no answer of the server.
  static bool is_link(unsigned code) {
    return code == 0 || (code >= kClientErrors && code < kClientErrorsEnd);
  }

  // False where the account may not look.
  Result<bool> wait_for(const schema::ObjectRef& object) {
    if (object.database.empty()) return false;
    const std::string what = object.name.empty()
                                 ? "DATABASE " + schema::quoted_name(object.database)
                                 : fmt::format("TABLE {}.{}", schema::quoted_name(object.database),
                                               schema::quoted_name(object.name));
    unsigned code = 0;
    auto shown = control_.query("SHOW CREATE " + what, &code);
    if (shown || code == kNoSuchTable || code == kNoSuchDatabase) return true;
    if (is_link(code) || code == kLockWaitTimeout) return std::move(shown.error());
    return false;
  }

  Result<std::unique_ptr<mysql::BinlogStream>> dump(const change::Position& from) const {
    mysql::DumpOptions dump;
    dump.connect = options_.source;
    dump.server_id = options_.server_id;
    dump.by_gtid = by_gtid_;
    dump.start = from;
    dump.non_blocking = true;
    return mysql::BinlogStream::open(dump);
  }

  // Today's definitions without what was touched since, and the given ones in its place.
  Result<schema::Catalog> catalog_before(const std::set<schema::ObjectRef>& objects,
                                         const schema::Catalog& today) const {
    const Touched touched(objects, today.server().lower_case_table_names != 0);
    schema::Catalog given(today.server());
    if (!options_.schema_sql.empty()) TRY(schema::apply_script(options_.schema_sql, given));
    schema::Catalog before(today.server());
    const auto take = [&](const schema::Catalog& from, bool is_touched) {
      from.for_each_database([&](const schema::Database& database) {
        if (touched.has(database.name, "") == is_touched) before.put(database);
      });
      from.for_each_table([&](const schema::TablePtr& table) {
        if (touched.has(table->database, table->name) == is_touched) before.put(*table);
      });
    };
    take(today, false);
    take(given, true);
    return before;
  }

  // Reads the stretch as the task will: whatever it lacks is told now, not after hours.
  Status try_out(const change::Position& from, const change::Position& to, const DdlScan& found,
                 schema::Catalog catalog) const {
    AssemblerOptions options;
    options.selection = options_.selection;
    options.selection.fold_case = catalog.server().lower_case_table_names != 0;
    options.emit_partial_rows = true;
    NoChanges nothing;
    XaMemory xa;
    Assembler assembler(options, catalog, nothing, xa);
    assembler.start(from, mysql::flavour(control_));
    const std::unique_ptr<mysql::BinlogStream> stream = TRY(dump(from));
    while (assembler.file() != to.file || assembler.offset() < to.offset) {
      const Bytes event = TRY(stream->next());
      if (event.empty()) break;
      Status status = assembler.event(event);
      if (status) continue;
      const std::string& name = assembler.context_table();
      const size_t dot = name.find('.');
      const std::string touch =
          dot == std::string::npos ? ""
                                   : found.first_touch({name.substr(0, dot), name.substr(dot + 1)});
      if (status.error().code != Errc::kMismatch || touch.empty()) return status;
      return Error{Errc::kMismatch,
                   status.error().what + ". Its definition was changed since the start by " +
                       touch +
                       ". Give the definitions as of the start with --schema FILE.sql, or start "
                       "after that statement"};
    }
    return Done{};
  }

  // Reads the log from a position to the end of the stretch, or to where the log ends now.
  Status scan(const change::Position& from, DdlScan& out) const {
    for (int look = 0; look < kSyncLooks; ++look) {
      const std::unique_ptr<mysql::BinlogStream> stream = TRY(dump(from));
      out.begin();
      for (;;) {
        const Bytes event = TRY(stream->next());
        if (event.empty()) break;
        TRY(out.event(event));
        if (out.at_end()) return Done{};
      }
      std::this_thread::sleep_for(kSyncLook);
    }
    return Error{Errc::kUnavailable,
                 fmt::format("the source's log does not reach {}:{}, where it was said to end, for "
                             "half a minute: is its disk too slow to sync?",
                             out.end().file, out.end().offset)};
  }

  const StartOptions& options_;
  mysql::Connection& control_;
  ConnectionSession session_;
  bool by_gtid_ = false;
  bool holding_ = false;
};

}  // namespace

Result<Beginning> start_now(const StartOptions& options) {
  const std::unique_ptr<mysql::Connection> control = TRY(mysql::Connection::open(options.source));
  return Starter(options, *control).start();
}

Result<Beginning> start_at(const StartOptions& options, const StartPoint& point) {
  if (point.kind == StartPoint::Kind::kLatest) return start_now(options);
  const std::unique_ptr<mysql::Connection> control = TRY(mysql::Connection::open(options.source));
  return Starter(options, *control).start_in_the_past(point);
}

}  // namespace millrace::capture
