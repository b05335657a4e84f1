// SPDX-License-Identifier: Apache-2.0
#include "format/dts_avro/utf8.h"

#include <cstdint>

namespace millrace::format::dts_avro {
namespace {

bool is_tail(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }

// Octets of the sequence at the start of `text`, 0 when it is none (also overlong forms, surrogates
// and what is beyond U+10FFFF).
size_t sequence_size(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  if (lead < 0x80) return 1;
  const size_t size = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (size == 0 || size > text.size()) return 0;
  for (size_t i = 1; i < size; ++i)
    if (!is_tail(text[i])) return 0;
  const auto second = static_cast<uint8_t>(text[1]);
  const bool bad = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                   (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
  return bad ? 0 : size;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const size_t size = sequence_size(text);
    valid += size == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return valid;
}

}  // namespace millrace::format::dts_avro
