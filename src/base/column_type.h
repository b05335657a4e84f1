// SPDX-License-Identifier: Apache-2.0
// MySQL's numbers for the types of columns, as they stand in TABLE_MAP events once the "real type"
// of a STRING is unfolded (mysql-source spec 3.1). The numbers are the wire's; do not renumber.
#pragma once

#include <cstdint>

namespace millrace {

enum class ColumnType : uint8_t {
  kDecimal = 0,  // before 5.0: refused
  kTiny = 1,
  kShort = 2,
  kLong = 3,
  kFloat = 4,
  kDouble = 5,
  kNull = 6,
  kTimestamp = 7,  // storage of before 5.6.4
  kLongLong = 8,
  kInt24 = 9,
  kDate = 10,
  kTime = 11,      // storage of before 5.6.4
  kDateTime = 12,  // storage of before 5.6.4
  kYear = 13,
  kVarchar = 15,
  kBit = 16,
  kTimestamp2 = 17,
  kDateTime2 = 18,
  kTime2 = 19,
  kTypedArray = 20,          // hidden columns only
  kBlobCompressed = 140,     // MariaDB
  kVarcharCompressed = 141,  // MariaDB
  kVector = 242,             // MySQL 9
  kJson = 245,               // MySQL
  kNewDecimal = 246,
  kEnum = 247,
  kSet = 248,
  kBlob = 252,  // all of TINYTEXT to LONGBLOB
  kVarString = 253,
  kString = 254,  // CHAR and BINARY
  kGeometry = 255,
};

}  // namespace millrace
