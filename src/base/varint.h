// SPDX-License-Identifier: Apache-2.0
// Base-128 numbers, least significant group first, as Avro (long) and Kafka (varint, varlong,
// unsigned varint) write them. Writers return the end of what they wrote; at most 10 bytes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/byte_reader.h"

namespace millrace {

inline constexpr size_t kMaxVarint = 10;

inline uint64_t zigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t unzigzag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}
inline std::byte* write_uvarint(std::byte* out, uint64_t value) {
  while (value >= 0x80) {
    *out++ = static_cast<std::byte>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<std::byte>(value);
  return out;
}
inline std::byte* write_varint(std::byte* out, int64_t value) {
  return write_uvarint(out, zigzag(value));
}
inline size_t uvarint_size(uint64_t value) {
  size_t size = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++size;
  }
  return size;
}
inline size_t varint_size(int64_t value) { return uvarint_size(zigzag(value)); }

// At most `max_bytes` bytes (5 for Kafka's 32-bit numbers, 10 for 64-bit); longer fails the reader.
inline uint64_t read_uvarint(ByteReader& in, size_t max_bytes = kMaxVarint) {
  uint64_t value = 0;
  for (size_t i = 0; i < max_bytes; ++i) {
    const uint8_t byte = in.u8();
    value |= static_cast<uint64_t>(byte & 0x7F) << (7 * i);
    if ((byte & 0x80) == 0) return value;
  }
  in.fail();
  return 0;
}
inline int64_t read_varint(ByteReader& in, size_t max_bytes = kMaxVarint) {
  return unzigzag(read_uvarint(in, max_bytes));
}

}  // namespace millrace
