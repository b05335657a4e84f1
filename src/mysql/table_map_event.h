// SPDX-License-Identifier: Apache-2.0
// TABLE_MAP: names the table and the layout of the rows that follow under its id. Body:
//
//   table id 6 (4 in old 5.1), flags 2, database (length 1, bytes, NUL), table (likewise), number
//   of columns (length-encoded), one type byte each, metadata block (length-encoded length), null
//   bits, then optional metadata: type 1, length (length-encoded), value.
//
// The optional part depends on binlog_row_metadata. Its lists are positional ("the third character
// column"), so a list that does not fit the columns is left out and named in `dropped`: shifted
// metadata would be worse than none.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "cell/cell_type.h"
#include "mysql/event_format.h"

namespace millrace::mysql {

// Types of optional metadata.
enum class TableMetadata : uint8_t {
  kSignedness = 1,
  kDefaultCharset = 2,
  kColumnCharset = 3,
  kColumnName = 4,
  kSetLabels = 5,
  kEnumLabels = 6,
  kGeometryType = 7,
  kSimplePrimaryKey = 8,
  kPrimaryKeyWithPrefix = 9,
  kLabelDefaultCharset = 10,
  kLabelColumnCharset = 11,
  kVisibility = 12,
  kVectorDimension = 13,
};

struct TableMapEvent {
  struct KeyPart {
    uint32_t column = 0;
    uint32_t prefix = 0;  // characters; 0 is the whole column
    friend bool operator==(const KeyPart&, const KeyPart&) = default;
  };
  using Labels = std::vector<std::string_view>;  // in the column's own character set

  uint64_t table_id = 0;
  uint16_t flags = 0;
  std::string_view database;
  std::string_view table;
  std::vector<cell::CellType> cells;  // by column
  Bytes null_bits;                    // LSB first, 1: nullable
  bool is_nullable(size_t column) const {
    return (std::to_integer<unsigned>(null_bits[column / 8]) >> (column % 8) & 1) != 0;
  }
  bool has_generated_primary_key() const { return (flags & 0x4) != 0; }  // MySQL's my_row_id

  // Optional metadata. All vectors have one element a column, or none at all where the event does
  // not tell; an element that means nothing for its column's type is false, 0 or empty.
  std::vector<bool> is_unsigned;
  std::vector<uint32_t> collations;      // ids, of character columns, ENUM and SET
  std::vector<std::string_view> names;   // UTF-8
  std::vector<Labels> labels;            // of ENUM and SET
  std::vector<uint32_t> geometry_types;  // 0 geometry, 1 point, ... 7 collection
  std::vector<bool> visible;
  std::vector<uint32_t> vector_dimensions;
  std::vector<KeyPart> primary_key;  // in key order; empty: none, or not told

  std::vector<TableMetadata> dropped;  // was there and did not fit
};

// The id alone: enough to find a TABLE_MAP that is unchanged.
Result<uint64_t> table_map_id(Bytes body, const EventFormat& format);

Result<TableMapEvent> decode_table_map(Bytes body, const EventFormat& format);

}  // namespace millrace::mysql
