// SPDX-License-Identifier: Apache-2.0
#include "mysql/rows_event.h"

#include <fmt/format.h>

#include "base/byte_reader.h"

namespace millrace::mysql {
namespace {

using T = EventType;

RowsKind kind_of(T type) {
  switch (type) {
    case T::kUpdateRowsV0:
    case T::kUpdateRowsV1:
    case T::kUpdateRowsV2:
    case T::kPartialUpdateRows:
      return RowsKind::kUpdate;
    case T::kDeleteRowsV0:
    case T::kDeleteRowsV1:
    case T::kDeleteRowsV2:
      return RowsKind::kDelete;
    default:
      return RowsKind::kWrite;
  }
}

bool has_extra_information(T type) {
  return (type >= T::kWriteRowsV2 && type <= T::kDeleteRowsV2) || type == T::kPartialUpdateRows;
}

// Items: type 1, then by type. After one that nobody knows the rest cannot be read, nor need be.
void read_extra(Bytes block, RowsEvent& event) {
  constexpr uint8_t kNdb = 0;
  constexpr uint8_t kPartition = 1;
  ByteReader in(block);
  while (!in.at_end()) {
    const uint8_t type = in.u8();
    if (type == kNdb) {
      const uint8_t length = in.u8();  // counts itself and the format byte
      if (length < 2) return;
      in.skip(length - size_t{1});
    } else if (type == kPartition) {
      const uint16_t partition = in.u16();
      if (in.ok()) event.partition = partition;
      if (event.kind != RowsKind::kUpdate) continue;
      const uint16_t source = in.u16();
      if (in.ok()) event.source_partition = source;
    } else {
      return;
    }
  }
}

}  // namespace

bool is_rows_event(T type) {
  return (type >= T::kWriteRowsV0 && type <= T::kDeleteRowsV1) ||
         (type >= T::kWriteRowsV2 && type <= T::kDeleteRowsV2) || type == T::kPartialUpdateRows;
}

Result<RowsEvent> decode_rows(const EventView& event, const EventFormat& format) {
  const T type = event.header.type;
  if (!is_rows_event(type))
    return Error{Errc::kRefused,
                 fmt::format("{} event where rows were expected", event_type_name(type))};
  constexpr uint16_t kStatementEnd = 0x1;
  ByteReader in(event.body);
  RowsEvent rows;
  rows.kind = kind_of(type);
  rows.has_partial_documents = type == T::kPartialUpdateRows;
  rows.table_id = in.le(format.table_id_width(type));
  rows.flags = in.u16();
  rows.statement_end = (rows.flags & kStatementEnd) != 0;
  if (has_extra_information(type)) {
    const uint16_t length = in.u16();
    if (length < 2) in.fail();
    read_extra(in.bytes(in.ok() ? length - size_t{2} : 0), rows);
  }
  const uint64_t width = in.lenenc();
  // A width that the body could not even hold the bits of is no number to compute with.
  if (width > uint64_t{event.body.size()} * 8) in.fail();
  const size_t bits = in.ok() ? (width + 7) / 8 : 0;
  const Bytes first = in.bytes(bits);
  const Bytes second = rows.kind == RowsKind::kUpdate ? in.bytes(bits) : Bytes{};
  if (!in.ok())
    return Error{Errc::kTruncated,
                 fmt::format("{} event: its body ends after {} bytes, before the rows",
                             event_type_name(type), event.body.size())};
  rows.width = width;
  if (rows.kind != RowsKind::kWrite) rows.before = first;
  rows.after = rows.kind == RowsKind::kUpdate  ? second
               : rows.kind == RowsKind::kWrite ? first
                                               : Bytes{};
  rows.rows = in.rest();
  return rows;
}

}  // namespace millrace::mysql
