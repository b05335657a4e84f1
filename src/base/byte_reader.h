// SPDX-License-Identifier: Apache-2.0
// A cursor over bytes that came from outside: the network, a disk, an older version of ourselves.
// Invariant: nothing outside the span is ever read. The first short read fails the reader for good;
// from then on reads give zero or empty. A decoder therefore reads its fields straight down and
// asks ok() once, before it believes a length or allocates for it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace millrace {

class ByteReader {
 public:
  explicit ByteReader(Bytes data) : rest_(data) {}

  // An unsigned little-endian number `width` bytes wide, 1 to 8 (MySQL uses 1, 2, 3, 4, 6 and 8).
  uint64_t le(size_t width) {
    uint64_t value = 0;
    for (uint64_t shift = 0; std::byte b : bytes(width)) {
      value |= std::to_integer<uint64_t>(b) << shift;
      shift += 8;
    }
    return value;
  }
  // An unsigned big-endian number `width` bytes wide, 1 to 8.
  uint64_t be(size_t width) {
    uint64_t value = 0;
    for (std::byte b : bytes(width)) value = value << 8 | std::to_integer<uint64_t>(b);
    return value;
  }
  uint8_t u8() { return static_cast<uint8_t>(le(1)); }
  uint16_t u16() { return static_cast<uint16_t>(le(2)); }
  uint32_t u32() { return static_cast<uint32_t>(le(4)); }
  uint64_t u64() { return le(8); }

  // MySQL's length-encoded integer. 0xFB (NULL) and 0xFF are no numbers and fail the reader.
  uint64_t lenenc() {
    const uint8_t first = u8();
    if (first < 0xFB) return first;
    if (first == 0xFC) return le(2);
    if (first == 0xFD) return le(3);
    if (first == 0xFE) return le(8);
    fail();
    return 0;
  }
  Bytes lenenc_bytes() { return bytes(lenenc()); }

  // A view into the caller's buffer: valid as long as that buffer, no longer.
  Bytes bytes(size_t count) {
    ok_ = ok_ && count <= rest_.size();
    if (!ok_) return {};
    const Bytes head = rest_.first(count);
    rest_ = rest_.subspan(count);
    return head;
  }
  std::string_view text(size_t count) { return as_text(bytes(count)); }
  void skip(size_t count) { bytes(count); }
  Bytes rest() const { return ok_ ? rest_ : Bytes{}; }
  size_t left() const { return ok_ ? rest_.size() : 0; }
  bool at_end() const { return left() == 0; }
  void fail() { ok_ = false; }
  bool ok() const { return ok_; }

 private:
  Bytes rest_;
  bool ok_ = true;
};

}  // namespace millrace
