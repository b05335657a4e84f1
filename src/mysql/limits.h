// SPDX-License-Identifier: Apache-2.0
// The stated maximums of this room.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace::mysql {

inline constexpr size_t kMaxEventSize =
    (size_t{1} << 30) + (size_t{1} << 20);                   // one event, held whole
inline constexpr size_t kMaxDecompressed = size_t{1} << 30;  // a compressed event, unpacked
inline constexpr int kMaxZstdWindowLog = 27;                 // 128 MiB: all that the server can ask
inline constexpr size_t kMaxColumns = 4096;                  // MySQL's own limit for a table
inline constexpr size_t kMaxTagLength = 32;                  // of a GTID
inline constexpr size_t kMaxGtidText = size_t{64} << 20;     // a GTID set as text
inline constexpr uint32_t kReadTimeoutSeconds = 30;          // a dump connection that says nothing

}  // namespace millrace::mysql
