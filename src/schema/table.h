// SPDX-License-Identifier: Apache-2.0
// A table's definition as of one position of the binlog. Values: copied, compared, never changed
// once shared.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/column_type.h"

namespace millrace::schema {

// What a column is beyond the type in its events.
enum class Special : uint8_t {
  kNone,
  kUuid,         // MariaDB UUID: 16 bytes of a BINARY(16)
  kInet6,        // MariaDB INET6: 16 bytes
  kInet4,        // MariaDB INET4: 4 bytes
  kMariaDbJson,  // LONGTEXT with CHECK(json_valid())
};

struct Column {
  std::string name;  // UTF-8
  // The type of the declaration: kTiny, kLong, ..., kNewDecimal, kBit, kDate, kTime2, kDateTime2,
  // kTimestamp2, kYear, kVarchar (also VARBINARY), kString (also BINARY), kBlob (also TEXT), kEnum,
  // kSet, kJson, kGeometry, kVector, kVarcharCompressed, kBlobCompressed. Old temporal storage
  // (kTime, kDateTime, kTimestamp) cannot be told from the text: such columns stay kTime2 and so on
  // here.
  ColumnType type = ColumnType::kNull;
  bool is_unsigned = false;
  uint32_t octets = 0;       // CHAR, BINARY, VARCHAR, VARBINARY: characters x mbmaxlen
  uint8_t length_bytes = 0;  // BLOB and TEXT family, JSON, GEOMETRY, VECTOR: 1 to 4
  uint8_t precision = 0;     // DECIMAL
  uint8_t scale = 0;         // DECIMAL
  uint8_t fraction = 0;      // TIME, DATETIME, TIMESTAMP: 0 to 6
  uint16_t bits = 0;         // BIT
  std::string charset;       // MySQL's name, "binary" for binary strings; empty where there is none
  std::string collation;     // likewise
  std::vector<std::string> labels;  // ENUM and SET, UTF-8, in definition order
  Special special = Special::kNone;
  bool nullable = true;
  bool generated = false;
  bool invisible = false;
  friend bool operator==(const Column&, const Column&) = default;
};

struct KeyPart {
  uint16_t column = 0;  // index in Table::columns
  uint32_t prefix = 0;  // characters; 0 is the whole column
  friend bool operator==(const KeyPart&, const KeyPart&) = default;
};

// A primary key or a unique index; others are not kept. An index with a functional part has
// `functional` set and holds only its column parts. One that MariaDB keeps as a hash of its values
// (`hashed`) has a hidden BIGINT UNSIGNED behind the table's columns, in every row image (ADR
// 0013).
struct Key {
  std::string name;  // "PRIMARY" for the primary key
  bool primary = false;
  bool functional = false;
  bool hashed = false;
  std::vector<KeyPart> parts;
  friend bool operator==(const Key&, const Key&) = default;
};

enum class TableKind : uint8_t { kTable, kView, kSequence };

struct Table {
  std::string database;
  std::string name;
  TableKind kind = TableKind::kTable;
  std::vector<Column> columns;
  std::vector<Key> keys;  // PRIMARY first, then in definition order
  std::string charset;    // the table's defaults, for columns added later
  std::string collation;
  std::string engine;
  friend bool operator==(const Table&, const Table&) = default;
};

// Columns that rows have behind those of the table.
inline size_t hidden_hashes(const Table& table) {
  return static_cast<size_t>(std::count_if(table.keys.begin(), table.keys.end(),
                                           [](const Key& key) { return key.hashed; }));
}

using TablePtr = std::shared_ptr<const Table>;

}  // namespace millrace::schema
