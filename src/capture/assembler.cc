// SPDX-License-Identifier: Apache-2.0
#include "capture/assembler.h"

#include <cstring>
#include <utility>

#include "base/charset.h"
#include "base/crc.h"
#include "capture/mapping.h"
#include "capture/partial_rows.h"
#include "schema/names.h"

namespace millrace::capture {
namespace {

constexpr uint64_t kDummyTableId = 0xFFFFFF;  // a rows event that only frees the maps

change::RowKind row_kind(mysql::RowsKind kind) {
  switch (kind) {
    case mysql::RowsKind::kWrite:
      return change::RowKind::kInsert;
    case mysql::RowsKind::kUpdate:
      return change::RowKind::kUpdate;
    case mysql::RowsKind::kDelete:
      return change::RowKind::kDelete;
  }
  return change::RowKind::kInsert;
}

// MariaDB has explicit_defaults_for_timestamp of the session in a bit of flags2, since this
// version.
constexpr uint32_t kMariaDbFlagsTimestamps = 100804;
constexpr uint32_t kExplicitTimestamps = 1 << 24;

change::QueryStatus tags_of(const mysql::QueryStatusBlock& status) {
  change::QueryStatus tags;
  tags.sql_mode = status.sql_mode;
  tags.flags2 = status.flags2;
  tags.charset = status.charset();
  return tags;
}

// Whether the first `columns` bits are all set.
bool all_present(Bytes bits, size_t columns) {
  for (size_t i = 0; i < columns / 8; ++i)
    if (bits[i] != std::byte{0xFF}) return false;
  const size_t rest = columns % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<uint8_t>((1U << rest) - 1);
  return (std::to_integer<uint8_t>(bits[columns / 8]) & mask) == mask;
}

// MariaDB 11 leaves generated columns out of the images of UPDATE and DELETE under
// binlog_row_image=FULL too; what they are computed from is there.
bool is_whole(Bytes present, const change::RowShape& shape) {
  if (present.empty() || all_present(present, shape.cells.size())) return true;
  for (size_t i = 0; i < shape.table->columns.size(); ++i) {
    const bool is_there = (std::to_integer<unsigned>(present[i / 8]) >> (i % 8) & 1U) != 0;
    if (!is_there && !shape.table->columns[i].generated) return false;
  }
  return true;
}

// What may stand between two fragments of one event: nothing of the transaction.
bool may_interrupt_fragments(mysql::EventType type) {
  using T = mysql::EventType;
  return type == T::kPartialRowData || type == T::kHeartbeat || type == T::kHeartbeatV2 ||
         type == T::kRotate || type == T::kFormatDescription || type == T::kStop;
}

}  // namespace

std::string Assembler::utf8_statement(const mysql::QueryEvent& query,
                                      const schema::ddl::DdlContext& context) {
  const Collation* collation = find_collation(context.client_collation, context.is_mariadb());
  return collation == nullptr ? to_utf8("utf8mb4", as_bytes(query.statement))
                              : to_utf8(*collation->charset, as_bytes(query.statement));
}

Assembler::Assembler(AssemblerOptions options, schema::Catalog& catalog, ChangeHandler& handler,
                     XaStore& xa)
    : options_(std::move(options)),
      online_(options_.selection, options_.fold_online_ddl),
      catalog_(catalog),
      handler_(handler),
      xa_(xa),
      definitions_(&catalog) {}
Assembler::~Assembler() = default;

void Assembler::start(const change::Position& position, mysql::Flavour flavour,
                      std::optional<Overlap> overlap) {
  overlap_ = overlap;
  at_.file = position.file;
  file_number_ = change::binlog_file_number(at_.file);
  at_.offset = position.offset;
  flavour_ = flavour;
  txn_ = {};
  mappings_.clear();
  xa_history_.clear();
}

Status Assembler::event(Bytes raw) {
  auto opened = mysql::open_event(raw, format_);
  if (!opened) {
    mysql::EventHeader header;
    return located(std::move(opened.error()), header);
  }
  const mysql::EventView& event = *opened;
  ++counts_.events;
  counts_.bytes += raw.size();
  at_.count(event.header);
  raw_ = raw;
  if (txn_.open) txn_.crc = crc32c(raw, txn_.crc);
  context_table_.clear();
  context_shape_ = nullptr;
  stop_.reset();
  Status status = txn_.xa ? on_xa_event(event) : dispatch(event);
  // Of a payload each event was gathered by itself.
  if (status && txn_.xa && event.header.type != mysql::EventType::kTransactionPayload)
    status = gather(event.header.type, raw);
  raw_ = {};
  if (!status) return located(std::move(status.error()), event.header);
  return Done{};
}

Error Assembler::located(Error error, const mysql::EventHeader& header) const {
  const std::string table = context_shape_ == nullptr ? context_table_
                                                      : context_shape_->table->database + "." +
                                                            context_shape_->table->name;
  error.what =
      "at " + at_.file + ":" + std::to_string(at_.event_start) + ", " +
      std::string(mysql::event_type_name(header.type)) + (table.empty() ? "" : " of " + table) +
      (txn_.head.gtid.empty() ? "" : ", transaction " + txn_.head.gtid) + ": " + error.what;
  // An offset of a log that began anew lies anywhere in an event.
  if (overlap_ && (error.code == Errc::kCorrupt || error.code == Errc::kTruncated)) {
    error.code = Errc::kDiverged;
    error.what +=
        "; the transaction that was read last is not there: the log was reset, restored or "
        "replaced";
  }
  return error;
}

EventPlace Assembler::place() const {
  return {file_number_, at_.offset, change::binlog_file_number(txn_.file), txn_.safe_offset};
}

Status Assembler::dispatch(const mysql::EventView& event) {
  using T = mysql::EventType;
  const T type = event.header.type;
  if (fragments_.pending() && !may_interrupt_fragments(type))
    return Error{Errc::kCorrupt, "it comes before the last fragment of a rows event"};
  if (type == T::kTableMap) return on_table_map(event);
  if (mysql::is_rows_event(type)) return on_rows(event);
  switch (type) {
    case T::kXid:
      return commit_group();
    case T::kQuery:
      return on_query(event);
    case T::kGtid:
    case T::kAnonymousGtid:
    case T::kGtidTagged:
    case T::kMariaDbGtid:
      return on_gtid(event);
    case T::kFormatDescription:
      return on_format(event);
    case T::kRotate:
      return on_rotate(event);
    case T::kHeartbeat:
    case T::kHeartbeatV2:
      on_idle(event);
      return Done{};
    case T::kStop:
      return discard_group();
    case T::kXaPrepare:
      return on_xa_prepare(event);
    case T::kTransactionPayload:
      return on_payload(event);
    case T::kPartialRowData:
      return on_fragment(event);
    case T::kIncident:
      return Error{Errc::kLost,
                   "the source says that it lost changes (INCIDENT); start the task again from a "
                   "later position, knowing that there is a gap"};
    default:
      break;
  }
  if (mysql::is_compressed(type)) return on_compressed(event);
  switch (mysql::what_to_do(type, flavour_, event.header.flags)) {
    case mysql::EventAction::kSkip:
    case mysql::EventAction::kDecode:
      return Done{};
    case mysql::EventAction::kRefuse:
      break;
  }
  return Error{Errc::kUnsupported, "an event of unknown type " +
                                       std::to_string(static_cast<int>(type)) +
                                       " that is not marked as ignorable"};
}

Status Assembler::on_format(const mysql::EventView& event) {
  auto format = TRY(mysql::decode_format_description(event.body));
  const bool restarted = format.created != 0 && (event.header.flags & mysql::kFlagArtificial) == 0;
  format_ = std::move(format);
  format_event_ = std::string(as_text(raw_));
  if (format_.flavour != mysql::Flavour::kUnknown) flavour_ = format_.flavour;
  if (restarted && txn_.open) TRY(discard_group());
  mappings_.clear();
  return Done{};
}

Status Assembler::on_rotate(const mysql::EventView& event) {
  const mysql::RotateEvent rotate = TRY(mysql::decode_rotate(event.body));
  if (txn_.open) TRY(discard_group());
  at_.file = std::string(rotate.file);
  file_number_ = change::binlog_file_number(at_.file);
  at_.offset = rotate.position;
  mappings_.clear();
  // The file before is done with: it may be purged. An announcement says nothing of that.
  if (overlap_ || online_.holds() || (event.header.flags & mysql::kFlagArtificial) != 0)
    return Done{};
  Border border;
  border.file = at_.file;
  border.offset = at_.offset;
  return handler_.border(border);
}

void Assembler::on_idle(const mysql::EventView&) {
  if (!txn_.open && !online_.holds()) handler_.idle();
}

// Strings keep their room: this happens once a transaction.
void Assembler::open_group() {
  txn_.open = true;
  txn_.in_rows = txn_.begun = txn_.standalone = txn_.ddl = txn_.no_ddl = false;
  txn_.xa = txn_.xa_format = false;
  txn_.has_commit_time = false;
  txn_.original_commit_time_us = 0;
  txn_.head.commit_time_us = 0;
  txn_.head.server_id = txn_.head.thread_id = 0;
  txn_.head.gtid.clear();
  txn_.head.status = {};
  txn_.helpers = txn_.other = false;
  txn_.earlier_gtids.clear();
  txn_.file = at_.file;
  txn_.start = at_.event_start;
  txn_.safe_offset = at_.offset;
  txn_.crc = crc32c(raw_);
  txn_.head.server_version = format_.server_version;
}

void Assembler::set_time(const mysql::EventHeader& header) {
  if (txn_.has_commit_time || header.timestamp == 0) return;
  txn_.has_commit_time = true;
  txn_.head.commit_time_us = int64_t{header.timestamp} * 1000000;
  txn_.original_commit_time_us = txn_.head.commit_time_us;
}

Status Assembler::on_gtid(const mysql::EventView& event) {
  if (txn_.in_rows)
    return Error{Errc::kCorrupt, "a transaction begins before the one at " + txn_.file + ":" +
                                     std::to_string(txn_.start) + " has ended"};
  const mysql::GtidEvent gtid = TRY(mysql::decode_gtid(event));
  open_group();
  if (!gtid.anonymous) txn_.head.gtid = gtid.text();
  txn_.head.server_id = event.header.server_id;
  if (gtid.immediate_commit_us != 0) {
    txn_.has_commit_time = true;
    txn_.head.commit_time_us = gtid.immediate_commit_us;
    txn_.original_commit_time_us =
        gtid.original_commit_us != 0 ? gtid.original_commit_us : gtid.immediate_commit_us;
  }
  set_time(event.header);
  if (event.header.type == mysql::EventType::kMariaDbGtid) {
    txn_.standalone = gtid.standalone;
    txn_.in_rows = !gtid.standalone;
    // An ALTER in two phases is there twice, whole; rows between them have the old definition.
    txn_.no_ddl =
        gtid.alter == mysql::AlterPhase::kStart || gtid.alter == mysql::AlterPhase::kRollback;
    txn_.xa = gtid.xa_prepared && !overlap_;
    if (gtid.thread_id != 0) txn_.head.thread_id = gtid.thread_id;
  }
  return Done{};
}

schema::ddl::DdlContext Assembler::ddl_context(const mysql::QueryEvent& query) const {
  const mysql::QueryStatusBlock& status = query.status;
  schema::ddl::DdlContext context;
  context.flavour = flavour_ == mysql::Flavour::kMariaDb ? schema::ddl::Flavour::kMariaDb
                                                         : schema::ddl::Flavour::kMySql;
  context.version = format_.version_number();
  context.sql_mode = status.sql_mode.value_or(0);
  context.database = std::string(query.database);
  context.error_code = query.error_code;
  context.client_collation = status.client_collation.value_or(0);
  context.connection_collation = status.connection_collation.value_or(0);
  context.server_collation = status.server_collation.value_or(0);
  context.database_collation = status.database_collation.value_or(0);
  context.utf8mb4_collation = status.utf8mb4_collation.value_or(0);
  context.explicit_defaults_for_timestamp = status.explicit_defaults_for_timestamp;
  if (context.is_mariadb() && context.version >= kMariaDbFlagsTimestamps && status.flags2) {
    context.explicit_defaults_for_timestamp = (*status.flags2 & kExplicitTimestamps) != 0;
  }
  if (status.charset_collations) {
    auto& pairs = context.charset_collations.emplace();
    for (ByteReader in(*status.charset_collations); !in.at_end();) {
      const uint16_t charset = in.u16();
      pairs.emplace_back(charset, in.u16());
    }
  }
  return context;
}

Status Assembler::on_query(const mysql::EventView& event) {
  const mysql::QueryEvent query = TRY(mysql::decode_query(event.body));
  if (query.statement == "BEGIN") {
    if (!txn_.open) open_group();
    if (txn_.in_rows) return Error{Errc::kCorrupt, "BEGIN inside a transaction"};
    txn_.in_rows = true;
    txn_.safe_offset = at_.offset;
    txn_.head.server_id = event.header.server_id;
    txn_.head.thread_id = query.thread_id;
    txn_.head.status = tags_of(query.status);
    set_time(event.header);
    return Done{};
  }
  if (query.statement == "COMMIT") return commit_group();
  return on_statement(event, query);
}

Status Assembler::on_statement(const mysql::EventView& event, const mysql::QueryEvent& query) {
  using K = schema::StatementKind;
  const schema::ddl::DdlContext context = ddl_context(query);
  const std::string text = utf8_statement(query, context);
  const schema::Classified statement = schema::classify(text, context);
  const bool alone = !txn_.in_rows;  // ends its own group
  if (!txn_.open) open_group();
  if (alone) {
    txn_.head.server_id = event.header.server_id;
    txn_.head.thread_id = query.thread_id;
    txn_.head.status = tags_of(query.status);
    set_time(event.header);
  }
  switch (statement.kind) {
    case K::kXaStart:
      txn_.xa = !overlap_ && !replaying_;
      [[fallthrough]];
    case K::kBegin:
      txn_.in_rows = true;
      txn_.safe_offset = at_.offset;
      return Done{};
    case K::kXaEnd:
    case K::kReleaseSavepoint:
      return Done{};
    case K::kCommit:
      return commit_group();
    case K::kRollback:
      if (txn_.begun) handler_.roll_back();
      txn_.begun = false;
      return close_group(false);
    case K::kSavepoint:
      // Capitals do not tell savepoints apart, whatever those of tables do.
      if (txn_.begun) handler_.savepoint(schema::fold_name(statement.savepoint));
      return Done{};
    case K::kRollbackTo:
      if (txn_.begun) txn_.begun = handler_.roll_back_to(schema::fold_name(statement.savepoint));
      return Done{};
    case K::kXaCommit:
    case K::kXaRollback:
      if (statement.one_phase && txn_.in_rows) return commit_group();
      return end_prepared_xa(statement.xid, statement.kind == K::kXaCommit);
    case K::kXaPrepare:
      return Error{Errc::kUnsupported, "XA PREPARE as a statement"};
    case K::kDdl:
    case K::kUnknown:
      if (txn_.no_ddl) break;
      TRY(on_ddl(query, statement, text, context));
      break;
    case K::kDml:
      TRY(on_statement_dml(query, statement, text, context));
      break;
    case K::kEmpty:
    case K::kTemporaryDdl:
    case K::kAccount:
    case K::kAdmin:
      break;
  }
  return alone ? close_group(txn_.ddl) : Status(Done{});
}

// After a restart of its server a MEMORY table is empty, and the log says so with this statement.
bool Assembler::empties_memory_table(const schema::Classified& statement,
                                     const std::string& text) const {
  if (statement.objects.size() != 1 || statement.writes_unknown) return false;
  const schema::ObjectRef& object = statement.objects.front();
  const schema::TablePtr table = catalog_.find(object.database, object.name);
  if (table == nullptr || table->engine != "MEMORY") return false;
  return text == "DELETE FROM `" + object.database + "`.`" + object.name + "`";
}

// A statement whose rows the log does not hold. It stops the task only if a selected table may be
// written.
Status Assembler::on_statement_dml(const mysql::QueryEvent& query,
                                   const schema::Classified& statement, const std::string& text,
                                   const schema::ddl::DdlContext& context) {
  if (overlap_) return Done{};
  txn_.other = true;
  if (empties_memory_table(statement, text)) return on_ddl(query, statement, text, context);
  const Selection& selection = options_.selection;
  bool may_be_selected = (statement.objects.empty() || statement.writes_unknown) &&
                         selection.covers(query.database, "");
  for (const schema::ObjectRef& object : statement.objects) {
    if (!selection.wants_rows(object.database, object.name) ||
        online_.hides(catalog_, object.database, object.name)) {
      continue;
    }
    may_be_selected = true;
    context_table_ = object.database + "." + object.name;
  }
  if (!selection.data || !may_be_selected) {
    ++counts_.statement_changes;
    return Done{};
  }
  return Error{Errc::kUnsupported,
               "a change was logged as a statement, so its rows are not in the binlog: \"" +
                   text.substr(0, 120) +
                   "\"; set binlog_format = ROW on the source (and in the sessions that changed "
                   "it), then start the task after this position"};
}

Status Assembler::commit_group() {
  if (!txn_.open) return Done{};  // a COMMIT of a group that a restart point cut off cannot occur
  if (txn_.begun) TRY(handler_.commit(txn_.head, place()));
  return close_group(txn_.begun || txn_.ddl);
}

// The transaction that was read again has ended: it must be the one that we know.
Status Assembler::end_overlap() {
  const Overlap expected = *std::exchange(overlap_, std::nullopt);
  if (txn_.crc == expected.crc) return Done{};
  return Error{
      Errc::kDiverged,
      "the transaction that was read last is not what the source has there now: it was "
      "restored, reset or replaced. Check which server answers at this address; or go on "
      "somewhere else, with a marker of the gap in the topic: millrace task start TASK --from P "
      "--accept-gap (P: earliest, latest ...)"};
}

Status Assembler::close_group(bool records) {
  if (overlap_) {
    TRY(end_overlap());
    txn_.open = txn_.in_rows = txn_.begun = false;
    ++statement_;
    return Done{};
  }
  ++counts_.transactions;
  Border border;
  border.file = at_.file;
  border.offset = at_.offset;
  border.transaction = true;
  border.transaction_file = txn_.file;
  border.transaction_start = txn_.start;
  border.transaction_crc = txn_.crc;
  border.commit_time_us = txn_.head.commit_time_us;
  border.original_commit_time_us = txn_.original_commit_time_us;
  border.gtid = txn_.head.gtid;
  border.records = records;
  border.earlier_gtids = txn_.earlier_gtids;
  const bool later = online_.keep(border, txn_.helpers && !txn_.other && !records);
  Status status = later ? Status(Done{}) : tell_border(border);
  txn_.open = txn_.in_rows = txn_.begun = false;
  ++statement_;
  return status;
}

Status Assembler::tell_border(const Border& border) {
  TRY(release_held_ddl());
  if (border.commit_time_us != 0) last_commit_time_us_ = border.commit_time_us;
  return handler_.border(border);
}

Status Assembler::discard_group() {
  if (txn_.begun) handler_.roll_back();
  if (txn_.xa) TRY(xa_.discard());
  xa_history_.clear();
  fragments_.clear();
  txn_ = {};
  ++statement_;
  return Done{};
}

Status Assembler::begin_if_needed() {
  if (txn_.begun) return Done{};
  if (!txn_.in_rows) return Error{Errc::kCorrupt, "rows outside of a transaction"};
  TRY(release_held_ddl());
  txn_.begun = true;
  EventPlace at = place();
  at.file_number = at.safe_file_number;
  at.end_offset = txn_.safe_offset;
  return handler_.begin(txn_.head, at);
}

Status Assembler::on_rows(const mysql::EventView& event) {
  if (overlap_) return Done{};
  ++counts_.rows_events;
  mysql::RowsEvent rows = TRY(mysql::decode_rows(event, format_));
  const bool ends = rows.statement_end;
  if (rows.table_id != kDummyTableId) {
    const auto found = mappings_.find(rows.table_id);
    if (found == mappings_.end() || found->second == nullptr ||
        found->second->statement != statement_)
      return Error{Errc::kCorrupt,
                   "no TABLE_MAP in this statement for table id " + std::to_string(rows.table_id)};
    const Mapping& mapping = *found->second;
    if (!mapping.selected) {
      ++counts_.filtered_rows_events;
    } else {
      const change::RowShape& shape = *mapping.shape;
      context_shape_ = &shape;
      if (rows.width != shape.cells.size())
        return Error{Errc::kMismatch, "the rows have " + std::to_string(rows.width) +
                                          " columns, the TABLE_MAP has " +
                                          std::to_string(shape.cells.size())};
      const bool whole = is_whole(rows.before, shape) && is_whole(rows.after, shape);
      if (!whole && !options_.emit_partial_rows)
        return Error{Errc::kMismatch,
                     "the row image lacks columns (binlog_row_image is not FULL in the session "
                     "that wrote it); SET GLOBAL binlog_row_image = FULL on the source and "
                     "reconnect its applications, or create the task with --partial-rows emit"};
      Buffer whole_rows;
      if (rows.has_partial_documents) {
        TRY(write_whole_rows(rows, shape, whole_rows));
        rows.rows = whole_rows.view();
      }
      TRY(begin_if_needed());
      ByteReader reader(rows.rows);
      TRY(handler_.rows(txn_.head, place(), row_kind(rows.kind), shape, {rows.before, rows.after},
                        reader));
    }
  }
  if (ends) ++statement_;
  return Done{};
}

Status Assembler::on_payload(const mysql::EventView& event) {
  if (in_payload_) return Error{Errc::kCorrupt, "a TRANSACTION_PAYLOAD inside another"};
  auto payload = TRY(mysql::PayloadReader::open(event.body));
  in_payload_ = true;
  Status status = Done{};
  for (;;) {
    auto raw = payload.next();
    if (!raw) {
      status = std::move(raw.error());
      break;
    }
    if (raw->empty()) break;
    auto inner = mysql::open_inner_event(*raw);
    if (!inner)
      status = std::move(inner.error());
    else
      status = txn_.xa ? on_xa_event(*inner) : dispatch(*inner);
    if (status && txn_.xa) status = gather_inner(inner->header.type, *raw);
    if (!status) break;
  }
  in_payload_ = false;
  return status;
}

Status Assembler::on_compressed(const mysql::EventView& event) {
  Buffer plain;
  const mysql::EventView inner = TRY(mysql::decompress_event(event, format_, plain));
  return txn_.xa ? on_xa_event(inner) : dispatch(inner);
}

Status Assembler::on_fragment(const mysql::EventView& event) {
  if (!txn_.open) return Error{Errc::kCorrupt, "rows outside of a transaction"};
  const auto whole = TRY(fragments_.add(event));
  if (!whole) return Done{};
  Status status = dispatch(*whole);
  fragments_.clear();
  return status;
}

}  // namespace millrace::capture
