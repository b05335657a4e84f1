// SPDX-License-Identifier: Apache-2.0
// The small events: file and transaction borders, liveness, annotations. Bodies are as
// open_event() gives them; views live as long as the event.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "mysql/event_format.h"

namespace millrace::mysql {

// Position 8, then the file's name to the end.
struct RotateEvent {
  uint64_t position = 0;
  std::string_view file;
};
Result<RotateEvent> decode_rotate(Bytes body);

// The transaction's number in the storage engine.
Result<uint64_t> decode_xid(Bytes body);

// Types 27 and 41. `position` is the header's low 32 bits for 27, and all 64 where the server
// says them (41, and MariaDB past 4 GiB).
struct HeartbeatEvent {
  uint64_t position = 0;
  std::string_view file;
};
Result<HeartbeatEvent> decode_heartbeat(const EventView& event);

// The statement that the following rows come from: ROWS_QUERY and MariaDB's ANNOTATE_ROWS. In the
// client's character set, which nobody tells.
Result<std::string_view> decode_rows_query(Bytes body);
std::string_view decode_annotate_rows(Bytes body);

// The server lost changes.
struct IncidentEvent {
  uint16_t code = 0;  // 1: LOST_EVENTS
  std::string_view message;
};
Result<IncidentEvent> decode_incident(Bytes body);

struct XidView {
  uint32_t format = 0;
  std::string_view gtrid;
  std::string_view bqual;
};
// Event 38: the end of a prepared XA transaction, or of one that was committed in one phase.
struct XaPrepareEvent {
  bool one_phase = false;
  XidView xid;
};
Result<XaPrepareEvent> decode_xa_prepare(Bytes body);

struct StartEncryptionEvent {
  uint8_t scheme = 0;
  uint32_t key_version = 0;
};
Result<StartEncryptionEvent> decode_start_encryption(Bytes body);

}  // namespace millrace::mysql
