// SPDX-License-Identifier: Apache-2.0
// FLOAT and DOUBLE as numbers that people read.
#pragma once

#include <cstddef>

#include "base/bytes.h"

namespace millrace::cell {

double read_double(const std::byte* in);  // 8 bytes
// FLOAT, 4 bytes: the double that the float's shortest decimal stands for, so 0.1 is 0.1 and not
// 0.10000000149011612.
double read_float(const std::byte* in);

// A double as MySQL prints it inside JSON: shortest digits that read back the same; plain form for
// 1e-15 <= |x| < 1e15 and where there are fraction digits, else 1e20, 1.5e-16; a plain integer gets
// ".0". NaN and infinities, which JSON has not, print as MySQL's 0.0. Returns the end of what it
// wrote; kMaxDoubleText is room for any.
inline constexpr size_t kMaxDoubleText = 48;
char* print_json_double(char* out, double value);

}  // namespace millrace::cell
