// SPDX-License-Identifier: Apache-2.0
// A row change before it is a record: a table's definition joined with how its values lie in the
// event, and views of the images' bytes. Knows no wire and no format; owns no row.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "cell/cell_type.h"
#include "schema/table.h"

namespace millrace::change {

// A table's definition together with the TABLE_MAP that it was checked against. Immutable; encoders
// keep what they prepared for a shape by its address.
// Invariant: each column has its cell, which fits it; behind them are only the hidden BIGINTs of
// MariaDB's hashed keys (schema::hidden_hashes), which no record shows.
struct RowShape {
  schema::TablePtr table;
  std::vector<cell::CellType> cells;
};
using RowShapePtr = std::shared_ptr<const RowShape>;

enum class RowKind : uint8_t { kInsert, kUpdate, kDelete };

// Which columns the images of one rows event hold, one bit a column, LSB first, as in the event.
// INSERT has no `before`, DELETE no `after`: those are empty.
struct RowColumns {
  Bytes before;
  Bytes after;
};

}  // namespace millrace::change
