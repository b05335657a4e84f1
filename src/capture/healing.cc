// SPDX-License-Identifier: Apache-2.0
#include "capture/healing.h"

#include <fmt/format.h>

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "capture/ddl_scan.h"
#include "capture/definitions.h"
#include "capture/log_place.h"
#include "capture/session.h"
#include "capture/shape.h"
#include "mysql/binlog_stream.h"
#include "mysql/control_event.h"
#include "mysql/source_info.h"
#include "schema/names.h"

namespace millrace::capture {
namespace {

constexpr std::string_view kWaysOut =
    ". Give the definition as of that row: millrace task start TASK --schema FILE.sql; or go on "
    "past it, with a marker of the gap in the topic: millrace task start TASK --from latest "
    "--accept-gap";

// Hands the scan what lies behind the place of the stop. A CREATE ... SELECT has its DDL before the
// rows of its own transaction: it is not what touched the table since.
class ScanBehind {
 public:
  ScanBehind(const Stop& stop, DdlScan& scan) : stop_(stop), scan_(scan) {
    place_.file = stop.at.file;
    place_.offset = stop.group_start;
  }

  Status event(Bytes raw) {
    using T = mysql::EventType;
    const mysql::EventView event = TRY(mysql::open_event(raw, format_));
    place_.count(event.header);
    if (event.header.type == T::kFormatDescription)
      format_ = TRY(mysql::decode_format_description(event.body));
    if (event.header.type == T::kRotate) {
      const mysql::RotateEvent rotate = TRY(mysql::decode_rotate(event.body));
      behind_ = behind_ || rotate.file != stop_.at.file;
      place_.file = std::string(rotate.file);
      place_.offset = rotate.position;
    }
    const bool always =
        event.header.type == T::kFormatDescription || event.header.type == T::kRotate;
    const bool feed = always || behind_;
    behind_ = behind_ || (place_.file == stop_.at.file && place_.offset > stop_.at.offset);
    return feed ? scan_.event(raw) : Status(Done{});
  }

 private:
  const Stop& stop_;
  DdlScan& scan_;
  LogPlace place_;
  mysql::EventFormat format_;
  bool behind_ = false;
};

class Healer {
 public:
  Healer(const HealingOptions& options, const Stop& stop, const schema::Catalog& known)
      : options_(options),
        stop_(stop),
        known_(known),
        fold_(known.server().lower_case_table_names != 0) {}

  Result<std::vector<schema::Healed>> heal() {
    const std::unique_ptr<mysql::Connection> control =
        TRY(mysql::Connection::open(options_.source));
    if (TRY(mysql::server_identity(*control)) != options_.server)
      return Error{Errc::kUnavailable, "another server answers than a moment ago"};
    std::set<schema::ObjectRef> wanted{{stop_.database, stop_.table}};
    for (const schema::ObjectRef& object : known_.doubted()) wanted.insert(object);
    ConnectionSession session(*control);
    schema::Catalog now(known_.server());
    TRY(reread_definitions(session, wanted, now));
    const change::Position end = TRY(mysql::current_position(*control));
    DdlScan since(control->is_mariadb(), end);
    TRY(scan(since));
    TRY(check(since, now));

    std::vector<schema::Healed> out;
    out.push_back(healed(now.find(stop_.database, stop_.table), end));
    for (const schema::ObjectRef& object : known_.doubted()) {
      const schema::TablePtr table = now.find(object.database, object.name);
      if (table == nullptr || table->kind != schema::TableKind::kTable) continue;
      if (*table == *out.front().table || !touch(since, object).empty()) continue;
      out.push_back(healed(table, end));
    }
    return out;
  }

  Status check_fits(const schema::TablePtr& table, std::string_view whose) const {
    if (table == nullptr || table->kind != schema::TableKind::kTable)
      return Error{
          Errc::kMismatch,
          fmt::format("{} does not hold this table: check that the account may SELECT it{}", whose,
                      kWaysOut)};
    const mysql::TableMapEvent map =
        TRY(mysql::decode_table_map(as_bytes(stop_.table_map), stop_.format));
    const auto shape = make_shape(map, table);
    if (shape) return Done{};
    return Error{Errc::kMismatch,
                 fmt::format("{} does not fit either ({}){}", whose, shape.error().what, kWaysOut)};
  }

  schema::Healed healed(const schema::TablePtr& table, const change::Position& read_at) const {
    schema::Healed out;
    out.how = read_at.file.empty() ? schema::Healed::How::kGiven : schema::Healed::How::kReadAgain;
    out.file = stop_.at.file;
    out.offset = stop_.at.offset;
    out.gtid = stop_.at.gtids;
    out.at_table = stop_.database + "." + stop_.table;
    out.time_ms = options_.now_ms;
    if (!read_at.file.empty()) out.read_at = fmt::format("{}:{}", read_at.file, read_at.offset);
    out.statement = known_.doubted_by(table->database, table->name);
    if (out.statement.empty() && table->name == stop_.table) out.statement = stop_.statement;
    out.table = table;
    return out;
  }

 private:
  Status scan(DdlScan& since) const {
    mysql::DumpOptions dump;
    dump.connect = options_.source;
    dump.server_id = options_.server_id;
    dump.start = {stop_.at.file, stop_.group_start, ""};
    dump.non_blocking = true;
    const std::unique_ptr<mysql::BinlogStream> stream = TRY(mysql::BinlogStream::open(dump));
    if (options_.reading) options_.reading(stream.get());
    ScanBehind behind(stop_, since);
    Status status = Done{};
    while (status && !since.at_end()) {
      auto event = stream->next();
      if (!event) {
        status = std::move(event.error());
      } else if (event->empty()) {
        break;
      } else {
        status = behind.event(*event);
      }
    }
    if (options_.reading) options_.reading(nullptr);
    return status;
  }

  // What touched it since, as a statement and a place; empty: nothing.
  std::string touch(const DdlScan& since, const schema::ObjectRef& object) const {
    if (!fold_) return since.first_touch(object);
    for (const schema::ObjectRef& touched : since.touched()) {
      const bool database =
          schema::fold_name(touched.database) == schema::fold_name(object.database);
      const bool table = schema::fold_name(touched.name) == schema::fold_name(object.name);
      if (touched.database.empty() || (database && (touched.name.empty() || table)))
        return since.first_touch(touched);
    }
    return "";
  }

  Status check(const DdlScan& since, const schema::Catalog& now) const {
    const std::string touched = touch(since, {stop_.database, stop_.table});
    if (!touched.empty())
      return Error{Errc::kMismatch,
                   fmt::format("the source's definition of now cannot be that of this row: {} may "
                               "have changed it since{}",
                               touched, kWaysOut)};
    return check_fits(now.find(stop_.database, stop_.table), "the source's definition of now");
  }

  const HealingOptions& options_;
  const Stop& stop_;
  const schema::Catalog& known_;
  const bool fold_;
};

}  // namespace

Result<std::vector<schema::Healed>> heal(const HealingOptions& options, const Stop& stop,
                                         const schema::Catalog& known) {
  return Healer(options, stop, known).heal();
}

Result<std::vector<schema::Healed>> heal_with(const schema::Catalog& given, const Stop& stop,
                                              int64_t now_ms) {
  HealingOptions options;
  options.now_ms = now_ms;
  const Healer healer(options, stop, given);
  const schema::TablePtr table = given.find(stop.database, stop.table);
  TRY(healer.check_fits(table, "the file given with --schema"));
  return std::vector<schema::Healed>{healer.healed(table, {})};
}

}  // namespace millrace::capture
