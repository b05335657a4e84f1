// SPDX-License-Identifier: Apache-2.0
// Avro's binary pieces, written through a raw pointer where there is room for them.
#pragma once

#include <charconv>
#include <concepts>
#include <cstring>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "base/varint.h"
#include "format/dts_avro/record.h"

namespace millrace::format::dts_avro {

// Union branches of [null, string, array].
inline constexpr std::byte kNullBranch{0};
inline constexpr std::byte kTextBranch{2};
inline constexpr std::byte kListBranch{4};

inline constexpr size_t kMaxNumberText = 20;  // of a 64-bit number
// `<offset>@<file number>` with its length.
inline constexpr size_t kMaxPosition = 1 + kMaxNumberText + 1 + 10;

inline std::byte* write_raw(std::byte* out, std::string_view bytes) {
  if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
  return out + bytes.size();
}
inline std::byte* write_string(std::byte* out, std::string_view text) {
  out = write_varint(out, static_cast<int64_t>(text.size()));
  return write_raw(out, text);
}
// A number as a string: its length is one byte, since it has at most 20 characters.
template <std::integral Number>
std::byte* write_number_text(std::byte* out, Number number) {
  auto* text = reinterpret_cast<char*>(out + 1);
  const char* end = std::to_chars(text, text + kMaxNumberText, number).ptr;
  const auto size = static_cast<size_t>(end - text);
  *out = static_cast<std::byte>(size << 1);
  return out + 1 + size;
}
inline std::byte* write_position(std::byte* out, uint64_t offset, uint32_t file_number) {
  auto* text = reinterpret_cast<char*>(out + 1);
  char* end = std::to_chars(text, text + kMaxNumberText, offset).ptr;
  *end++ = '@';
  end = std::to_chars(end, end + 10, file_number).ptr;
  const auto size = static_cast<size_t>(end - text);
  *out = static_cast<std::byte>(size << 1);
  return out + 1 + size;
}

// The same appended to something that grows.
inline void append_varint(Buffer& out, int64_t value) {
  std::byte* at = out.reserve(kMaxVarint);
  out.commit(static_cast<size_t>(write_varint(at, value) - at));
}
inline void append_string(Buffer& out, std::string_view text) {
  append_varint(out, static_cast<int64_t>(text.size()));
  out.append(text);
}

// A MySQL identifier inside objectName (spec 4.4).
void append_escaped(std::string& out, std::string_view identifier);

}  // namespace millrace::format::dts_avro
