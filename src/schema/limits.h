// SPDX-License-Identifier: Apache-2.0
// Every maximum of this room.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace::schema {

// A DDL text over this is not read: its tables are in doubt. 4096 columns with long comments stay
// far below.
inline constexpr size_t kMaxStatementBytes = 64 << 20;
// As in the servers, which refuse more; a text that has more is not one that a server accepted.
inline constexpr size_t kMaxColumns = 4096;
inline constexpr size_t kMaxKeys = 1024;
inline constexpr size_t kMaxKeyParts = 64;
inline constexpr size_t kMaxLabels = 65535;
// The longest name is 64 characters, of at most 4 bytes.
inline constexpr size_t kMaxNameBytes = 256;

}  // namespace millrace::schema
