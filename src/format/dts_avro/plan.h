// SPDX-License-Identifier: Apache-2.0
// What a table's shape and an event's column bitmaps decide about the records of its rows, worked
// out once: constant bytes, and one small operation a column.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "change/row.h"
#include "format/dts_avro/record.h"

namespace millrace::format::dts_avro {

enum class OpCode : uint8_t {
  kAbsent,  // the image lacks the column: EmptyObject NONE, nothing is read
  kSigned,
  kUnsigned,
  kBit,
  kYear,
  kFloat,
  kDouble,
  kDecimal,
  kDate,
  kOldTime,
  kOldDateTime,
  kOldTimestamp,
  kTime2,
  kDateTime2,
  kTimestamp2,
  kBytes,   // Character or BinaryObject: length, then bytes that are copied
  kPadded,  // BINARY(n): the same, filled with zeros to n
  kUuid,
  kInet4,
  kInet6,
  kEnum,
  kSet,
  kJson,
  kGeometry,
  kInflate,  // as kBytes once it is inflated
};

// ENUM and SET: labels by index (from 1; 0 is empty) or by bit (from 0).
struct Labels {
  std::vector<std::string> text;
  size_t longest = 0;  // of an ENUM; of all of a SET joined
};

// Union branches and constant strings go before a value; the longest is a Character's with the 32
// characters that MySQL allows for the name of a character set.
inline constexpr size_t kMaxHead = 40;

struct Op {
  OpCode code = OpCode::kAbsent;
  uint8_t size = 0;       // octets of the value, or of the length before it
  uint8_t precision = 0;  // DECIMAL
  uint8_t scale = 0;      // DECIMAL; fraction digits of a temporal type
  uint8_t head_size = 0;
  uint16_t bits = 0;    // BIT
  uint16_t column = 0;  // in the table, to name it in errors
  uint32_t pad = 0;     // BINARY: octets to fill to
  std::array<std::byte, kMaxHead> head{};
  const Labels* labels = nullptr;
};

struct ImagePlan {
  std::vector<Op> ops;    // one a field
  size_t null_bytes = 0;  // octets of the null bitmap: one bit a column that is there
  size_t hidden = 0;      // BIGINTs behind the fields, which are read and not shown
  std::string list_head;  // the image's union branch and the count of its items
};

struct Plan {
  // What it was made for. Holding the table keeps its address from being given to another.
  schema::TablePtr table;
  std::vector<cell::CellType> cells;
  change::RowKind kind = change::RowKind::kInsert;
  std::string before_columns;
  std::string after_columns;
  bool fits(const change::RowShape& shape, change::RowKind row_kind,
            const change::RowColumns& columns) const;

  std::string object;     // objectName and processTimestamps
  int64_t tag_count = 0;  // pk_uk_info where there is one, and metaVersion
  std::string key_tag;    // pk_uk_info with its value; empty without keys
  std::string meta_tag;   // metaVersion with its value
  std::string fields;     // with its union branch
  ImagePlan before;
  ImagePlan after;
  std::vector<std::unique_ptr<Labels>> labels;
  // Octets of a record without ids, transaction and the contents of strings, at most.
  size_t bound = 0;
};

// kMismatch or kUnsupported for a column that has no place in a record.
Result<std::unique_ptr<Plan>> make_plan(const change::RowShape& shape, change::RowKind kind,
                                        const change::RowColumns& columns);

}  // namespace millrace::format::dts_avro
