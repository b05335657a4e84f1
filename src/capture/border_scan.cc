// SPDX-License-Identifier: Apache-2.0
#include "capture/border_scan.h"

#include <utility>

#include "base/buffer.h"
#include "schema/statement.h"

namespace millrace::capture {

BorderScan::BorderScan(mysql::Flavour flavour, std::string file) : flavour_(flavour) {
  at_.file = std::move(file);
  at_.offset = 4;
}

std::string BorderScan::gtids() const {
  return flavour_ == mysql::Flavour::kMariaDb ? mariadb_.text() : mysql_.text();
}

void BorderScan::open(const mysql::EventHeader& header) {
  if (open_) return;
  open_ = opened_ = true;
  in_rows_ = false;
  number_ = 0;
  domain_gtid_ = {};
  group_start_ = at_.event_start;
  group_time_us_ = original_time_us_ = int64_t{header.timestamp} * 1'000'000;
  whole_seconds_ = true;
}

void BorderScan::close() {
  if (!open_) return;
  open_ = in_rows_ = false;
  if (number_ != 0) mysql_.add(uuid_, tag_, number_);
  if (domain_gtid_.sequence != 0) mariadb_.set(domain_gtid_);
}

std::string BorderScan::group_gtid() const {
  if (domain_gtid_.sequence != 0) return domain_gtid_.text();
  if (number_ == 0) return "";
  return mysql::uuid_text(uuid_) + ":" + (tag_.empty() ? "" : tag_ + ":") + std::to_string(number_);
}

Status BorderScan::event(Bytes raw) {
  using T = mysql::EventType;
  const mysql::EventView event = TRY(mysql::open_event(raw, format_));
  at_.count(event.header);
  opened_ = false;
  switch (event.header.type) {
    case T::kFormatDescription:
      format_ = TRY(mysql::decode_format_description(event.body));
      file_time_us_ = int64_t{event.header.timestamp} * 1'000'000;
      if ((event.header.flags & mysql::kFlagArtificial) == 0) open_ = in_rows_ = false;
      return Done{};
    case T::kRotate: {
      const mysql::RotateEvent rotate = TRY(mysql::decode_rotate(event.body));
      at_.file = std::string(rotate.file);
      at_.offset = rotate.position;
      open_ = in_rows_ = false;
      return Done{};
    }
    case T::kPreviousGtids:
      mysql_ = TRY(mysql::GtidSet::decode(event.body));
      has_gtids_ = true;
      return Done{};
    case T::kGtidList:
      mariadb_ = TRY(mysql::MariaDbGtids::decode_gtid_list(event.body));
      has_gtids_ = true;
      return Done{};
    case T::kGtid:
    case T::kAnonymousGtid:
    case T::kGtidTagged:
    case T::kMariaDbGtid:
      return on_gtid(event);
    case T::kQuery:
      return on_query(event);
    case T::kQueryCompressed: {
      Buffer plain;
      return on_query(TRY(mysql::decompress_event(event, format_, plain)));
    }
    case T::kXid:
    case T::kXaPrepare:
    case T::kTransactionPayload:
      close();
      return Done{};
    default:
      return Done{};
  }
}

Status BorderScan::on_gtid(const mysql::EventView& event) {
  const mysql::GtidEvent gtid = TRY(mysql::decode_gtid(event));
  open(event.header);
  if (gtid.is_mariadb) {
    domain_gtid_ = gtid.gtid;
    in_rows_ = !gtid.standalone;  // MariaDB's GTID is its BEGIN
  } else if (!gtid.anonymous) {
    uuid_ = gtid.uuid;
    tag_ = std::string(gtid.tag);
    number_ = gtid.number;
  }
  if (gtid.immediate_commit_us != 0) {
    group_time_us_ = gtid.immediate_commit_us;
    original_time_us_ =
        gtid.original_commit_us != 0 ? gtid.original_commit_us : gtid.immediate_commit_us;
    whole_seconds_ = false;
  }
  return Done{};
}

Status BorderScan::on_query(const mysql::EventView& event) {
  const mysql::QueryEvent query = TRY(mysql::decode_query(event.body));
  open(event.header);
  if (query.statement == "BEGIN") {
    in_rows_ = true;
    return Done{};
  }
  const schema::Classified statement = schema::classify(query.statement, {});
  switch (statement.kind) {
    case schema::StatementKind::kBegin:
    case schema::StatementKind::kXaStart:
      in_rows_ = true;
      return Done{};
    case schema::StatementKind::kCommit:
    case schema::StatementKind::kRollback:
    case schema::StatementKind::kXaCommit:
    case schema::StatementKind::kXaRollback:
      close();
      return Done{};
    default:
      if (!in_rows_) close();
      return Done{};
  }
}

}  // namespace millrace::capture
