// SPDX-License-Identifier: Apache-2.0
#include "capture/column_text.h"

#include <array>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace millrace::capture {
namespace {

// One row a type name: what it is before its arguments are looked at.
struct TypeRow {
  std::string_view name;
  ColumnType type;
  uint8_t length_bytes = 0;
  schema::Special special = schema::Special::kNone;
};
constexpr TypeRow kTypes[] = {
    {"tinyint", ColumnType::kTiny},
    {"smallint", ColumnType::kShort},
    {"mediumint", ColumnType::kInt24},
    {"int", ColumnType::kLong},
    {"bigint", ColumnType::kLongLong},
    {"float", ColumnType::kFloat},
    {"double", ColumnType::kDouble},
    {"decimal", ColumnType::kNewDecimal},
    {"bit", ColumnType::kBit},
    {"year", ColumnType::kYear},
    {"date", ColumnType::kDate},
    {"time", ColumnType::kTime2},
    {"datetime", ColumnType::kDateTime2},
    {"timestamp", ColumnType::kTimestamp2},
    {"char", ColumnType::kString},
    {"binary", ColumnType::kString},
    {"varchar", ColumnType::kVarchar},
    {"varbinary", ColumnType::kVarchar},
    {"tinyblob", ColumnType::kBlob, 1},
    {"tinytext", ColumnType::kBlob, 1},
    {"blob", ColumnType::kBlob, 2},
    {"text", ColumnType::kBlob, 2},
    {"mediumblob", ColumnType::kBlob, 3},
    {"mediumtext", ColumnType::kBlob, 3},
    {"longblob", ColumnType::kBlob, 4},
    {"longtext", ColumnType::kBlob, 4},
    {"enum", ColumnType::kEnum},
    {"set", ColumnType::kSet},
    {"json", ColumnType::kJson, 4},
    {"geometry", ColumnType::kGeometry, 4},
    {"point", ColumnType::kGeometry, 4},
    {"linestring", ColumnType::kGeometry, 4},
    {"polygon", ColumnType::kGeometry, 4},
    {"multipoint", ColumnType::kGeometry, 4},
    {"multilinestring", ColumnType::kGeometry, 4},
    {"multipolygon", ColumnType::kGeometry, 4},
    {"geometrycollection", ColumnType::kGeometry, 4},
    {"geomcollection", ColumnType::kGeometry, 4},
    {"vector", ColumnType::kVector, 4},
    {"uuid", ColumnType::kString, 0, schema::Special::kUuid},
    {"inet6", ColumnType::kString, 0, schema::Special::kInet6},
    {"inet4", ColumnType::kString, 0, schema::Special::kInet4},
};

const TypeRow* find_type(std::string_view name) {
  for (const TypeRow& row : kTypes) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

// A cursor over the text. A reader that does not find what it asks for leaves the cursor alone.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  std::string_view word() {
    size_t n = 0;
    while (n < rest_.size() && (is_lower(rest_[n]) || (n > 0 && is_digit(rest_[n])))) ++n;
    return take(n);
  }
  bool eat(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool number(uint32_t& out) {
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), out);
    if (error != std::errc()) return false;
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    return true;
  }
  // A string in quotes, as the server prints it: the quote doubled, and backslash escapes.
  bool label(std::string& out) {
    if (!eat('\'')) return false;
    while (!rest_.empty()) {
      const char c = take(1)[0];
      if (c == '\'' && !eat('\'')) return true;
      if (c == '\\' && !rest_.empty()) {
        out += unescaped(take(1)[0]);
      } else {
        out += c;
      }
    }
    return false;
  }
  // Whether `word` stands somewhere in what follows.
  bool has(std::string_view word) const { return rest_.find(word) != std::string_view::npos; }

 private:
  static bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static char unescaped(char c) {
    switch (c) {
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case '0':
        return '\0';
      case 'Z':
        return '\x1a';
      case 't':
        return '\t';
      case 'b':
        return '\b';
      default:
        return c;
    }
  }
  std::string_view take(size_t n) {
    const std::string_view head = rest_.substr(0, n);
    rest_.remove_prefix(head.size());
    return head;
  }
  std::string_view rest_;
};

// "(10)" or "(10,2)"; absent ones stay as they were. False when what stands there is something
// else.
bool read_numbers(Scanner& in, std::array<uint32_t, 2>& numbers) {
  if (!in.eat('(')) return true;
  if (!in.number(numbers[0])) return false;
  if (in.eat(',') && !in.number(numbers[1])) return false;
  return in.eat(')');
}

bool read_labels(Scanner& in, std::vector<std::string>& labels) {
  if (!in.eat('(')) return false;
  do {
    if (!in.label(labels.emplace_back())) return false;
  } while (in.eat(','));
  return in.eat(')');
}

// What the numbers in parentheses mean for this type.
bool apply_numbers(std::string_view name, const std::array<uint32_t, 2>& numbers, bool is_mariadb,
                   schema::Column& column) {
  const uint32_t n = numbers[0];
  if (name == "decimal") {
    if (n > 65 || numbers[1] > 38 || numbers[1] > n) return false;
    column.precision = static_cast<uint8_t>(n);
    column.scale = static_cast<uint8_t>(numbers[1]);
  } else if (name == "bit") {
    if (n > 64) return false;
    column.bits = static_cast<uint16_t>(n);
  } else if (name == "time" || name == "datetime" || name == "timestamp") {
    if (n > 6) return false;
    column.fraction = static_cast<uint8_t>(n);
  } else if (name == "binary" || name == "varbinary") {
    column.octets = n;
  } else if (name == "vector" && is_mariadb) {  // floats in a VARBINARY
    if (n > 16383) return false;
    column.type = ColumnType::kVarchar;
    column.length_bytes = 0;
    column.octets = 4 * n;
  }
  return true;
}

}  // namespace

Result<schema::Column> parse_column_type(std::string_view text, bool is_mariadb) {
  const auto unknown = [&] {
    return Error{Errc::kUnsupported, "column type \"" + std::string(text) + "\" is not known"};
  };
  Scanner in(text);
  const std::string_view name = in.word();
  const TypeRow* row = find_type(name);
  if (row == nullptr) return unknown();
  schema::Column column;
  column.type = row->type;
  column.length_bytes = row->length_bytes;
  column.special = row->special;
  if (column.type == ColumnType::kEnum || column.type == ColumnType::kSet) {
    if (!read_labels(in, column.labels)) return unknown();
  } else {
    std::array<uint32_t, 2> numbers{};
    if (name == "decimal") numbers = {10, 0};
    if (name == "bit") numbers = {1, 0};
    if (!read_numbers(in, numbers)) return unknown();
    if (!apply_numbers(name, numbers, is_mariadb, column)) return unknown();
  }
  column.is_unsigned = in.has("unsigned");
  if (in.has("COMPRESSED")) {
    column.type = column.type == ColumnType::kBlob ? ColumnType::kBlobCompressed
                                                   : ColumnType::kVarcharCompressed;
  }
  if (column.special == schema::Special::kInet4) column.octets = 4;
  if (column.special == schema::Special::kUuid || column.special == schema::Special::kInet6) {
    column.octets = 16;
  }
  return column;
}

}  // namespace millrace::capture
