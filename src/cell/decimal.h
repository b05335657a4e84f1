// SPDX-License-Identifier: Apache-2.0
// DECIMAL(precision, scale) as it lies in a row image: the digits before and after the point, each
// side in groups of nine digits in four big-endian bytes, left-over digits (leading before the
// point, trailing after it) in as few bytes as hold them. The first bit is 1 for a value that is
// not negative; all bytes of a negative one are complemented.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "cell/limits.h"

namespace millrace::cell {

// Octets of a value. Precision 1 to 65, scale at most precision; anything else gives 0.
size_t decimal_size(unsigned precision, unsigned scale);

struct DecimalText {
  size_t size = 0;      // characters written
  unsigned digits = 0;  // significant digits of this value without its sign: 348.00 has 5, 0.05 has
                        // 1, zero has 1; what BigDecimal.precision() says
};

// Writes the value with exactly `scale` fraction digits and at least one digit before the point,
// never "-0", into `out`, which holds kMaxDecimalText. `in` holds decimal_size(precision, scale)
// bytes. Nothing when a group has more digits than fit it (damage).
std::optional<DecimalText> decimal_text(const std::byte* in, unsigned precision, unsigned scale,
                                        char* out);

}  // namespace millrace::cell
