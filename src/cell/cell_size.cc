// SPDX-License-Identifier: Apache-2.0
#include "cell/cell_size.h"

#include <fmt/format.h>

#include "cell/decimal.h"
#include "cell/integer.h"
#include "cell/temporal.h"

namespace millrace::cell {
namespace {

Error bad_metadata(CellType type) {
  return {Errc::kCorrupt,
          fmt::format("column type {} with metadata {}", static_cast<int>(type.type), type.meta)};
}

}  // namespace

size_t fixed_size(CellType type) {
  const unsigned meta = type.meta;
  switch (type.type) {
    case ColumnType::kTiny:
    case ColumnType::kYear:
      return 1;
    case ColumnType::kShort:
      return 2;
    case ColumnType::kInt24:
    case ColumnType::kDate:
    case ColumnType::kTime:
      return 3;
    case ColumnType::kLong:
    case ColumnType::kFloat:
    case ColumnType::kTimestamp:
      return 4;
    case ColumnType::kLongLong:
    case ColumnType::kDouble:
    case ColumnType::kDateTime:
      return 8;
    case ColumnType::kTime2:
      return meta <= 6 ? 3 + fraction_size(meta) : 0;
    case ColumnType::kTimestamp2:
      return meta <= 6 ? 4 + fraction_size(meta) : 0;
    case ColumnType::kDateTime2:
      return meta <= 6 ? 5 + fraction_size(meta) : 0;
    case ColumnType::kNewDecimal:
      return decimal_size(meta >> 8, meta & 0xFF);
    case ColumnType::kBit:
      return meta <= 64 ? bit_size(type.meta) : 0;
    case ColumnType::kEnum:
      return meta <= 2 ? meta : 0;
    case ColumnType::kSet:
      return meta <= 4 || meta == 8 ? meta : 0;
    default:
      return 0;
  }
}

size_t length_size(CellType type) {
  switch (type.type) {
    case ColumnType::kVarchar:
    case ColumnType::kVarString:
    case ColumnType::kString:
    case ColumnType::kVarcharCompressed:
      return type.meta < 256 ? 1 : 2;
    case ColumnType::kBlob:
    case ColumnType::kBlobCompressed:
    case ColumnType::kJson:
    case ColumnType::kGeometry:
    case ColumnType::kVector:
      return type.meta <= 4 ? type.meta : 0;
    default:
      return 0;
  }
}

Result<size_t> cell_size(CellType type, Bytes bytes) {
  if (type.type == ColumnType::kNull) return size_t{0};
  size_t size = fixed_size(type);
  if (size == 0) {
    const size_t prefix = length_size(type);
    if (prefix == 0) {
      if (type.type == ColumnType::kDecimal || type.type == ColumnType::kTypedArray)
        return Error{Errc::kUnsupported,
                     fmt::format("column type {}", static_cast<int>(type.type))};
      return bad_metadata(type);
    }
    if (bytes.size() < prefix) return Error{Errc::kTruncated, "a value's length is cut off"};
    size = prefix + static_cast<size_t>(read_unsigned(bytes.data(), prefix));
  }
  if (size > bytes.size()) {
    return Error{Errc::kTruncated, fmt::format("a value of type {} takes {} bytes, {} are left",
                                               static_cast<int>(type.type), size, bytes.size())};
  }
  return size;
}

}  // namespace millrace::cell
