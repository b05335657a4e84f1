// SPDX-License-Identifier: Apache-2.0
#include "schema/column_rules.h"

#include <algorithm>
#include <utility>

#include "base/charset.h"

namespace millrace::schema {
namespace {

using ddl::ColumnSpec;
using ddl::DdlContext;
using ddl::TypeWord;

constexpr uint32_t kMySql8 = 80000;
constexpr uint64_t kMaxCharLength = 255;
constexpr uint64_t kMaxVarcharOctets = 65535;
constexpr uint32_t kOracleVarchar = 4000;  // VARCHAR2 without a length
constexpr uint64_t kBlobMax[] = {0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF};

// Bytes of the length prefix of the smallest BLOB or TEXT that holds so much.
uint8_t blob_prefix(uint64_t octets) {
  for (uint8_t bytes = 1; bytes < 4; ++bytes) {
    if (octets <= kBlobMax[bytes]) return bytes;
  }
  return 4;
}

// Bytes of the shortest character.
size_t mbminlen(const std::string& charset) {
  if (charset == "utf32") return 4;
  return charset == "ucs2" || charset == "utf16" || charset == "utf16le" ? 2 : 1;
}

bool is_text_like(const Column& column) { return !column.charset.empty(); }

Error out_of_range(const ColumnSpec& spec, const char* what) {
  return Error{Errc::kMismatch, "column `" + spec.name + "`: " + what};
}

// CHAR, VARCHAR, BINARY, VARBINARY. Where the server's mode is lenient a length that is too great
// makes a BLOB or TEXT of it.
Status set_string(const ColumnSpec& spec, bool varying, const DdlContext& context, Column& column) {
  if (varying && !spec.length && (context.sql_mode & ddl::kOracle) == 0) {
    return out_of_range(spec, "VARCHAR without a length");
  }
  const uint64_t length = spec.length.value_or(varying ? kOracleVarchar : 1);
  if (length > kBlobMax[4]) return out_of_range(spec, "the length is too great");
  const uint64_t octets = length * mbmaxlen(column.charset);
  if (varying ? octets > kMaxVarcharOctets : length > kMaxCharLength) {
    column.type = ColumnType::kBlob;
    column.length_bytes = blob_prefix(octets);
    return Done{};
  }
  column.type = varying ? ColumnType::kVarchar : ColumnType::kString;
  column.octets = static_cast<uint32_t>(octets);
  return Done{};
}

void set_blob(const ColumnSpec& spec, const DdlContext& context, Column& column) {
  column.type = ColumnType::kBlob;
  column.length_bytes = spec.length_bytes != 0 ? spec.length_bytes : 2;
  // TEXT(0) was TEXT once.
  const bool zero_counts = !context.is_mariadb() && context.version >= kMySql8;
  if (spec.length_bytes == 0 && spec.length && (*spec.length > 0 || zero_counts)) {
    const uint64_t characters = std::min(*spec.length, kBlobMax[4]);
    column.length_bytes = blob_prefix(characters * mbmaxlen(column.charset));
  }
}

Status set_decimal(const ColumnSpec& spec, Column& column) {
  const uint64_t precision = spec.length.value_or(0) == 0 ? 10 : *spec.length;
  const uint32_t scale = spec.scale.value_or(0);
  if (precision > 65 || scale > 38 || scale > precision) {
    return out_of_range(spec, "precision or scale of DECIMAL is too great");
  }
  column.type = ColumnType::kNewDecimal;
  column.precision = static_cast<uint8_t>(precision);
  column.scale = static_cast<uint8_t>(scale);
  return Done{};
}

Status set_bits(const ColumnSpec& spec, Column& column) {
  const uint64_t bits = spec.length.value_or(1) == 0 ? 1 : spec.length.value_or(1);
  if (bits > 64) return out_of_range(spec, "BIT is too long");
  column.type = ColumnType::kBit;
  column.bits = static_cast<uint16_t>(bits);
  return Done{};
}

void set_labels(const ColumnSpec& spec, ColumnType type, Column& column) {
  column.type = type;
  column.labels = spec.labels;
  for (const size_t raw : spec.raw_labels) {
    std::string& label = column.labels[raw];
    // Bytes that are no whole characters have zeros before them.
    const size_t unit = mbminlen(column.charset);
    label.insert(0, (unit - label.size() % unit) % unit, '\0');
    label = to_utf8(column.charset, as_bytes(label));
  }
  if (column.charset == "binary") return;
  for (std::string& label : column.labels) {
    label.erase(label.find_last_not_of(' ') + 1);
  }
}

void set_fraction(const ColumnSpec& spec, ColumnType type, Column& column) {
  column.type = type;
  // Above six it is a display width of long ago.
  const uint64_t digits = spec.length.value_or(0);
  column.fraction = digits <= 6 ? static_cast<uint8_t>(digits) : 0;
}

Status set_vector(const ColumnSpec& spec, const DdlContext& context, Column& column) {
  constexpr uint64_t kMaxDimension = 16383;
  if (spec.length.value_or(0) > kMaxDimension) return out_of_range(spec, "VECTOR is too long");
  if (context.is_mariadb()) {  // floats in a VARBINARY
    column.type = ColumnType::kVarchar;
    column.octets = static_cast<uint32_t>(*spec.length) * 4;
    column.charset = column.collation = "binary";
  } else {
    column.type = ColumnType::kVector;
    column.length_bytes = 4;
  }
  return Done{};
}

void set_bytes(uint32_t octets, Special special, Column& column) {
  column.type = ColumnType::kString;
  column.octets = octets;
  column.special = special;
  column.charset = column.collation = "binary";
}

void set_json(const ColumnSpec& spec, const DdlContext& context, Column& column) {
  column.length_bytes = 4;
  if (!context.is_mariadb()) {
    column.type = ColumnType::kJson;
    return;
  }
  column.type = ColumnType::kBlob;
  column.charset = "utf8mb4";
  column.collation = "utf8mb4_bin";
  // Its check is only made where the column brings none of its own.
  if (!spec.has_check || spec.json_check) column.special = Special::kMariaDbJson;
}

Status set_type(const ColumnSpec& spec, const DdlContext& context, Column& column) {
  switch (spec.type) {
    case TypeWord::kTinyInt:
      column.type = ColumnType::kTiny;
      break;
    case TypeWord::kSmallInt:
      column.type = ColumnType::kShort;
      break;
    case TypeWord::kMediumInt:
      column.type = ColumnType::kInt24;
      break;
    case TypeWord::kInt:
      column.type = ColumnType::kLong;
      break;
    case TypeWord::kBigInt:
      column.type = ColumnType::kLongLong;
      break;
    case TypeWord::kFloat:
      column.type = ColumnType::kFloat;
      break;
    case TypeWord::kDouble:
      column.type = ColumnType::kDouble;
      break;
    case TypeWord::kYear:
      column.type = ColumnType::kYear;
      break;
    case TypeWord::kDate:
      column.type = ColumnType::kDate;
      break;
    case TypeWord::kTime:
      set_fraction(spec, ColumnType::kTime2, column);
      break;
    case TypeWord::kDateTime:
      set_fraction(spec, ColumnType::kDateTime2, column);
      break;
    case TypeWord::kTimestamp:
      set_fraction(spec, ColumnType::kTimestamp2, column);
      break;
    case TypeWord::kDecimal:
      return set_decimal(spec, column);
    case TypeWord::kBit:
      return set_bits(spec, column);
    case TypeWord::kChar:
    case TypeWord::kBinary:
      return set_string(spec, false, context, column);
    case TypeWord::kVarchar:
    case TypeWord::kVarbinary:
      return set_string(spec, true, context, column);
    case TypeWord::kText:
    case TypeWord::kBlob:
      set_blob(spec, context, column);
      break;
    case TypeWord::kEnum:
      set_labels(spec, ColumnType::kEnum, column);
      break;
    case TypeWord::kSet:
      set_labels(spec, ColumnType::kSet, column);
      break;
    case TypeWord::kJson:
      set_json(spec, context, column);
      break;
    case TypeWord::kGeometry:
      column.type = ColumnType::kGeometry;
      column.length_bytes = 4;
      break;
    case TypeWord::kVector:
      return set_vector(spec, context, column);
    case TypeWord::kUuid:
      set_bytes(16, Special::kUuid, column);
      break;
    case TypeWord::kInet6:
      set_bytes(16, Special::kInet6, column);
      break;
    case TypeWord::kInet4:
      set_bytes(4, Special::kInet4, column);
      break;
  }
  return Done{};
}

uint64_t characters_in(std::string_view utf8) {
  return static_cast<uint64_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

// Of the longest label, or of all labels with commas between.
uint64_t label_characters(const Column& column) {
  uint64_t longest = 0;
  uint64_t all = column.labels.size() - 1;
  for (const std::string& label : column.labels) {
    longest = std::max(longest, characters_in(label));
    all += characters_in(label);
  }
  return column.type == ColumnType::kSet ? all : longest;
}

// The server's "character length" of a column, which counts a BLOB's bytes and a BIT's bits.
uint64_t shown_width(const Column& column) {
  constexpr uint64_t kAnyNumberOrTime = 24;  // all are under 64, and no more is asked of them
  if (column.octets != 0) return characters(column);
  if (column.length_bytes != 0) return kBlobMax[column.length_bytes];
  if (!column.labels.empty()) return label_characters(column);
  if (column.bits != 0) return column.bits;
  if (column.precision != 0) {
    return column.precision + (column.scale != 0 ? 1U : 0U) + (column.is_unsigned ? 0U : 1U);
  }
  return kAnyNumberOrTime;
}

bool has_charset(TypeWord type) {
  return type == TypeWord::kChar || type == TypeWord::kVarchar || type == TypeWord::kText ||
         type == TypeWord::kEnum || type == TypeWord::kSet;
}
bool is_binary(TypeWord type) {
  return type == TypeWord::kBinary || type == TypeWord::kVarbinary || type == TypeWord::kBlob;
}

// Before MySQL 8.0 and MariaDB 10.10 a TIMESTAMP that does not say NULL is NOT NULL.
bool timestamps_are_not_null(const DdlContext& context) {
  const uint32_t changed = context.is_mariadb() ? 101000 : kMySql8;
  return !context.explicit_defaults_for_timestamp.value_or(context.version >= changed);
}

bool is_nullable(const ColumnSpec& spec, const DdlContext& context) {
  if (spec.auto_increment || spec.serial_default || !spec.generated_as.empty()) return false;
  if (spec.nullable) return *spec.nullable;
  return spec.type != TypeWord::kTimestamp || spec.generated || !timestamps_are_not_null(context);
}

}  // namespace

Result<Column> make_column(const ColumnSpec& spec, const CharsetPair& table,
                           const DdlContext& context) {
  Column column;
  column.name = spec.name;
  if (is_binary(spec.type)) column.charset = column.collation = "binary";
  if (has_charset(spec.type)) {
    CharsetPair pair = TRY(resolve_charset(spec.charset, table, table, context));
    column.charset = std::move(pair.charset);
    column.collation = std::move(pair.collation);
  }
  TRY(set_type(spec, context, column));
  column.is_unsigned = spec.is_unsigned;
  column.nullable = is_nullable(spec, context);
  column.generated = spec.generated;
  column.invisible = spec.invisible;
  if (spec.compressed && column.type == ColumnType::kBlob) {
    column.type = ColumnType::kBlobCompressed;
  } else if (spec.compressed && column.type == ColumnType::kVarchar) {
    column.type = ColumnType::kVarcharCompressed;
  }
  const bool long_text = spec.type == TypeWord::kText && column.length_bytes == 4;
  if (context.is_mariadb() && spec.json_check && long_text && column.charset != "binary" &&
      column.type == ColumnType::kBlob) {
    column.special = Special::kMariaDbJson;
  }
  return column;
}

void convert_column(Column& column, const CharsetPair& to, const DdlContext& context) {
  if (!is_text_like(column) || column.charset == "binary") return;
  const uint64_t from_bytes = mbmaxlen(column.charset);
  const uint64_t to_bytes = mbmaxlen(to.charset);
  if (column.type == ColumnType::kBlob || column.type == ColumnType::kBlobCompressed) {
    if (column.length_bytes < 4) {
      column.length_bytes = blob_prefix(kBlobMax[column.length_bytes] / from_bytes * to_bytes);
    }
  } else if (column.octets != 0) {
    const uint64_t octets = column.octets / from_bytes * to_bytes;
    const bool varying =
        column.type == ColumnType::kVarchar || column.type == ColumnType::kVarcharCompressed;
    column.octets = static_cast<uint32_t>(octets);
    if (varying && octets > kMaxVarcharOctets) {
      column.type = ColumnType::kBlob;
      column.octets = 0;
      // MySQL 8 looks at the old width unless its characters had one byte each.
      const bool keeps = !context.is_mariadb() && context.version >= kMySql8 && from_bytes > 1;
      column.length_bytes = keeps ? 2 : blob_prefix(octets);
    }
  }
  column.charset = to.charset;
  column.collation = to.collation;
}

void size_by_old_column(const ColumnSpec& spec, const Column& old, const DdlContext& context,
                        Column& declared) {
  const bool is_blob = spec.type == TypeWord::kText || spec.type == TypeWord::kBlob;
  if (context.is_mariadb() || context.version < kMySql8 || !is_blob || spec.length ||
      spec.length_bytes == 4) {
    return;
  }
  declared.length_bytes =
      blob_prefix(shown_width(old) / mbmaxlen(old.charset) * mbmaxlen(declared.charset));
}

Column hidden_period_column(bool start) {
  Column column;
  column.name = start ? "row_start" : "row_end";
  column.type = ColumnType::kTimestamp2;
  column.fraction = 6;
  column.nullable = false;
  column.generated = column.invisible = true;
  return column;
}

bool is_hidden_period_column(const Column& column) {
  return column == hidden_period_column(true) || column == hidden_period_column(false);
}

uint32_t characters(const Column& column) { return column.octets / mbmaxlen(column.charset); }

}  // namespace millrace::schema
