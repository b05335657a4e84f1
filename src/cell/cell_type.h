// SPDX-License-Identifier: Apache-2.0
// How one column's value lies in a row image: what TABLE_MAP says of it.
#pragma once

#include <cstdint>

#include "base/column_type.h"

namespace millrace::cell {

// `meta` by type, after unfolding (spec 3.1):
//   kVarchar, kVarString, kVarcharCompressed   greatest octets
//   kString                                    greatest octets (0 to 1023)
//   kEnum, kSet                                bytes of the value (1, 2; 1 to 4, 8)
//   kBlob, kBlobCompressed, kJson, kGeometry, kVector   bytes of the length prefix (1 to 4)
//   kNewDecimal                                precision << 8 | scale
//   kBit                                       whole number of bits
//   kTimestamp2, kDateTime2, kTime2            fraction digits (0 to 6)
//   others                                     0
struct CellType {
  ColumnType type = ColumnType::kNull;
  uint16_t meta = 0;
  friend bool operator==(const CellType&, const CellType&) = default;
};

}  // namespace millrace::cell
