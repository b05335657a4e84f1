// SPDX-License-Identifier: Apache-2.0
// Spec 5.2 as a function: which number and value record a column gets, and how its values are read.
#pragma once

#include <string_view>

#include "base/result.h"
#include "cell/cell_type.h"
#include "format/dts_avro/plan.h"
#include "format/dts_avro/record.h"
#include "schema/table.h"

namespace millrace::format::dts_avro {

struct ColumnRecord {
  OpCode code = OpCode::kAbsent;
  TypeNumber number{};
  ValueKind kind = ValueKind::kNull;
  std::string_view
      label;  // charset or type, where the value record has one; lives as long as the column
  int32_t precision = 0;  // Integer
};

// kMismatch when the cell's type is no way to store the column, kUnsupported for a type that we do
// not read, kCorrupt for metadata that no server writes.
Result<ColumnRecord> column_record(const schema::Column& column, cell::CellType type);

}  // namespace millrace::format::dts_avro
