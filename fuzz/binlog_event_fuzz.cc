// SPDX-License-Identifier: Apache-2.0
// Property: whatever the bytes, opening and decoding an event ends, reads only its bytes and gives
// a value or an error; all that a decoder gives a view of lies inside of them. The first byte
// chooses the format: flavour, checksums, the width of table ids.
#include <cstdlib>
#include <memory>

#include "mysql/decode_any_test_support.h"

namespace {

using namespace millrace;
using namespace millrace::mysql;

void check_inside(Bytes whole, Bytes part) {
  if (part.empty()) return;
  if (part.data() < whole.data() || part.data() + part.size() > whole.data() + whole.size())
    std::abort();
}

void check_views(const EventView& event, const EventFormat& format) {
  if (event.header.type == EventType::kTableMap) {
    if (const auto map = decode_table_map(event.body, format)) {
      check_inside(event.body, as_bytes(map->table));
      check_inside(event.body, map->null_bits);
      if (map->null_bits.size() * 8 < map->cells.size()) std::abort();
      if (!map->names.empty() && map->names.size() != map->cells.size()) std::abort();
      if (!map->collations.empty() && map->collations.size() != map->cells.size()) std::abort();
    }
  }
  if (!is_rows_event(event.header.type)) return;
  if (const auto rows = decode_rows(event, format)) {
    check_inside(event.body, rows->rows);
    if (!rows->before.empty() && rows->before.size() != (rows->width + 7) / 8) std::abort();
    if (!rows->after.empty() && rows->after.size() != (rows->width + 7) / 8) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  EventFormat format;
  format.flavour = (data[0] & 1) != 0 ? Flavour::kMariaDb : Flavour::kMySql;
  format.checksum = (data[0] & 2) != 0 ? Checksum::kOff : Checksum::kUndefined;
  if ((data[0] & 4) != 0) format.post_header_lengths.fill(6);
  // A block of its own, so that an overread is seen.
  const size_t length = size - 1;
  const std::unique_ptr<std::byte[]> copy(new std::byte[length]);
  for (size_t i = 0; i < length; ++i) copy[i] = static_cast<std::byte>(data[i + 1]);
  // The size in the header is made right: else hardly any input would get past it.
  if (length >= kEventHeaderSize)
    for (size_t i = 0; i < 4; ++i) copy[9 + i] = static_cast<std::byte>(length >> (8 * i));
  const auto event = open_event({copy.get(), length}, format);
  if (!event) return 0;
  check_views(*event, format);
  (void)decode_any(*event, format, [&](const EventView& inner) { check_views(inner, format); });
  return 0;
}
