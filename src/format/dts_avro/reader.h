// SPDX-License-Identifier: Apache-2.0
// Reads a dts-avro record back: for `tail`, the record browser and tests. Takes any encoding of the
// schema that Avro allows, and any bytes at all.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "format/dts_avro/record.h"

namespace millrace::format::dts_avro {

struct Field {
  std::string_view name;
  int32_t type_number = 0;
  friend bool operator==(const Field&, const Field&) = default;
};

// One item of an image. Which members mean something is decided by `kind`; views point into the
// record's bytes.
struct Value {
  ValueKind kind = ValueKind::kNull;
  std::string_view label;  // Character: charset. BinaryObject, TextObject, geometries: type
  std::string_view value;  // text or bytes of all kinds that have some
  double number = 0;       // Float
  int64_t seconds = 0;     // Timestamp
  int32_t micros = 0;      // Timestamp: its "millis", which hold microseconds
  int32_t precision = 0;   // Integer, Float, Decimal
  int32_t scale = 0;       // Float, Decimal
  std::array<std::optional<int32_t>, 7> parts;  // DateTime: year to "millis" (microseconds)
  std::string_view zone;                        // TimestampWithTimeZone, whose DateTime is `parts`
  bool absent = false;                          // EmptyObject: NONE, a column that the image lacks
  friend bool operator==(const Value&, const Value&) = default;
};

// beforeImages and afterImages: null, a text (DDL) or a list that goes with `fields`.
struct Image {
  std::optional<std::string_view> text;
  std::optional<std::vector<Value>> values;
  friend bool operator==(const Image&, const Image&) = default;
};

struct Record {
  int32_t version = 0;
  int64_t id = 0;
  int64_t source_timestamp = 0;
  std::string_view source_position;
  std::string_view safe_source_position;
  std::string_view source_txid;
  int32_t source_type = 0;
  std::string_view source_version;
  Operation operation = Operation::kInsert;
  std::optional<std::string_view> object_name;
  std::optional<std::vector<int64_t>> process_timestamps;
  std::vector<std::pair<std::string_view, std::string_view>> tags;  // in the record's order
  std::optional<std::string_view> fields_text;
  std::optional<std::vector<Field>> fields;
  Image before;
  Image after;
  int64_t born_timestamp = 0;
  friend bool operator==(const Record&, const Record&) = default;
};

// kTruncated or kCorrupt for bytes that are no record; bytes after its end are kCorrupt too.
Result<Record> read_record(Bytes bytes);

}  // namespace millrace::format::dts_avro
