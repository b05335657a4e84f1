// SPDX-License-Identifier: Apache-2.0
// Any bytes as an entry of the history: an error, or an entry that encodes to something which means
// the same.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "schema/history.h"

using namespace millrace;
using namespace millrace::schema;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read = decode_history_entry({reinterpret_cast<const std::byte*>(data), size});
  if (!read) return 0;
  if (const auto* input = std::get_if<Input>(&*read)) {
    const auto again = decode_history_entry(as_bytes(encode(*input)));
    CHECK(again && std::get<Input>(*again) == *input);
  }
  if (const auto* healed = std::get_if<Healed>(&*read)) {
    const std::string bytes = encode(*healed);
    const auto again = decode_history_entry(as_bytes(bytes));
    CHECK(again && encode(std::get<Healed>(*again)) == bytes);
  }
  if (const auto* change = std::get_if<Change>(&*read)) {
    const auto again = decode_history_entry(as_bytes(encode(*change)));
    CHECK(static_cast<bool>(again));
    Catalog a, b;
    a.replay(*change);
    b.replay(std::get<Change>(*again));
    CHECK(a == b);
  }
  return 0;
}
