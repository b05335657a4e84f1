// SPDX-License-Identifier: Apache-2.0
// Text of unknown goodness as valid UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace millrace::format::dts_avro {

// The same text with each byte that is no part of valid UTF-8 replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

}  // namespace millrace::format::dts_avro
