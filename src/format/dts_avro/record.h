// SPDX-License-Identifier: Apache-2.0
// The numbers of the dts-avro schema (spec 3.1, 3.2, 5.1). They are the wire's; do not renumber.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace millrace::format::dts_avro {

enum class Operation : uint8_t {
  kInsert = 0,
  kUpdate = 1,
  kDelete = 2,
  kDdl = 3,
  kBegin = 4,
  kCommit = 5,
  kRollback = 6,
  kAbort = 7,
  kHeartbeat = 8,
};
inline constexpr std::array<std::string_view, 17> kOperationNames = {
    "INSERT",   "UPDATE",  "DELETE",    "DDL",        "BEGIN",   "COMMIT",
    "ROLLBACK", "ABORT",   "HEARTBEAT", "CHECKPOINT", "COMMAND", "FILL",
    "FINISH",   "CONTROL", "RDB",       "NOOP",       "INIT"};
inline constexpr std::array<std::string_view, 13> kSourceTypeNames = {
    "MySQL", "Oracle", "SQLServer", "PostgreSQL", "MongoDB", "Redis", "DB2",
    "PPAS",  "DRDS",   "HBASE",     "HDFS",       "FILE",    "OTHER"};

// Branches of an image item's union.
enum class ValueKind : uint8_t {
  kNull = 0,
  kInteger = 1,
  kCharacter = 2,
  kDecimal = 3,
  kFloat = 4,
  kTimestamp = 5,
  kDateTime = 6,
  kTimestampWithTimeZone = 7,
  kBinaryGeometry = 8,
  kTextGeometry = 9,
  kBinaryObject = 10,
  kTextObject = 11,
  kEmptyObject = 12,
};
inline constexpr int kValueKinds = 13;

// dataTypeNumber by column. A number decides which ValueKind the strictest reader expects
// (spec 5.1).
enum class TypeNumber : uint8_t {
  kInt8 = 1,
  kInt16 = 2,
  kInt32 = 3,
  kFloat = 4,
  kDouble = 5,
  kTimestamp = 7,
  kInt64 = 8,
  kInt24 = 9,
  kDate = 10,
  kTime = 11,
  kDateTime = 12,
  kYear = 13,
  kText = 15,
  kBit = 16,
  kJson = 245,
  kDecimal = 246,
  kEnum = 247,
  kSet = 248,
  kBinary = 252,  // BINARY, VARBINARY, all BLOBs, VECTOR
  kVarchar = 253,
  kChar = 254,
  kGeometry = 255,
};

// A consumer takes a record of this size or less for a filler and skips it (spec 2.7).
inline constexpr size_t kFillerSize = 48;

// FLOAT and DOUBLE say these, whatever the column.
inline constexpr int32_t kFloatPrecision = 8;
inline constexpr int32_t kFloatScale = 15;

}  // namespace millrace::format::dts_avro
