// SPDX-License-Identifier: Apache-2.0
// MariaDB's UUID, INET4 and INET6 as text. Rows hold them as BINARY with trailing zero bytes cut:
// what is missing at the end is zero.
#pragma once

#include <cstddef>

#include "base/bytes.h"

namespace millrace::cell {

inline constexpr size_t kMaxAddressText = 46;

// Each writes at most kMaxAddressText characters and returns the end. `value` is at most 16 (4)
// bytes.
char* print_uuid(char* out, Bytes value);   // 8-4-4-4-12 digits, lower case, in byte order
char* print_inet4(char* out, Bytes value);  // 192.168.0.1
// As MariaDB prints it: groups without leading zeros, the longest run of zero groups (also of one)
// as
// ::, ::1.2.3.4 and ::ffff:1.2.3.4 with their IPv4 part.
char* print_inet6(char* out, Bytes value);

}  // namespace millrace::cell
