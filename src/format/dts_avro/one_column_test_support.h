// SPDX-License-Identifier: Apache-2.0
// A table of one column, to look at one value's way into a record.
#pragma once

#include <optional>
#include <string>

#include "cell/bytes_test_support.h"
#include "format/dts_avro/encoder.h"
#include "format/dts_avro/json_view.h"
#include "format/dts_avro/reader.h"

namespace millrace::format::dts_avro {

struct OneColumn {
  schema::Column column;
  cell::CellType type;

  OneColumn(ColumnType column_type, uint16_t meta, std::string charset = "")
      : type{column_type, meta} {
    column.name = "v";
    column.type = column_type;
    column.charset = std::move(charset);
  }
  OneColumn& is_unsigned() {
    column.is_unsigned = true;
    return *this;
  }
  OneColumn& special(schema::Special special) {
    column.special = special;
    return *this;
  }
  OneColumn& labels(std::vector<std::string> labels) {
    column.labels = std::move(labels);
    return *this;
  }
  OneColumn& declared(ColumnType column_type) {
    column.type = column_type;
    return *this;
  }

  // The record of an INSERT of this value (without a null bitmap), or why there is none.
  Result<std::string> record(std::string_view value) const {
    auto table = std::make_shared<schema::Table>();
    table->database = "d";
    table->name = "t";
    table->columns.push_back(column);
    const change::RowShape shape{table, {type}};
    change::Transaction txn;
    txn.commit_time_us = 1700000000000000;
    txn.server_version = "8.0.36";
    const std::string all("\x01");
    const cell::Exact row(std::string(1, '\0') + std::string(value));
    ByteReader rows(row.view());
    Buffer out;
    DtsAvroEncoder encoder;
    TRY(encoder.row({1, 1, 4, 1, 4}, txn, change::RowKind::kInsert, shape, {{}, as_bytes(all)},
                    rows, out));
    if (!rows.at_end()) return Error{Errc::kCorrupt, "bytes are left"};
    return std::string(as_text(out.view()));
  }

  // `number kind label value` of what the record says, with `json` the way it is shown.
  struct Seen {
    int32_t number = 0;
    ValueKind kind = ValueKind::kNull;
    std::string label, value, json;
    int32_t precision = 0, scale = 0;
  };
  Seen seen(std::string_view hex) const {
    const auto bytes = record(cell::from_hex(hex));
    if (!bytes) return {-1, ValueKind::kNull, "", "", bytes.error().what, 0, 0};
    const auto read = read_record(as_bytes(*bytes));
    const Value& value = (*read->after.values)[0];
    Buffer line;
    append_json(*read, line);
    const std::string_view text = as_text(line.view());
    const size_t begin = text.find("\"afterImages\":{\"v\":") + 19;
    const std::string json(text.substr(begin, text.rfind("},\"bornTimestamp\"") - begin));
    return {(*read->fields)[0].type_number,
            value.kind,
            std::string(value.label),
            std::string(value.value),
            json,
            value.precision,
            value.scale};
  }
  std::string json(std::string_view hex) const { return seen(hex).json; }
  Errc error(std::string_view hex) const {
    const auto bytes = record(cell::from_hex(hex));
    return bytes ? Errc::kCancelled : bytes.error().code;
  }
};

}  // namespace millrace::format::dts_avro
