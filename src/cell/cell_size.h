// SPDX-License-Identifier: Apache-2.0
// How many bytes a value takes, its length prefix included: what a reader asks before it reads one,
// and all that it asks of a value that it skips.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "cell/cell_type.h"

namespace millrace::cell {

// Octets of a value whose type alone decides that; 0 where a length stands before it or where the
// type cannot stand in a row.
size_t fixed_size(CellType type);

// Octets of the length before a value of this type, 1 to 4; 0 where there is none.
size_t length_size(CellType type);

// Size of the value at the start of `bytes`. kTruncated when it does not fit, kUnsupported for a
// type that we do not read (kDecimal of before 5.0, kTypedArray), kCorrupt for metadata that no
// server writes.
Result<size_t> cell_size(CellType type, Bytes bytes);

}  // namespace millrace::cell
