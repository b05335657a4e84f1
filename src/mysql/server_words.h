// SPDX-License-Identifier: Apache-2.0
// What a server, or whoever answers in its place, says: fit to stand in an Error.
#pragma once

#include <string>
#include <string_view>

#include "base/charset.h"

namespace millrace::mysql {

// One line of valid UTF-8 without control characters, from at most `limit` bytes.
inline std::string server_words(std::string_view text, size_t limit = 600) {
  std::string out = to_utf8("utf8mb4", as_bytes(text.substr(0, limit)));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7F') c = ' ';
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace millrace::mysql
