// SPDX-License-Identifier: Apache-2.0
// The assembler's tables: a TABLE_MAP meets the definition of its position, and what happens when
// there is none that fits.
#include <memory>
#include <utility>

#include "capture/assembler.h"
#include "capture/mapping.h"
#include "capture/shape.h"

namespace millrace::capture {

Status Assembler::on_table_map(const mysql::EventView& event) {
  if (overlap_) return Done{};
  const uint64_t id = TRY(mysql::table_map_id(event.body, format_));
  std::unique_ptr<Mapping>& slot = mappings_[id];
  if (slot != nullptr && slot->body == as_text(event.body)) {
    slot->statement = statement_;
    (slot->helper ? txn_.helpers : txn_.other) = true;
    return Done{};
  }
  const mysql::TableMapEvent map = TRY(mysql::decode_table_map(event.body, format_));
  auto mapping = std::make_unique<Mapping>();
  mapping->body = std::string(as_text(event.body));
  mapping->statement = statement_;
  context_table_ = std::string(map.database) + "." + std::string(map.table);
  TRY(map_table(map, *mapping));
  slot = std::move(mapping);
  (slot->helper ? txn_.helpers : txn_.other) = true;
  return Done{};
}

void Assembler::forget_table_maps() { mappings_.clear(); }

Status Assembler::map_table(const mysql::TableMapEvent& map, Mapping& mapping) {
  mapping.helper = online_.hides(*definitions_, map.database, map.table);
  if (mapping.helper || !options_.selection.wants_rows(map.database, map.table)) return Done{};
  TRY(release_held_ddl());  // before the event's own metadata may heal a definition
  schema::TablePtr table = definitions_->find(map.database, map.table);
  if (table != nullptr && table->kind == schema::TableKind::kSequence) return Done{};
  mapping.selected = true;
  auto shape = shape_of(map, table);
  if (!shape && shape.error().code == Errc::kMismatch && has_full_metadata(map)) {
    TRY(heal(map, table.get()));
    shape = make_shape(map, definitions_->find(map.database, map.table));
  }
  if (!shape && shape.error().code == Errc::kMismatch && use_healed())
    shape = shape_of(map, definitions_->find(map.database, map.table));
  const bool is_known = table != nullptr && !definitions_->in_doubt(map.database, map.table);
  if (!shape && options_.nameless_tables && !is_known) {
    used_nameless_tables_ = true;
    shape = make_shape(map, std::make_shared<schema::Table>(nameless_table(map)));
  }
  if (shape) {
    mapping.shape = std::move(*shape);
    return Done{};
  }
  // An XA transaction brought its tables' definitions of long ago: today's say nothing of them.
  if (definitions_ == &catalog_) {
    stop_ = stop_here(Stop::Kind::kMisfit);
    stop_->database = map.database;
    stop_->table = map.table;
    stop_->table_map = mapping.body;
    stop_->format = format_;
    stop_->statement = catalog_.doubted_by(map.database, map.table);
  }
  return std::move(shape.error());
}

// The shape by the definition that is known, if it is certain.
Result<change::RowShapePtr> Assembler::shape_of(const mysql::TableMapEvent& map,
                                                const schema::TablePtr& table) const {
  if (definitions_->in_doubt(map.database, map.table)) {
    const std::string by = definitions_->doubted_by(map.database, map.table);
    return Error{Errc::kMismatch,
                 "its definition is in doubt since a statement that could not be read" +
                     (by.empty() ? "" : ": \"" + by + "\"") +
                     ". SET GLOBAL binlog_row_metadata = FULL on the source (MySQL 8.0.1, MariaDB "
                     "10.5 and later) lets the binlog itself tell it from then on"};
  }
  if (table == nullptr)
    return Error{Errc::kMismatch,
                 "no definition of this table is known at this position; check that the account "
                 "may SELECT it"};
  return make_shape(map, table);
}

// The event tells the whole definition: it holds from this transaction on.
Status Assembler::heal(const mysql::TableMapEvent& map, const schema::Table* known) {
  schema::Healed healed;
  healed.how = schema::Healed::How::kMetadata;
  healed.file = at_.file;
  healed.offset = at_.event_start;
  healed.gtid = txn_.head.gtid;
  healed.at_table = std::string(map.database) + "." + std::string(map.table);
  healed.time_ms = txn_.head.commit_time_us / 1000;
  healed.statement = definitions_->doubted_by(map.database, map.table);
  healed.table = std::make_shared<schema::Table>(
      TRY(table_from_metadata(map, known, flavour_ == mysql::Flavour::kMariaDb)));
  definitions_->replay(schema::table_set(healed.table));
  if (definitions_ == &catalog_) handler_.history({schema::encode(healed)});
  return Done{};
}

// The place of a table map: by its transaction's name where it has one, as another server has the
// same transaction elsewhere.
bool Assembler::is_here(const std::string& file, uint64_t offset, const std::string& gtid) const {
  if (!gtid.empty()) return gtid == txn_.head.gtid;
  return offset == at_.event_start && file == at_.file;
}

// Makes what was found out for this place the definitions that hold; false: nothing was.
bool Assembler::use_healed() {
  if (definitions_ != &catalog_) return false;
  std::vector<std::string> entries;
  for (const schema::Healed& healed : healed_) {
    if (healed.how == schema::Healed::How::kMetadata || healed.at_table != context_table_ ||
        !is_here(healed.file, healed.offset, healed.gtid))
      continue;
    const schema::Change change = schema::table_set(healed.table);
    catalog_.replay(change);
    entries.push_back(schema::encode(change));
  }
  if (entries.empty()) return false;
  handler_.history(std::move(entries));
  return true;
}

Stop Assembler::stop_here(Stop::Kind kind) const {
  Stop stop;
  stop.kind = kind;
  stop.at = {at_.file, at_.event_start, txn_.head.gtid};
  stop.group_start = txn_.start;
  stop.event_end = at_.offset;
  return stop;
}

}  // namespace millrace::capture
