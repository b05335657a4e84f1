// SPDX-License-Identifier: Apache-2.0
// WRITE, UPDATE and DELETE_ROWS, versions 0 to 2, and PARTIAL_UPDATE_ROWS: the head of the event.
// Body:
//
//   table id 6 (4 in old 5.1), flags 2, in version 2 extra information (length 2, counting itself),
//   width (length-encoded), which columns are there (width bits), for UPDATE the same for the image
//   after, then the rows.
//
// The rows themselves are read by who knows the columns (cell/). Nothing is allocated here.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "mysql/event_format.h"

namespace millrace::mysql {

enum class RowsKind : uint8_t { kWrite, kUpdate, kDelete };

struct RowsEvent {
  RowsKind kind = RowsKind::kWrite;
  uint64_t table_id = 0;
  uint16_t flags = 0;
  bool statement_end = false;          // the statement's TABLE_MAPs end here
  bool has_partial_documents = false;  // type 39: JSON columns may be differences
  size_t width = 0;                    // columns that the images speak of
  Bytes before;  // which columns the image before holds, LSB first; empty for a write
  Bytes after;   // likewise after; empty for a delete
  std::optional<uint16_t> partition;         // MySQL 8.0.16 and later
  std::optional<uint16_t> source_partition;  // of an update
  Bytes rows;                                // to the event's end
};

bool is_rows_event(EventType type);  // without the compressed ones

Result<RowsEvent> decode_rows(const EventView& event, const EventFormat& format);

}  // namespace millrace::mysql
