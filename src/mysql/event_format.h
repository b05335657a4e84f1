// SPDX-License-Identifier: Apache-2.0
// An event's frame: the common header, the body, the checksum; and FORMAT_DESCRIPTION, which says
// how the events of its file are framed. Common header (v4), 19 bytes:
//
//   offset  size  field
//        0     4  timestamp  seconds; of the statement's start; 0 in artificial events
//        4     1  type
//        5     4  server_id  of the server that committed first
//        9     4  size       with this header and the checksum
//       13     4  log_pos    end of the event in its file, low 32 bits; 0 where it has none
//       17     2  flags
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "mysql/event_type.h"

namespace millrace::mysql {

inline constexpr size_t kEventHeaderSize = 19;

struct EventHeader {
  uint32_t timestamp = 0;
  EventType type = EventType::kUnknown;
  uint32_t server_id = 0;
  uint32_t size = 0;
  uint32_t log_pos = 0;
  uint16_t flags = 0;
};

// An event: its header and what lies between header and checksum. A view of the raw bytes.
struct EventView {
  EventHeader header;
  Bytes body;
};

enum class Checksum : uint8_t {
  kOff = 0,
  kCrc32 = 1,
  kUndefined = 255,  // no FORMAT_DESCRIPTION yet: an event's last four bytes decide
};

// How the events of one file are framed. The default is that of before any FORMAT_DESCRIPTION:
// what current servers write, with or without checksums.
struct EventFormat {
  uint16_t binlog_version = 4;
  std::string server_version;  // as the file has it
  Flavour flavour = Flavour::kUnknown;
  Checksum checksum = Checksum::kUndefined;
  uint32_t created = 0;  // not 0 in the first file after a start of the server
  std::array<uint8_t, 256> post_header_lengths = default_post_header_lengths();

  // Bytes of a table id in TABLE_MAP and ROWS events: 4 in 5.1's first versions, else 6.
  size_t table_id_width(EventType type) const {
    return post_header_lengths[static_cast<uint8_t>(type)] == 6 ? 4 : 6;
  }
  // 8.0.36 is 80036; 0 when the text does not begin with a number.
  uint32_t version_number() const;

  static std::array<uint8_t, 256> default_post_header_lengths();
};

// The header alone. kTruncated under 19 bytes, kCorrupt for a size under 19.
Result<EventHeader> decode_event_header(Bytes raw);

// One event as it came, whole: splits and checks it. Its size must be that of `raw`; its CRC-32
// must agree where the file has checksums (kCorrupt names both values).
Result<EventView> open_event(Bytes raw, const EventFormat& format);

// An event from inside a TRANSACTION_PAYLOAD: those have no checksum.
Result<EventView> open_inner_event(Bytes raw);

// `body` as open_event() gives it. kUnsupported for files of before MySQL 5.0.
Result<EventFormat> decode_format_description(Bytes body);

}  // namespace millrace::mysql
