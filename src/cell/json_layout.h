// SPDX-License-Identifier: Apache-2.0
// How MySQL's binary JSON lies in its bytes (mysql-source spec 3.8): what its readers share. A
// value is a type byte and what follows; in a container the types stand in its entries. Nothing
// outside the bytes that are given is read, whatever the offsets in them say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "cell/integer.h"

namespace millrace::cell {

enum class JsonType : uint8_t {
  kSmallObject = 0x00,
  kLargeObject = 0x01,
  kSmallArray = 0x02,
  kLargeArray = 0x03,
  kLiteral = 0x04,
  kInt16 = 0x05,
  kUint16 = 0x06,
  kInt32 = 0x07,
  kUint32 = 0x08,
  kInt64 = 0x09,
  kUint64 = 0x0A,
  kDouble = 0x0B,
  kString = 0x0C,
  kOpaque = 0x0F,
};

inline Error json_damaged(const char* what) {
  return {Errc::kCorrupt, std::string("JSON value: ") + what};
}
inline Error json_cut() {
  return {Errc::kTruncated, "JSON value: an offset or length leads out of its container"};
}

inline bool is_json_container(JsonType type) { return type <= JsonType::kLargeArray; }

// Octets of a value whose type alone decides that; 0 for the others and for unknown types.
inline size_t json_scalar_size(JsonType type) {
  switch (type) {
    case JsonType::kLiteral:
      return 1;
    case JsonType::kInt16:
    case JsonType::kUint16:
      return 2;
    case JsonType::kInt32:
    case JsonType::kUint32:
      return 4;
    case JsonType::kInt64:
    case JsonType::kUint64:
    case JsonType::kDouble:
      return 8;
    default:
      return 0;
  }
}

// Whether a container's entry holds the value itself and no offset.
inline bool is_json_inlined(JsonType type, bool large) {
  const size_t size = json_scalar_size(type);
  return size != 0 && size <= (large ? 4 : 2);
}

// What stands behind a length of 7 bits a byte, least significant first: strings, opaque values.
inline Result<Bytes> json_prefixed(Bytes data) {
  uint64_t size = 0;
  for (size_t i = 0; i < 5; ++i) {
    if (i >= data.size()) return json_cut();
    const auto byte = std::to_integer<uint64_t>(data[i]);
    size |= (byte & 0x7F) << (7 * i);
    if ((byte & 0x80) != 0) continue;
    if (size > data.size() - i - 1) return json_cut();
    return data.subspan(i + 1, static_cast<size_t>(size));
  }
  return json_damaged("a length of more than five bytes");
}

// An object or array: count, size, for an object its keys' places (offset, length), the values'
// types and places, then keys and values. Offsets count from the first byte of `data`.
// Invariant: `data` is as long as the container says, and holds the entries of `count` items.
struct JsonContainer {
  struct Value {
    JsonType type;
    Bytes data;  // begins with the value; ends with it or with its container
  };
  bool large = false;
  bool object = false;
  size_t count = 0;
  Bytes data;

  size_t offset_size() const { return large ? 4 : 2; }
  size_t head_size() const { return 2 * offset_size(); }
  size_t key_entry_size() const { return object ? offset_size() + 2 : 0; }
  size_t value_entry_size() const { return 1 + offset_size(); }
  size_t entries_size() const {
    return head_size() + count * (key_entry_size() + value_entry_size());
  }

  // Of item `i` < count; nothing when it lies outside.
  std::optional<Bytes> key(size_t i) const {
    const std::byte* entry = data.data() + head_size() + i * key_entry_size();
    const uint64_t offset = read_unsigned(entry, offset_size());
    const uint64_t size = read_unsigned(entry + offset_size(), 2);
    if (offset > data.size() || size > data.size() - offset) return std::nullopt;
    return data.subspan(static_cast<size_t>(offset), static_cast<size_t>(size));
  }
  std::optional<Value> value(size_t i) const {
    const std::byte* entry =
        data.data() + head_size() + count * key_entry_size() + i * value_entry_size();
    const auto type = static_cast<JsonType>(entry[0]);
    if (is_json_inlined(type, large)) return Value{type, Bytes(entry + 1, offset_size())};
    const uint64_t offset = read_unsigned(entry + 1, offset_size());
    if (offset >= data.size()) return std::nullopt;
    return Value{type, data.subspan(static_cast<size_t>(offset))};
  }
};

// The container of this type at the start of `data`; nothing when it does not fit there.
inline std::optional<JsonContainer> open_json_container(JsonType type, Bytes data) {
  JsonContainer container;
  container.large = type == JsonType::kLargeObject || type == JsonType::kLargeArray;
  container.object = type == JsonType::kSmallObject || type == JsonType::kLargeObject;
  const size_t width = container.offset_size();
  if (data.size() < container.head_size()) return std::nullopt;
  container.count = static_cast<size_t>(read_unsigned(data.data(), width));
  const auto size = static_cast<size_t>(read_unsigned(data.data() + width, width));
  if (size > data.size() || size < container.head_size()) return std::nullopt;
  container.data = data.first(size);
  const size_t item = container.key_entry_size() + container.value_entry_size();
  if (container.count > (size - container.head_size()) / item) return std::nullopt;
  return container;
}

}  // namespace millrace::cell
