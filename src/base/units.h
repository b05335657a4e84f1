// SPDX-License-Identifier: Apache-2.0
// Durations, sizes and times as people write and read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace {

// "90s", "15m", "24h", "7d", "500ms" to milliseconds. kInvalid shows the form.
Result<int64_t> parse_duration_ms(std::string_view text);
// "4096", "64KiB", "10 GiB", also with K, M, G, T alone, which are binary as well.
Result<int64_t> parse_bytes(std::string_view text);
// "18.2 GiB"
std::string bytes_text(uint64_t bytes);
// "0.4 s", "12 s", "3 min 20 s", "3 h 12 min", "2 d 4 h"
std::string duration_text(int64_t ms);

// "2026-11-24T04:10:00Z", with a fraction, with an offset such as +01:00; to microseconds since the
// epoch.
Result<int64_t> parse_rfc3339_us(std::string_view text);
// UTC with milliseconds: "2026-11-24T04:10:00.123Z".
std::string rfc3339_text(int64_t ms);

}  // namespace millrace
