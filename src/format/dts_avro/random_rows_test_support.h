// SPDX-License-Identifier: Apache-2.0
// Random tables and rows for tests: any column type, values that a server could write, and now and
// then ones that it could not.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "cell/cell_size.h"
#include "cell/decimal.h"
#include "change/row.h"

namespace millrace::format::dts_avro {

class RandomRows {
 public:
  explicit RandomRows(uint64_t seed) : random_(seed) {}

  uint64_t below(uint64_t limit) { return random_() % limit; }
  bool chance(uint64_t one_in) { return below(one_in) == 0; }

  change::RowShapePtr shape() {
    auto table = std::make_shared<schema::Table>();
    table->database = name();
    table->name = name();
    auto shape = std::make_shared<change::RowShape>();
    const size_t count = 1 + below(chance(8) ? 70 : 12);
    for (size_t i = 0; i < count; ++i) add_column(*table, *shape, i);
    for (uint64_t i = below(4); i > 0; --i) add_key(*table);
    for (uint64_t i = schema::hidden_hashes(*table); i > 0; --i)
      shape->cells.push_back({ColumnType::kLongLong, 0});
    shape->table = std::move(table);
    return shape;
  }

  // A bitmap of `count` columns, mostly full.
  std::string columns(size_t count) {
    std::string bits((count + 7) / 8, '\0');
    const bool full = !chance(3);
    for (size_t i = 0; i < count; ++i)
      if (full || chance(2)) bits[i / 8] = static_cast<char>(bits[i / 8] | 1 << (i % 8));
    return bits;
  }

  std::string image(const change::RowShape& shape, const std::string& columns) {
    std::vector<size_t> present;
    for (size_t i = 0; i < shape.cells.size(); ++i)
      if ((static_cast<unsigned>(columns[i / 8]) >> (i % 8) & 1) != 0) present.push_back(i);
    std::string nulls((present.size() + 7) / 8, '\0');
    std::string values;
    for (size_t nth = 0; nth < present.size(); ++nth) {
      if (chance(6))
        nulls[nth / 8] = static_cast<char>(nulls[nth / 8] | 1 << (nth % 8));
      else if (present[nth] < shape.table->columns.size())
        values += value(shape.table->columns[present[nth]], shape.cells[present[nth]]);
      else
        values += bytes(8);
    }
    return nulls + values;
  }

 private:
  std::string name() {
    static const char* const kNames[] = {"shop", "a.b",   "t\"q", "d\xC3\xA9j\xC3\xA0",
                                         "x\\y", "orders"};
    return kNames[below(std::size(kNames))];
  }

  void add_column(schema::Table& table, change::RowShape& shape, size_t index) {
    static const ColumnType kTypes[] = {
        ColumnType::kTiny,           ColumnType::kShort,
        ColumnType::kLong,           ColumnType::kFloat,
        ColumnType::kDouble,         ColumnType::kTimestamp,
        ColumnType::kLongLong,       ColumnType::kInt24,
        ColumnType::kDate,           ColumnType::kTime,
        ColumnType::kDateTime,       ColumnType::kYear,
        ColumnType::kVarchar,        ColumnType::kBit,
        ColumnType::kTimestamp2,     ColumnType::kDateTime2,
        ColumnType::kTime2,          ColumnType::kVector,
        ColumnType::kJson,           ColumnType::kNewDecimal,
        ColumnType::kEnum,           ColumnType::kSet,
        ColumnType::kBlob,           ColumnType::kVarString,
        ColumnType::kString,         ColumnType::kGeometry,
        ColumnType::kBlobCompressed, ColumnType::kVarcharCompressed};
    static const char* const kCharsets[] = {"utf8mb4", "utf8mb3", "binary", "latin1", "gbk"};
    schema::Column column;
    column.name = name() + std::to_string(index);
    column.type = kTypes[below(std::size(kTypes))];
    column.is_unsigned = chance(2);
    column.charset = kCharsets[below(std::size(kCharsets))];
    cell::CellType type{column.type, 0};
    set_meta(column, type);
    table.columns.push_back(std::move(column));
    shape.cells.push_back(type);
  }

  void set_meta(schema::Column& column, cell::CellType& type) {
    switch (type.type) {
      case ColumnType::kVarchar:
      case ColumnType::kVarString:
      case ColumnType::kVarcharCompressed:
        type.meta = static_cast<uint16_t>(chance(2) ? 40 : 400);
        break;
      case ColumnType::kString:
        type.meta = static_cast<uint16_t>(chance(4) ? 300 : 1 + below(40));
        if (chance(4)) {
          static const schema::Special kSpecials[] = {
              schema::Special::kUuid, schema::Special::kInet4, schema::Special::kInet6};
          column.special = kSpecials[below(3)];
          column.charset = "binary";
          type.meta = column.special == schema::Special::kInet4 ? 4 : 16;
        }
        break;
      case ColumnType::kBlob:
        if (chance(4)) column.special = schema::Special::kMariaDbJson;
        [[fallthrough]];
      case ColumnType::kBlobCompressed:
      case ColumnType::kVector:
      case ColumnType::kJson:
      case ColumnType::kGeometry:
        type.meta = static_cast<uint16_t>(1 + below(4));
        break;
      case ColumnType::kNewDecimal: {
        const auto precision = static_cast<uint16_t>(1 + below(65));
        const auto scale = static_cast<uint16_t>(below(std::min<uint64_t>(precision, 30) + 1));
        type.meta = static_cast<uint16_t>(precision << 8 | scale);
        break;
      }
      case ColumnType::kBit:
        type.meta = static_cast<uint16_t>(1 + below(64));
        break;
      case ColumnType::kTimestamp2:
      case ColumnType::kDateTime2:
      case ColumnType::kTime2:
        type.meta = static_cast<uint16_t>(below(7));
        break;
      case ColumnType::kEnum:
        type.meta = static_cast<uint16_t>(1 + below(2));
        add_labels(column, 1 + below(300));
        break;
      case ColumnType::kSet:
        type.meta = static_cast<uint16_t>(chance(2) ? 8 : 1 + below(4));
        add_labels(column, 1 + below(type.meta * 8));
        break;
      default:
        break;
    }
  }

  void add_labels(schema::Column& column, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i)
      column.labels.push_back(std::string(below(90), static_cast<char>('a' + i % 26)));
  }

  void add_key(schema::Table& table) {
    schema::Key key;
    key.primary = table.keys.empty();
    key.name = key.primary ? "PRIMARY" : name() + std::to_string(table.keys.size());
    key.functional = chance(6);
    key.hashed = chance(6);
    for (uint64_t i = 1 + below(3); i > 0; --i)
      key.parts.push_back({static_cast<uint16_t>(below(table.columns.size())), 0});
    table.keys.push_back(std::move(key));
  }

  std::string bytes(size_t count) {
    std::string bytes(count, '\0');
    for (char& c : bytes) c = static_cast<char>(chance(8) ? 0 : random_());
    return bytes;
  }

  std::string little(uint64_t value, size_t width) {
    std::string bytes;
    for (size_t i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i));
    return bytes;
  }

  std::string big(uint64_t value, size_t width) {
    std::string bytes = little(value, width);
    return {bytes.rbegin(), bytes.rend()};
  }

  std::string digits(unsigned count, unsigned width, uint8_t mask) {
    uint64_t limit = 1;
    for (unsigned i = 0; i < count; ++i) limit *= 10;
    std::string bytes = big(chance(4) ? 0 : below(limit), width);
    for (char& c : bytes) c = static_cast<char>(c ^ mask);
    return bytes;
  }

  std::string decimal(unsigned precision, unsigned scale) {
    static constexpr unsigned kWidths[] = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
    const auto mask = static_cast<uint8_t>(chance(2) ? 0xFF : 0);
    const unsigned before = precision - scale;
    std::string bytes = digits(before % 9, kWidths[before % 9], mask);
    for (unsigned i = before / 9 + scale / 9; i > 0; --i) bytes += digits(9, 4, mask);
    bytes += digits(scale % 9, kWidths[scale % 9], mask);
    bytes[0] = static_cast<char>(bytes[0] ^ 0x80);
    return bytes;
  }

  std::string fraction(unsigned digits) {
    static constexpr uint64_t kLimits[] = {1, 100, 10000, 1000000};
    const size_t width = (digits + 1) / 2;
    return big(below(chance(40) ? kLimits[width] * 3 : kLimits[width]), width);
  }

  // The spec's packed negative form: the whole's two's complement with a negative fraction in it.
  std::string time2(unsigned digits) {
    static constexpr uint64_t kLimits[] = {1, 100, 10000, 1000000};
    const size_t width = (digits + 1) / 2;
    const auto seconds =
        static_cast<int64_t>(chance(3) ? 0 : below(839) << 12 | below(60) << 6 | below(60));
    const auto units = static_cast<int64_t>(below(kLimits[width]));
    int64_t value = (seconds << (8 * width)) + units;
    if (chance(2)) value = -value;
    return big(static_cast<uint64_t>(value + (INT64_C(0x800000) << (8 * width))), 3 + width);
  }

  std::string json_document() {
    switch (below(4)) {
      case 0:
        return {};
      case 1:
        return std::string("\x04\x01", 2);
      case 2: {
        std::string text(below(100), 'j');
        for (char& c : text)
          if (chance(4)) c = "\"\\\n\x01"[below(4)];
        return std::string("\x0C") + static_cast<char>(text.size()) + text;
      }
      default:  // {"a": 1}
        return std::string("\x00\x01\x00\x0C\x00\x0B\x00\x01\x00\x05\x01\x00\x61", 13);
    }
  }

  std::string with_length(const std::string& value, size_t width) {
    return little(value.size(), width) + value;
  }

  std::string contents(const schema::Column& column, cell::CellType type, size_t most) {
    if (type.type == ColumnType::kJson) return json_document();
    if (type.type == ColumnType::kGeometry) return bytes(chance(30) ? 3 : 4 + below(60));
    if (type.type == ColumnType::kVarcharCompressed || type.type == ColumnType::kBlobCompressed)
      return chance(4) ? std::string() : '\0' + bytes(below(30));
    if (column.special != schema::Special::kNone && type.type == ColumnType::kString)
      return bytes(below(type.meta + 1));
    return bytes(below(most + 1));
  }

  std::string value(const schema::Column& column, cell::CellType type) {
    if (const size_t prefix = cell::length_size(type); prefix != 0) {
      const bool counted = type.type == ColumnType::kVarchar || type.type == ColumnType::kString ||
                           type.type == ColumnType::kVarString;
      return with_length(contents(column, type, counted ? type.meta : 200), prefix);
    }
    switch (type.type) {
      case ColumnType::kNewDecimal:
        return decimal(type.meta >> 8, type.meta & 0xFF);
      case ColumnType::kTime2:
        return time2(type.meta);
      case ColumnType::kTimestamp2:
        return bytes(4) + fraction(type.meta);
      case ColumnType::kDateTime2:
        return bytes(5) + fraction(type.meta);
      case ColumnType::kEnum:
        return little(below(std::min<uint64_t>(column.labels.size() + (chance(50) ? 2 : 1),
                                               type.meta == 1 ? 256 : 65536)),
                      type.meta);
      case ColumnType::kSet: {
        const size_t known = column.labels.size();
        uint64_t bits = random_();
        if (known < 64 && !chance(50)) bits &= (UINT64_C(1) << known) - 1;
        return little(bits, type.meta);
      }
      default:
        return bytes(cell::fixed_size(type));
    }
  }

  std::mt19937_64 random_;
};

}  // namespace millrace::format::dts_avro
