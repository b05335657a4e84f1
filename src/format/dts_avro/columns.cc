// SPDX-License-Identifier: Apache-2.0
#include "format/dts_avro/columns.h"

#include <fmt/format.h>

#include "cell/cell_size.h"
#include "cell/integer.h"

namespace millrace::format::dts_avro {
namespace {

constexpr std::string_view kBinaryCharset = "binary";
constexpr size_t kMaxCharsetName = 32;

ColumnRecord integer(const schema::Column& column, TypeNumber number, int32_t width) {
  return {column.is_unsigned ? OpCode::kUnsigned : OpCode::kSigned,
          number,
          ValueKind::kInteger,
          {},
          width};
}

ColumnRecord temporal(OpCode code, TypeNumber number) {
  const bool instant = number == TypeNumber::kTimestamp;
  return {code, number, instant ? ValueKind::kTimestamp : ValueKind::kDateTime, {}, 0};
}

ColumnRecord text_object(OpCode code, TypeNumber number, std::string_view type) {
  return {code, number, ValueKind::kTextObject, type, 0};
}

ColumnRecord blob(OpCode code) {
  return {code, TypeNumber::kBinary, ValueKind::kBinaryObject, "BLOB", 0};
}

ColumnRecord geometry() {
  return {OpCode::kGeometry, TypeNumber::kGeometry, ValueKind::kBinaryGeometry, "WKB", 0};
}

ColumnRecord ascii(OpCode code) {
  return {code, TypeNumber::kChar, ValueKind::kCharacter, "ascii", 0};
}

// Text by its character set; binary strings as `binary_type`, which is BINARY or BLOB.
Result<ColumnRecord> string(const schema::Column& column, OpCode code, TypeNumber number,
                            std::string_view binary_type) {
  if (column.charset == kBinaryCharset)
    return ColumnRecord{code, TypeNumber::kBinary, ValueKind::kBinaryObject, binary_type, 0};
  if (column.charset.empty() || column.charset.size() > kMaxCharsetName)
    return Error{Errc::kMismatch, "its character set is not known"};
  // Older consumers know utf8mb3 only as utf8 (spec 5.4).
  std::string_view charset = column.charset;
  if (charset == "utf8mb3") charset = "utf8";
  return ColumnRecord{code, number, ValueKind::kCharacter, charset, 0};
}

Result<ColumnRecord> fixed_string(const schema::Column& column) {
  switch (column.special) {
    case schema::Special::kUuid:
      return ascii(OpCode::kUuid);
    case schema::Special::kInet6:
      return ascii(OpCode::kInet6);
    case schema::Special::kInet4:
      return ascii(OpCode::kInet4);
    default:
      break;
  }
  const OpCode code = column.charset == kBinaryCharset ? OpCode::kPadded : OpCode::kBytes;
  return string(column, code, TypeNumber::kChar, "BINARY");
}

Result<ColumnRecord> long_string(const schema::Column& column, OpCode code) {
  if (column.type == ColumnType::kGeometry) return geometry();
  if (column.type == ColumnType::kVector) return blob(code);
  return string(column, code, TypeNumber::kText, "BLOB");
}

Result<ColumnRecord> record_of(const schema::Column& column, cell::CellType type) {
  switch (type.type) {
    case ColumnType::kTiny:
      return integer(column, TypeNumber::kInt8, 1);
    case ColumnType::kShort:
      return integer(column, TypeNumber::kInt16, 2);
    case ColumnType::kInt24:
      return integer(column, TypeNumber::kInt24, 3);
    case ColumnType::kLong:
      return integer(column, TypeNumber::kInt32, 4);
    case ColumnType::kLongLong:
      return integer(column, TypeNumber::kInt64, 8);
    case ColumnType::kBit:
      return ColumnRecord{OpCode::kBit,
                          TypeNumber::kBit,
                          ValueKind::kInteger,
                          {},
                          static_cast<int32_t>(cell::bit_size(type.meta))};
    case ColumnType::kFloat:
      return ColumnRecord{OpCode::kFloat, TypeNumber::kFloat, ValueKind::kFloat, {}, 0};
    case ColumnType::kDouble:
      return ColumnRecord{OpCode::kDouble, TypeNumber::kDouble, ValueKind::kFloat, {}, 0};
    case ColumnType::kNewDecimal:
      return ColumnRecord{OpCode::kDecimal, TypeNumber::kDecimal, ValueKind::kDecimal, {}, 0};
    case ColumnType::kYear:
      return temporal(OpCode::kYear, TypeNumber::kYear);
    case ColumnType::kDate:
      return temporal(OpCode::kDate, TypeNumber::kDate);
    case ColumnType::kTime:
      return temporal(OpCode::kOldTime, TypeNumber::kTime);
    case ColumnType::kTime2:
      return temporal(OpCode::kTime2, TypeNumber::kTime);
    case ColumnType::kDateTime:
      return temporal(OpCode::kOldDateTime, TypeNumber::kDateTime);
    case ColumnType::kDateTime2:
      return temporal(OpCode::kDateTime2, TypeNumber::kDateTime);
    case ColumnType::kTimestamp:
      return temporal(OpCode::kOldTimestamp, TypeNumber::kTimestamp);
    case ColumnType::kTimestamp2:
      return temporal(OpCode::kTimestamp2, TypeNumber::kTimestamp);
    case ColumnType::kString:
      return fixed_string(column);
    case ColumnType::kVarchar:
    case ColumnType::kVarString:
      // MariaDB's VECTOR is a VARBINARY in the log.
      if (column.type == ColumnType::kVector) return blob(OpCode::kBytes);
      return string(column, OpCode::kBytes, TypeNumber::kVarchar, "BINARY");
    case ColumnType::kVarcharCompressed:
      return string(column, OpCode::kInflate, TypeNumber::kVarchar, "BINARY");
    case ColumnType::kBlob:
      return long_string(column, OpCode::kBytes);
    case ColumnType::kBlobCompressed:
      return long_string(column, OpCode::kInflate);
    case ColumnType::kVector:
      return blob(OpCode::kBytes);
    case ColumnType::kGeometry:
      return geometry();
    case ColumnType::kJson:
      return text_object(OpCode::kJson, TypeNumber::kJson, "JSON");
    case ColumnType::kEnum:
      return text_object(OpCode::kEnum, TypeNumber::kEnum, "ENUM");
    case ColumnType::kSet:
      return text_object(OpCode::kSet, TypeNumber::kSet, "SET");
    default:
      return Error{Errc::kUnsupported,
                   fmt::format("values of type {}", static_cast<int>(type.type))};
  }
}

}  // namespace

Result<ColumnRecord> column_record(const schema::Column& column, cell::CellType type) {
  ColumnRecord record = TRY(record_of(column, type));
  if (cell::fixed_size(type) == 0 && cell::length_size(type) == 0) {
    return Error{Errc::kCorrupt,
                 fmt::format("type {} with metadata {}", static_cast<int>(type.type), type.meta)};
  }
  return record;
}

}  // namespace millrace::format::dts_avro
