// SPDX-License-Identifier: Apache-2.0
#include "capture/shape.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/charset.h"

namespace millrace::capture {
namespace {

using cell::CellType;
using schema::Column;

std::string cell_text(const CellType& cell) {
  return "type " + std::to_string(static_cast<int>(cell.type)) + " (" + std::to_string(cell.meta) +
         ")";
}

uint16_t set_bytes(size_t labels) {
  const size_t bytes = (labels + 7) / 8;
  return static_cast<uint16_t>(bytes > 4 ? 8 : bytes);
}

// How a column's values lie in events (mysql-source spec 4.10, the expected type vector).
CellType expected_cell(const Column& column) {
  using T = ColumnType;
  switch (column.type) {
    case T::kNewDecimal:
      return {column.type, static_cast<uint16_t>(column.precision << 8 | column.scale)};
    case T::kBit:
      return {column.type, column.bits};
    case T::kTime2:
    case T::kDateTime2:
    case T::kTimestamp2:
      return {column.type, column.fraction};
    case T::kString:
    case T::kVarchar:
      return {column.type, static_cast<uint16_t>(column.octets)};
    case T::kVarcharCompressed:  // with the byte that says how it is compressed
      return {column.type, static_cast<uint16_t>(column.octets + 1)};
    case T::kEnum:
      return {column.type, static_cast<uint16_t>(column.labels.size() <= 255 ? 1 : 2)};
    case T::kSet:
      return {column.type, set_bytes(column.labels.size())};
    case T::kBlob:
    case T::kBlobCompressed:
    case T::kJson:
    case T::kGeometry:
    case T::kVector:
      return {column.type, column.length_bytes};
    default:
      return {column.type, 0};
  }
}

// The storage of before 5.6.4 has other types and tells no fraction; the text cannot say which it
// is.
bool is_old_storage_of(ColumnType seen, const Column& column) {
  using T = ColumnType;
  return column.fraction == 0 && ((seen == T::kTime && column.type == T::kTime2) ||
                                  (seen == T::kDateTime && column.type == T::kDateTime2) ||
                                  (seen == T::kTimestamp && column.type == T::kTimestamp2));
}

bool fits(const CellType& seen, const Column& column) {
  const CellType expected = expected_cell(column);
  if (is_old_storage_of(seen.type, column)) return true;
  const ColumnType type = seen.type == ColumnType::kVarString ? ColumnType::kVarchar : seen.type;
  if (type != expected.type) return false;
  switch (type) {
    case ColumnType::kFloat:
    case ColumnType::kDouble:
      return true;
    default:
      return seen.meta == expected.meta;
  }
}

bool is_numeric(ColumnType type) {
  using T = ColumnType;
  switch (type) {
    case T::kTiny:
    case T::kShort:
    case T::kInt24:
    case T::kLong:
    case T::kLongLong:
    case T::kFloat:
    case T::kDouble:
    case T::kNewDecimal:
      return true;
    default:
      return false;
  }
}

bool is_text(ColumnType type) {
  using T = ColumnType;
  switch (type) {
    case T::kString:
    case T::kVarchar:
    case T::kBlob:
    case T::kVarcharCompressed:
    case T::kBlobCompressed:
    case T::kEnum:
    case T::kSet:
      return true;
    default:
      return false;
  }
}

// What differs between the event's optional metadata and the column; empty: nothing.
std::string metadata_difference(const mysql::TableMapEvent& map, size_t i, const Column& column) {
  if (!map.names.empty() && map.names[i] != column.name)
    return "is called " + std::string(map.names[i]) + " in the binlog";
  if (!map.is_unsigned.empty() && is_numeric(column.type) &&
      map.is_unsigned[i] != column.is_unsigned)
    return column.is_unsigned ? "is signed in the binlog" : "is unsigned in the binlog";
  if (!map.collations.empty() && map.collations[i] != 0 && is_text(column.type) &&
      column.special == schema::Special::kNone) {
    // A table that is known by the log's metadata alone has no default for a column added later.
    if (column.charset.empty()) return "has no character set in the definition";
    const Collation* collation = find_collation(map.collations[i]);
    if (collation != nullptr && collation->charset->name != column.charset)
      return "has character set " + std::string(collation->charset->name) + " in the binlog, and " +
             column.charset + " in the definition";
  }
  if (!map.labels.empty() &&
      (column.type == ColumnType::kEnum || column.type == ColumnType::kSet)) {
    if (map.labels[i].size() != column.labels.size()) return "has other labels in the binlog";
    for (size_t k = 0; k < column.labels.size(); ++k)
      if (to_utf8(column.charset, as_bytes(map.labels[i][k])) != column.labels[k])
        return "has other labels in the binlog";
  }
  return "";
}

Error mismatch(const std::string& what) {
  return Error{Errc::kMismatch,
               what +
                   ": a change of its definition was not in the binlog that was read. SET GLOBAL "
                   "binlog_row_metadata = FULL on the source (MySQL 8.0.1, MariaDB 10.5 and later) "
                   "lets the binlog itself decide; or start the task again from now"};
}

const Column* find_column(const schema::Table* table, std::string_view name) {
  if (table == nullptr) return nullptr;
  for (const Column& column : table->columns)
    if (column.name == name) return &column;
  return nullptr;
}

// The parts of a column that its cell tells.
void take_cell(const CellType& cell, Column& column) {
  using T = ColumnType;
  column.type = cell.type;
  switch (cell.type) {
    case T::kTime:
      column.type = T::kTime2;
      break;
    case T::kDateTime:
      column.type = T::kDateTime2;
      break;
    case T::kTimestamp:
      column.type = T::kTimestamp2;
      break;
    case T::kTime2:
    case T::kDateTime2:
    case T::kTimestamp2:
      column.fraction = static_cast<uint8_t>(cell.meta);
      break;
    case T::kVarString:
      column.type = T::kVarchar;
      column.octets = cell.meta;
      break;
    case T::kString:
    case T::kVarchar:
    case T::kVarcharCompressed:
      column.octets = cell.meta;
      break;
    case T::kBlob:
    case T::kBlobCompressed:
    case T::kJson:
    case T::kGeometry:
    case T::kVector:
      column.length_bytes = static_cast<uint8_t>(cell.meta);
      break;
    case T::kNewDecimal:
      column.precision = static_cast<uint8_t>(cell.meta >> 8);
      column.scale = static_cast<uint8_t>(cell.meta & 0xFF);
      break;
    case T::kBit:
      column.bits = cell.meta;
      break;
    default:
      break;
  }
}

// MariaDB's hidden columns of hashed keys stand last and have names of their own, of which a
// table's column may have one too: then it is known.
bool is_hidden_hash(const mysql::TableMapEvent& map, size_t i, const schema::Table* known) {
  constexpr std::string_view kPrefix = "DB_ROW_HASH_";
  const bool is_unsigned = map.is_unsigned.empty() || map.is_unsigned[i];
  return map.cells[i].type == ColumnType::kLongLong && is_unsigned &&
         map.names[i].substr(0, kPrefix.size()) == kPrefix &&
         find_column(known, map.names[i]) == nullptr;
}

// The event names the primary key only. A unique key stays as long as all its columns are there.
void keep_unique_keys(const schema::Table& known, schema::Table& table) {
  for (const schema::Key& before : known.keys) {
    if (before.primary) continue;
    schema::Key key = before;
    bool whole = true;
    for (schema::KeyPart& part : key.parts) {
      const std::string& name = known.columns[part.column].name;
      const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                      [&](const Column& column) { return column.name == name; });
      whole = whole && found != table.columns.end();
      if (whole) part.column = static_cast<uint16_t>(found - table.columns.begin());
    }
    if (whole) table.keys.push_back(std::move(key));
  }
}

// Makes the keys that are hashes as many as there are hidden columns. One that no statement told of
// has no columns here and the name of its hidden one.
void fit_hashes(schema::Table& table, size_t count) {
  for (auto key = table.keys.rbegin(); key != table.keys.rend(); ++key)
    if (key->hashed && schema::hidden_hashes(table) > count) key->hashed = false;
  for (size_t n = 1; schema::hidden_hashes(table) < count; ++n) {
    schema::Key key;
    key.name = "DB_ROW_HASH_" + std::to_string(n);
    key.functional = true;
    key.hashed = true;
    table.keys.push_back(std::move(key));
  }
}

}  // namespace

Result<change::RowShapePtr> make_shape(const mysql::TableMapEvent& map, schema::TablePtr table) {
  const std::vector<Column>& columns = table->columns;
  const size_t hidden = schema::hidden_hashes(*table);
  if (map.cells.size() != columns.size() + hidden)
    return mismatch("the rows have " + std::to_string(map.cells.size()) +
                    " columns, the definition has " + std::to_string(columns.size()) +
                    (hidden == 0 ? "" : " and " + std::to_string(hidden) + " hidden"));
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string named = "column " + std::to_string(i + 1) + " (" + columns[i].name + ") ";
    if (!fits(map.cells[i], columns[i]))
      return mismatch(named + "has " + cell_text(map.cells[i]) + " in the binlog and " +
                      cell_text(expected_cell(columns[i])) + " in the definition");
    const std::string difference = metadata_difference(map, i, columns[i]);
    if (!difference.empty()) return mismatch(named + difference);
  }
  for (size_t i = columns.size(); i < map.cells.size(); ++i)
    if (map.cells[i].type != ColumnType::kLongLong)
      return mismatch("column " + std::to_string(i + 1) + " has " + cell_text(map.cells[i]) +
                      " in the binlog and should be the hidden hash of a key");
  auto shape = std::make_shared<change::RowShape>();
  shape->table = std::move(table);
  shape->cells = map.cells;
  return change::RowShapePtr(std::move(shape));
}

bool has_full_metadata(const mysql::TableMapEvent& map) {
  return !map.names.empty() && map.dropped.empty();
}

Result<schema::Table> table_from_metadata(const mysql::TableMapEvent& map,
                                          const schema::Table* known, bool mariadb) {
  schema::Table table;
  if (known != nullptr) table = *known;
  table.database = map.database;
  table.name = map.table;
  table.kind = schema::TableKind::kTable;
  table.columns.clear();
  size_t visible = map.cells.size();
  while (mariadb && visible > 0 && is_hidden_hash(map, visible - 1, known)) --visible;
  for (size_t i = 0; i < visible; ++i) {
    Column column;
    column.name = map.names[i];
    take_cell(map.cells[i], column);
    column.nullable = map.is_nullable(i);
    if (!map.is_unsigned.empty() && is_numeric(column.type))
      column.is_unsigned = map.is_unsigned[i];
    if (!map.visible.empty()) column.invisible = !map.visible[i];
    if (is_text(column.type)) {
      const Collation* collation = map.collations.empty() || map.collations[i] == 0
                                       ? find_collation(uint32_t{63})
                                       : find_collation(map.collations[i], mariadb);
      if (collation == nullptr)
        return mismatch("column " + column.name + " has collation " +
                        std::to_string(map.collations[i]) + ", which is not known");
      column.collation = collation->name;
      column.charset = collation->charset->name;
    }
    if (!map.labels.empty())
      for (const std::string_view label : map.labels[i])
        column.labels.push_back(to_utf8(column.charset, as_bytes(label)));
    if (const Column* before = find_column(known, column.name);
        before != nullptr && before->type == column.type) {
      column.special = before->special;
      column.generated = before->generated;
      if (before->special != schema::Special::kNone) {
        column.charset = before->charset;
        column.collation = before->collation;
      }
    }
    table.columns.push_back(std::move(column));
  }
  table.keys.clear();
  if (!map.primary_key.empty()) {
    schema::Key key;
    key.name = "PRIMARY";
    key.primary = true;
    for (const mysql::TableMapEvent::KeyPart& part : map.primary_key) {
      if (part.column >= table.columns.size())
        return mismatch("the primary key names column " + std::to_string(part.column + 1));
      key.parts.push_back({static_cast<uint16_t>(part.column), part.prefix});
    }
    table.keys.push_back(std::move(key));
  }
  if (known != nullptr) keep_unique_keys(*known, table);
  fit_hashes(table, map.cells.size() - visible);
  return table;
}

schema::Table nameless_table(const mysql::TableMapEvent& map) {
  schema::Table table;
  table.database = map.database;
  table.name = map.table;
  for (size_t i = 0; i < map.cells.size(); ++i) {
    Column column;
    column.name = "@" + std::to_string(i + 1);
    take_cell(map.cells[i], column);
    if (!map.is_unsigned.empty() && is_numeric(column.type))
      column.is_unsigned = map.is_unsigned[i];
    if (is_text(column.type)) {
      const Collation* collation = map.collations.empty() || map.collations[i] == 0
                                       ? find_collation(uint32_t{63})
                                       : find_collation(map.collations[i]);
      column.charset = collation == nullptr ? "binary" : collation->charset->name;
      column.collation = collation == nullptr ? "binary" : collation->name;
    }
    // Without labels the value stands for itself.
    if (column.type == ColumnType::kEnum || column.type == ColumnType::kSet) {
      const size_t labels = column.type == ColumnType::kSet ? 8 * size_t{map.cells[i].meta}
                            : map.cells[i].meta == 1        ? 255
                                                            : 65535;
      for (size_t k = 1; k <= labels; ++k) column.labels.push_back(std::to_string(k));
    }
    table.columns.push_back(std::move(column));
  }
  return table;
}

}  // namespace millrace::capture
