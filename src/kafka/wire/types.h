// SPDX-License-Identifier: Apache-2.0
// How a Kafka message is described. Each message is a struct with a `fields` function that names
// its fields in wire order with the versions that carry them: that one description drives the
// decoder, the encoder and the smallest size of an array's element. Field types:
//
//   bool int8_t .. int64_t, Uuid, std::string, Blob, Records, std::vector of these or of structs,
//   std::optional of a string, blob or vector: nullable on the wire
//
// A nullable field in a version that knows no null is written empty.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace millrace::kafka {

using Uuid = std::array<std::byte, 16>;

// The versions, first to last, that carry a field.
struct Versions {
  int16_t first = 0;
  int16_t last = 32767;
  constexpr bool holds(int16_t version) const { return first <= version && version <= last; }
};
inline constexpr Versions kAll{};
constexpr Versions since(int16_t first) { return {first, 32767}; }
constexpr Versions until(int16_t last) { return {0, last}; }
constexpr Versions between(int16_t first, int16_t last) { return {first, last}; }

// Opaque bytes of a client: same encoding as Kafka's `bytes`.
struct Blob {
  std::string data;
  bool operator==(const Blob&) const = default;
};

// Record batches. Read: a view into the frame. Written: `bytes`, then `external` more bytes that
// the writer does not hold; it notes the place (Writer::splices) and the sender puts them there.
struct Records {
  Bytes bytes;
  size_t external = 0;
  bool operator==(const Records& other) const {
    return external == other.external && as_text(bytes) == as_text(other.bytes);
  }
};

// The value of "authorised operations" for a client that did not ask.
inline constexpr int32_t kOpsNotAsked = INT32_MIN;

}  // namespace millrace::kafka
