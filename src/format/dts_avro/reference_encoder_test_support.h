// SPDX-License-Identifier: Apache-2.0
// The dts-avro encoding a second time: read off the spec's tables, as plain as it can be, slow.
// Tests hold the real encoder to it byte for byte. Shares with it only JSON, inflating and
// addresses, which have tests of their own.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/crc.h"
#include "cell/address.h"
#include "cell/compressed.h"
#include "cell/json.h"
#include "change/row.h"
#include "change/transaction.h"
#include "format/dts_avro/reader.h"

namespace millrace::format::dts_avro::reference {

// Avro.
inline std::string avro_long(int64_t value) {
  uint64_t zigzag =
      value < 0 ? ~(static_cast<uint64_t>(value) << 1) : static_cast<uint64_t>(value) << 1;
  std::string bytes;
  while (zigzag > 127) {
    bytes += static_cast<char>(zigzag % 128 + 128);
    zigzag /= 128;
  }
  return bytes + static_cast<char>(zigzag);
}
inline std::string avro_string(std::string_view text) {
  return avro_long(static_cast<int64_t>(text.size())) + std::string(text);
}
inline std::string avro_double(double value) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &value, 8);
  return bytes;
}
inline std::string avro_block(const std::vector<std::string>& items) {
  if (items.empty()) return avro_long(0);
  std::string bytes = avro_long(static_cast<int64_t>(items.size()));
  for (const std::string& item : items) bytes += item;
  return bytes + avro_long(0);
}

using TagList = std::vector<std::pair<std::string, std::string>>;

// Spec 3.2, field by field. `fields`, `before` and `after` are whole union values.
struct Parts {
  int64_t id = 0;
  int64_t timestamp = 0;
  std::string position;
  std::string safe_position;
  std::string version;
  int64_t operation = 0;
  std::optional<std::string> object = std::nullopt;
  TagList tags = {};
  std::string fields = avro_long(0);
  std::string before = avro_long(0);
  std::string after = avro_long(0);
};

inline std::string record(const Parts& parts) {
  std::string bytes = avro_long(0) + avro_long(parts.id) + avro_long(parts.timestamp);
  bytes += avro_string(parts.position) + avro_string(parts.safe_position) + avro_string("0");
  bytes += avro_long(0) + avro_string(parts.version) + avro_long(parts.operation);
  bytes += parts.object ? avro_long(1) + avro_string(*parts.object) : avro_long(0);
  bytes += avro_long(0);
  std::vector<std::string> tags;
  for (const auto& [key, value] : parts.tags) tags.push_back(avro_string(key) + avro_string(value));
  return bytes + avro_block(tags) + parts.fields + parts.before + parts.after +
         avro_long(parts.timestamp);
}

// Takes bytes off the front; asking for more than there are is remembered.
struct Input {
  std::string_view rest;
  bool short_read = false;
  std::string take(uint64_t count) {
    if (count > rest.size()) {
      short_read = true;
      return std::string(static_cast<size_t>(std::min<uint64_t>(count, 16)), '\0');
    }
    std::string bytes(rest.substr(0, static_cast<size_t>(count)));
    rest.remove_prefix(static_cast<size_t>(count));
    return bytes;
  }
  uint64_t little(size_t width) {
    const std::string bytes = take(width);
    uint64_t value = 0;
    for (size_t i = width; i > 0; --i) value = value * 256 + static_cast<uint8_t>(bytes[i - 1]);
    return value;
  }
  uint64_t big(size_t width) {
    const std::string bytes = take(width);
    uint64_t value = 0;
    for (const char c : bytes) value = value * 256 + static_cast<uint8_t>(c);
    return value;
  }
};

struct Encoded {
  std::string type_number;  // as an Avro int
  std::string item;
};

inline std::string part(int64_t value) { return avro_long(1) + avro_long(value); }
inline std::string no_part() { return avro_long(0); }

inline std::optional<std::string> decimal(Input& in, int precision, int scale) {
  static constexpr int kBytes[] = {0, 1, 1, 2, 2, 3, 3, 4, 4};
  const int before = precision - scale;
  std::vector<int> groups;  // digits of each
  if (before % 9 != 0) groups.push_back(before % 9);
  for (int i = 0; i < before / 9 + scale / 9; ++i) groups.push_back(9);
  if (scale % 9 != 0) groups.push_back(scale % 9);
  size_t size = 0;
  for (const int digits : groups) size += static_cast<size_t>(digits == 9 ? 4 : kBytes[digits]);
  std::string raw = in.take(size);
  if (in.short_read) return std::nullopt;
  const bool negative = (static_cast<uint8_t>(raw[0]) & 0x80) == 0;
  raw[0] = static_cast<char>(raw[0] ^ 0x80);
  if (negative)
    for (char& c : raw) c = static_cast<char>(~c);
  Input groups_in{raw};
  std::string digits;
  for (const int count : groups) {
    const std::string text =
        std::to_string(groups_in.big(static_cast<size_t>(count == 9 ? 4 : kBytes[count])));
    if (text.size() > static_cast<size_t>(count)) return std::nullopt;
    digits += std::string(static_cast<size_t>(count) - text.size(), '0') + text;
  }
  std::string whole = digits.substr(0, static_cast<size_t>(before));
  const std::string fraction = digits.substr(static_cast<size_t>(before));
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  std::string significant = digits;
  significant.erase(0, std::min(significant.find_first_not_of('0'), significant.size()));
  std::string text = whole.empty() ? "0" : whole;
  if (scale > 0) text += "." + fraction;
  if (negative && !significant.empty()) text = "-" + text;
  const auto value_digits = static_cast<int64_t>(std::max<size_t>(significant.size(), 1));
  return avro_long(3) + avro_string(text) + avro_long(value_digits) + avro_long(scale);
}

inline std::string time_item(bool negative, int64_t h, int64_t m, int64_t s, int64_t us) {
  const int64_t sign = negative ? -1 : 1;
  return avro_long(6) + no_part() + no_part() + no_part() + part(sign * h) + part(sign * m) +
         part(sign * s) + part(sign * us);
}

// Spec 3.4, one rule a number of digits.
inline std::optional<std::string> time2(Input& in, int digits) {
  int64_t whole = 0, micros = 0;
  if (digits >= 5) {
    const int64_t packed = static_cast<int64_t>(in.big(6)) - 0x800000000000;
    const int64_t magnitude = packed < 0 ? -packed : packed;
    whole = magnitude / 16777216;
    micros = magnitude % 16777216;
    if (packed < 0) {
      whole = -whole;
      if (whole == 0) {
        if (in.short_read || micros > 999999) return std::nullopt;
        return time_item(true, 0, 0, 0, micros);
      }
    }
  } else {
    whole = static_cast<int64_t>(in.big(3)) - 0x800000;
    const size_t bytes = digits == 0 ? 0 : digits <= 2 ? 1 : 2;
    int64_t fraction = static_cast<int64_t>(bytes == 0 ? 0 : in.big(bytes));
    const bool negative = whole < 0;
    if (whole < 0 && fraction != 0) {
      whole += 1;
      fraction -= bytes == 1 ? 0x100 : 0x10000;
    }
    micros = (fraction < 0 ? -fraction : fraction) * (bytes == 1 ? 10000 : 100);
    if (in.short_read || micros > 999999) return std::nullopt;
    const int64_t magnitude = whole < 0 ? -whole : whole;
    return time_item(negative, magnitude / 4096 % 1024, magnitude / 64 % 64, magnitude % 64,
                     micros);
  }
  if (in.short_read || micros > 999999) return std::nullopt;
  const int64_t magnitude = whole < 0 ? -whole : whole;
  return time_item(whole < 0, magnitude / 4096 % 1024, magnitude / 64 % 64, magnitude % 64, micros);
}

inline int64_t fraction(Input& in, int digits) {
  if (digits == 0) return 0;
  if (digits <= 2) return static_cast<int64_t>(in.big(1)) * 10000;
  if (digits <= 4) return static_cast<int64_t>(in.big(2)) * 100;
  return static_cast<int64_t>(in.big(3));
}

inline std::string labelled(int64_t branch, std::string_view label, std::string_view value) {
  return avro_long(branch) + avro_string(label) + avro_string(value);
}

inline int64_t sign_extended(uint64_t value, int width) {
  if (width == 8) return static_cast<int64_t>(value);
  const int64_t limit = int64_t{1} << (8 * width - 1);
  const auto number = static_cast<int64_t>(value);
  return number >= limit ? number - 2 * limit : number;
}

inline std::string integer(std::string_view text, int64_t precision) {
  return avro_long(1) + avro_long(precision) + avro_string(text);
}

// dataTypeNumber by spec 5.2.
inline int type_number(const schema::Column& column, cell::CellType type) {
  const bool binary = column.charset == "binary";
  switch (type.type) {
    case ColumnType::kTime2:
      return 11;
    case ColumnType::kDateTime2:
      return 12;
    case ColumnType::kTimestamp2:
      return 7;
    case ColumnType::kString:
      return column.special == schema::Special::kNone && binary ? 252 : 254;
    case ColumnType::kVarchar:
    case ColumnType::kVarString:
    case ColumnType::kVarcharCompressed:
      return binary || column.type == ColumnType::kVector ? 252 : 253;
    case ColumnType::kBlob:
    case ColumnType::kBlobCompressed:
      return binary ? 252 : 15;
    case ColumnType::kVector:
      return 252;
    default:
      return static_cast<int>(type.type);
  }
}

inline std::string prefixed(Input& in, cell::CellType type) {
  const bool varchar = type.type == ColumnType::kVarchar || type.type == ColumnType::kVarString ||
                       type.type == ColumnType::kString ||
                       type.type == ColumnType::kVarcharCompressed;
  const size_t width = varchar ? (type.meta < 256 ? 1 : 2) : type.meta;
  return in.take(in.little(width));
}

inline std::optional<std::string> string_item(const schema::Column& column, cell::CellType type,
                                              std::string value) {
  if (type.type == ColumnType::kVarcharCompressed || type.type == ColumnType::kBlobCompressed) {
    Buffer inflated;
    if (!cell::append_inflated(as_bytes(value), inflated)) return std::nullopt;
    value = as_text(inflated.view());
  }
  char text[cell::kMaxAddressText];
  const Bytes bytes = as_bytes(value);
  switch (column.special) {
    case schema::Special::kUuid:
      if (value.size() > 16) return std::nullopt;
      return labelled(2, "ascii",
                      {text, static_cast<size_t>(cell::print_uuid(text, bytes) - text)});
    case schema::Special::kInet6:
      if (value.size() > 16) return std::nullopt;
      return labelled(2, "ascii",
                      {text, static_cast<size_t>(cell::print_inet6(text, bytes) - text)});
    case schema::Special::kInet4:
      if (value.size() > 4) return std::nullopt;
      return labelled(2, "ascii",
                      {text, static_cast<size_t>(cell::print_inet4(text, bytes) - text)});
    default:
      break;
  }
  const bool blob = type.type == ColumnType::kBlob || type.type == ColumnType::kBlobCompressed ||
                    type.type == ColumnType::kVector || column.type == ColumnType::kVector;
  if (column.charset != "binary" && column.type != ColumnType::kVector)
    return labelled(2, column.charset == "utf8mb3" ? "utf8" : column.charset, value);
  if (type.type == ColumnType::kString && value.size() < type.meta) value.resize(type.meta, '\0');
  return labelled(10, blob ? "BLOB" : "BINARY", value);
}

inline std::optional<std::string> label_item(const schema::Column& column, cell::CellType type,
                                             uint64_t value) {
  if (type.type == ColumnType::kEnum) {
    if (value == 0) return labelled(11, "ENUM", "");
    if (value > column.labels.size()) return std::nullopt;
    return labelled(11, "ENUM", column.labels[value - 1]);
  }
  std::string joined;
  bool first = true;
  for (size_t bit = 0; bit < 64; ++bit) {
    if ((value >> bit & 1) == 0) continue;
    if (bit >= column.labels.size()) return std::nullopt;
    if (!first) joined += ',';
    joined += column.labels[bit];
    first = false;
  }
  return labelled(11, "SET", joined);
}

inline std::optional<std::string> temporal_item(cell::CellType type, Input& in) {
  const int digits = type.meta;
  switch (type.type) {
    case ColumnType::kYear: {
      const auto year = static_cast<int64_t>(in.little(1));
      std::string item = avro_long(6) + part(year == 0 ? 0 : 1900 + year);
      for (int i = 0; i < 6; ++i) item += no_part();
      return item;
    }
    case ColumnType::kDate: {
      const auto v = static_cast<int64_t>(in.little(3));
      std::string item = avro_long(6) + part(v / 512) + part(v / 32 % 16) + part(v % 32);
      for (int i = 0; i < 4; ++i) item += no_part();
      return item;
    }
    case ColumnType::kTime: {
      const int64_t v = sign_extended(in.little(3), 3);
      const int64_t n = v < 0 ? -v : v;
      return time_item(v < 0, n / 10000, n / 100 % 100, n % 100, 0);
    }
    case ColumnType::kDateTime: {
      const uint64_t v = in.little(8);
      const auto date = v / 1000000 % 100000000;
      const auto time = v % 1000000;
      std::string item = avro_long(6);
      for (const uint64_t p : {date / 10000, date / 100 % 100, date % 100, time / 10000,
                               time / 100 % 100, time % 100, uint64_t{0}})
        item += part(static_cast<int64_t>(p));
      return item;
    }
    case ColumnType::kTimestamp:
      return avro_long(5) + avro_long(static_cast<int64_t>(in.little(4))) + avro_long(0);
    case ColumnType::kTime2:
      return time2(in, digits);
    case ColumnType::kDateTime2: {
      const uint64_t v = in.big(5) % 0x8000000000;
      const uint64_t ym = v >> 22;
      const int64_t us = fraction(in, digits);
      if (us > 999999) return std::nullopt;
      std::string item = avro_long(6);
      for (const uint64_t p : {ym / 13, ym % 13, v >> 17 & 31, v >> 12 & 31, v >> 6 & 63, v & 63,
                               static_cast<uint64_t>(us)})
        item += part(static_cast<int64_t>(p));
      return item;
    }
    default: {
      const auto seconds = static_cast<int64_t>(in.big(4));
      const int64_t us = fraction(in, digits);
      if (us > 999999) return std::nullopt;
      return avro_long(5) + avro_long(seconds) + avro_long(us);
    }
  }
}

inline std::optional<std::string> number_item(const schema::Column& column, cell::CellType type,
                                              Input& in) {
  static const std::map<ColumnType, int> kWidths = {{ColumnType::kTiny, 1},
                                                    {ColumnType::kShort, 2},
                                                    {ColumnType::kInt24, 3},
                                                    {ColumnType::kLong, 4},
                                                    {ColumnType::kLongLong, 8}};
  if (const auto width = kWidths.find(type.type); width != kWidths.end()) {
    const uint64_t value = in.little(static_cast<size_t>(width->second));
    return integer(column.is_unsigned ? std::to_string(value)
                                      : std::to_string(sign_extended(value, width->second)),
                   width->second);
  }
  switch (type.type) {
    case ColumnType::kBit: {
      const size_t bytes = (size_t{type.meta} + 7) / 8;
      uint64_t value = in.big(bytes);
      if (type.meta < 64) value %= uint64_t{1} << type.meta;
      return integer(std::to_string(value), static_cast<int64_t>(bytes));
    }
    case ColumnType::kFloat: {
      const auto raw = static_cast<uint32_t>(in.little(4));
      float narrow = 0;
      std::memcpy(&narrow, &raw, 4);
      double value = narrow;
      // The fewest digits that read back as the same four bytes.
      for (int digits = 1; narrow - narrow == 0 && digits <= 9; ++digits) {
        char text[64];
        std::snprintf(text, sizeof text, "%.*g", digits, static_cast<double>(narrow));
        value = std::strtod(text, nullptr);
        if (std::strtof(text, nullptr) == narrow) break;
      }
      return avro_long(4) + avro_double(value) + avro_long(8) + avro_long(15);
    }
    case ColumnType::kDouble:
      return avro_long(4) + in.take(8) + avro_long(8) + avro_long(15);
    default:
      return decimal(in, type.meta / 256, type.meta % 256);
  }
}

inline std::optional<std::string> item(const schema::Column& column, cell::CellType type,
                                       Input& in) {
  switch (type.type) {
    case ColumnType::kYear:
    case ColumnType::kDate:
    case ColumnType::kTime:
    case ColumnType::kDateTime:
    case ColumnType::kTimestamp:
    case ColumnType::kTime2:
    case ColumnType::kDateTime2:
    case ColumnType::kTimestamp2:
      return temporal_item(type, in);
    case ColumnType::kEnum:
    case ColumnType::kSet:
      return label_item(column, type, in.little(type.meta));
    case ColumnType::kJson: {
      const std::string document = prefixed(in, type);
      Buffer text;
      if (in.short_read || !cell::append_json_text(as_bytes(document), text)) return std::nullopt;
      return labelled(11, "JSON", as_text(text.view()));
    }
    case ColumnType::kGeometry: {
      const std::string value = prefixed(in, type);
      if (!value.empty() && value.size() < 4) return std::nullopt;
      return labelled(8, "WKB", value.empty() ? value : value.substr(4));
    }
    case ColumnType::kVarchar:
    case ColumnType::kVarString:
    case ColumnType::kString:
    case ColumnType::kVarcharCompressed:
    case ColumnType::kBlob:
    case ColumnType::kBlobCompressed:
    case ColumnType::kVector: {
      std::string value = prefixed(in, type);
      if (in.short_read) return std::nullopt;
      return string_item(column, type, std::move(value));
    }
    default:
      return number_item(column, type, in);
  }
}

inline bool has(Bytes bits, size_t i) {
  return i / 8 < bits.size() && ((static_cast<unsigned>(bits[i / 8]) >> (i % 8)) & 1) != 0;
}

inline std::optional<std::string> image(const change::RowShape& shape, Bytes present,
                                        const std::vector<size_t>& listed, Input& in) {
  size_t count = 0;
  for (size_t i = 0; i < shape.cells.size(); ++i) count += has(present, i) ? 1 : 0;
  const std::string nulls = in.take((count + 7) / 8);
  if (in.short_read) return std::nullopt;
  std::vector<std::string> items;
  size_t nth = 0;
  for (const size_t i : listed) {
    if (!has(present, i)) {
      items.push_back(avro_long(12) + avro_long(1));
      continue;
    }
    const bool null = (static_cast<unsigned>(nulls[nth / 8]) >> (nth % 8) & 1) != 0;
    ++nth;
    if (null) {
      items.push_back(avro_long(0));
      continue;
    }
    const auto one = item(shape.table->columns[i], shape.cells[i], in);
    if (!one || in.short_read) return std::nullopt;
    items.push_back(*one);
  }
  for (size_t i = shape.table->columns.size(); i < shape.cells.size(); ++i) {
    if (!has(present, i)) continue;
    const bool null = (static_cast<unsigned>(nulls[nth / 8]) >> (nth % 8) & 1) != 0;
    ++nth;
    if (!null) in.take(8);
    if (in.short_read) return std::nullopt;
  }
  return avro_long(2) + avro_block(items);
}

inline std::string escaped_dots(std::string name) {
  for (size_t at = 0; (at = name.find('.', at)) != std::string::npos; at += 6)
    name.replace(at, 1, "\\u002E");
  return name;
}

inline std::string json_quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<uint8_t>(c) < 32) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + '"';
}

inline std::string key_info(const schema::Table& table, const std::vector<size_t>& listed) {
  std::string json;
  for (const schema::Key& key : table.keys) {
    bool usable = !key.functional && !key.parts.empty();
    std::string names;
    for (const schema::KeyPart& key_part : key.parts) {
      bool found = false;
      for (const size_t i : listed) found = found || i == key_part.column;
      usable = usable && found;
      if (found)
        names += (names.empty() ? "" : ",") + json_quoted(table.columns[key_part.column].name);
    }
    if (usable) json += (json.empty() ? "{" : ",") + json_quoted(key.name) + ":[" + names + "]";
  }
  return json.empty() ? json : json + "}";
}

inline std::string position(uint64_t offset, uint32_t file) {
  return std::to_string(offset) + "@" + std::to_string(file);
}

// Nothing for a row that the encoder has to refuse.
inline std::optional<std::string> row(const change::RecordPlace& place,
                                      const change::Transaction& txn, change::RowKind kind,
                                      const change::RowShape& shape,
                                      const change::RowColumns& columns, Bytes& rows) {
  const schema::Table& table = *shape.table;
  std::vector<size_t> listed;
  for (size_t i = 0; i < table.columns.size(); ++i)
    if (has(columns.before, i) || has(columns.after, i)) listed.push_back(i);
  if (listed.empty())
    for (size_t i = 0; i < table.columns.size(); ++i) listed.push_back(i);

  Parts parts;
  parts.id = place.id;
  parts.timestamp = txn.commit_time_us / 1000000;
  parts.position = position(place.end_offset, place.file_number);
  parts.safe_position = position(place.safe_offset, place.safe_file_number);
  parts.version = txn.server_version;
  parts.operation = static_cast<int64_t>(kind);
  parts.object = escaped_dots(table.database) + "." + escaped_dots(table.name);
  std::vector<std::string> fields;
  for (const size_t i : listed)
    fields.push_back(avro_string(table.columns[i].name) +
                     avro_long(type_number(table.columns[i], shape.cells[i])));
  parts.fields = avro_long(2) + avro_block(fields);
  const std::string keys = key_info(table, listed);
  if (!keys.empty()) parts.tags.emplace_back("pk_uk_info", keys);
  parts.tags.emplace_back("readerThroughoutTime", std::to_string(parts.timestamp * 1000));
  const std::string signed_bytes = parts.fields + keys;
  const uint32_t crc = crc32c(as_bytes(signed_bytes));
  parts.tags.emplace_back("metaVersion", std::to_string(crc == 0 ? 1 : crc));
  if (txn.thread_id != 0) parts.tags.emplace_back("thread_id", std::to_string(txn.thread_id));
  parts.tags.emplace_back("server_id", std::to_string(txn.server_id));

  Input in{as_text(rows)};
  if (kind != change::RowKind::kInsert) {
    const auto before = image(shape, columns.before, listed, in);
    if (!before) return std::nullopt;
    parts.before = *before;
  }
  if (kind != change::RowKind::kDelete) {
    const auto after = image(shape, columns.after, listed, in);
    if (!after) return std::nullopt;
    parts.after = *after;
  }
  rows = as_bytes(in.rest);
  return record(parts);
}

}  // namespace millrace::format::dts_avro::reference
