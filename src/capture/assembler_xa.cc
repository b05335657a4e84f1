// SPDX-License-Identifier: Apache-2.0
// The assembler's XA transactions: gathered until their end, which may come much later.
#include <utility>

#include "base/crc.h"
#include "capture/assembler.h"
#include "schema/history.h"

namespace millrace::capture {

// Whether an XA transaction is prepared or committed is told at its end: until then its events are
// gathered, and nothing of them is handed on.
Status Assembler::on_xa_event(const mysql::EventView& event) {
  using T = mysql::EventType;
  using K = schema::StatementKind;
  switch (event.header.type) {
    case T::kTableMap:
      return remember_definition(event);
    case T::kXaPrepare:
      return on_xa_prepare(event);
    case T::kXid:
      return end_xa_in_one_phase();
    case T::kTransactionPayload:
      return on_payload(event);
    case T::kQuery: {
      const mysql::QueryEvent query = TRY(mysql::decode_query(event.body));
      const schema::ddl::DdlContext context = ddl_context(query);
      const schema::Classified statement =
          schema::classify(utf8_statement(query, context), context);
      if (statement.kind == K::kRollback || statement.kind == K::kXaRollback) {
        TRY(xa_.discard());
        txn_.xa = false;
        return close_group(false);
      }
      const bool ends = statement.kind == K::kCommit || statement.kind == K::kXaCommit;
      return ends ? end_xa_in_one_phase() : Status(Done{});
    }
    case T::kGtid:
    case T::kAnonymousGtid:
    case T::kGtidTagged:
    case T::kMariaDbGtid:
    case T::kRotate:
    case T::kFormatDescription:
    case T::kStop:
      return dispatch(event);
    default:
      return mysql::is_compressed(event.header.type) ? on_compressed(event) : Status(Done{});
  }
}

// Keeps an event for the transaction's end, behind the format that it has.
Status Assembler::gather(mysql::EventType type, Bytes raw) {
  using T = mysql::EventType;
  if (!std::exchange(txn_.xa_format, true)) TRY(xa_.append(as_bytes(format_event_)));
  if (type == T::kMariaDbGtid || type == T::kHeartbeat || type == T::kHeartbeatV2) return Done{};
  return xa_.append(raw);
}

// An event of a payload has no checksum; in the store it is like the others.
Status Assembler::gather_inner(mysql::EventType type, Bytes raw) {
  if (format_.checksum != mysql::Checksum::kCrc32) return gather(type, raw);
  constexpr size_t kSizeAt = 9;
  constexpr size_t kChecksumBytes = 4;
  Buffer whole;
  whole.append(raw.first(kSizeAt));
  whole.le(raw.size() + kChecksumBytes, 4);
  whole.append(raw.subspan(kSizeAt + 4));
  whole.le(crc32(whole.view()), 4);
  return gather(type, whole.view());
}

Status Assembler::remember_definition(const mysql::EventView& event) {
  const mysql::TableMapEvent map = TRY(mysql::decode_table_map(event.body, format_));
  if (!options_.selection.wants_rows(map.database, map.table)) return Done{};
  schema::Change change;
  change.database = map.database;
  change.table = map.table;
  change.after = catalog_.find(map.database, map.table);
  if (change.after == nullptr) return Done{};
  xa_history_.push_back(schema::encode(change));
  if (catalog_.in_doubt(map.database, map.table)) {
    change.kind = schema::Change::Kind::kInDoubt;
    change.statement = catalog_.doubted_by(map.database, map.table);
    xa_history_.push_back(schema::encode(change));
  }
  if (const schema::HelperTag* helper = catalog_.helper(map.database, map.table)) {
    change.kind = schema::Change::Kind::kHelperSet;
    change.helper = *helper;
    xa_history_.push_back(schema::encode(change));
  }
  return Done{};
}

Status Assembler::on_xa_prepare(const mysql::EventView& event) {
  const mysql::XaPrepareEvent prepare = TRY(mysql::decode_xa_prepare(event.body));
  if (overlap_) return close_group(false);
  if (!txn_.xa) return Error{Errc::kCorrupt, "XA PREPARE without XA START"};
  if (prepare.one_phase) return end_xa_in_one_phase();
  PreparedXa xa;
  xa.xid.format = prepare.xid.format;
  xa.xid.gtrid = prepare.xid.gtrid;
  xa.xid.bqual = prepare.xid.bqual;
  xa.prepared = {at_.file, at_.offset, ""};
  xa.prepared_us = txn_.head.commit_time_us;
  xa.history = std::exchange(xa_history_, {});
  txn_.xa = false;
  TRY(xa_.prepare(std::move(xa)));
  return close_group(false);
}

Status Assembler::replay_xa_event(Bytes raw) {
  const mysql::EventView event = TRY(mysql::open_event(raw, format_));
  if (event.header.type != mysql::EventType::kFormatDescription) return dispatch(event);
  format_ = TRY(mysql::decode_format_description(event.body));
  return Done{};
}

Status Assembler::end_xa_in_one_phase() {
  txn_.xa = false;
  xa_history_.clear();
  replaying_ = true;
  Status status = xa_.replay_open([this](Bytes raw) { return replay_xa_event(raw); });
  replaying_ = false;
  TRY(std::move(status));
  TRY(xa_.discard());
  return commit_group();
}

Status Assembler::end_prepared_xa(const schema::Xid& xid, bool committed) {
  if (overlap_) return close_group(false);
  const PreparedXa* xa = xa_.find(xid);
  if (xa == nullptr) {
    if (!committed) return close_group(false);
    for (const change::Position& accepted : lost_xa_)
      if (is_here(accepted.file, accepted.offset, accepted.gtids)) return close_group(false);
    stop_ = stop_here(Stop::Kind::kLostXa);
    stop_->xid = xid;
    return Error{
        Errc::kLost,
        "XA COMMIT of a transaction whose XA PREPARE lies before the place where tracking "
        "began, so its rows are not known. To go on without them, with a marker in the topic: "
        "millrace task start TASK --accept-gap; to have them, make a task that starts before "
        "that XA PREPARE (--from)"};
  }
  if (committed) {
    schema::Catalog own(catalog_.server());
    for (const std::string& entry : xa->history)
      TRY(schema::replay(TRY(schema::decode_history_entry(as_bytes(entry))), own));
    const mysql::EventFormat format = format_;
    forget_table_maps();
    definitions_ = &own;
    replaying_ = true;
    txn_.in_rows = true;
    Status status = xa_.replay(xid, [this](Bytes raw) { return replay_xa_event(raw); });
    replaying_ = false;
    definitions_ = &catalog_;
    forget_table_maps();
    format_ = format;
    TRY(std::move(status));
    if (txn_.begun) TRY(handler_.commit(txn_.head, place()));
  }
  TRY(xa_.finish(xid, {at_.file, at_.offset, ""}));
  return close_group(txn_.begun);
}

}  // namespace millrace::capture
