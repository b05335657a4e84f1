// SPDX-License-Identifier: Apache-2.0
// For tests and fuzzing: every decoder that an event of this type has. Follows FORMAT_DESCRIPTION.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "mysql/event.h"
#include "mysql/gtid_set.h"
#include "mysql/mariadb_gtids.h"

namespace millrace::mysql {

// Called for each event that came out of another: of a payload, or of MariaDB's compression.
using InnerEvent = std::function<void(const EventView&)>;

inline Status decode_any(const EventView& event, EventFormat& format, const InnerEvent& on_inner);

namespace decode_any_detail {

template <class T>
Status as_status(Result<T> result) {
  if (!result) return std::move(result.error());
  return Done{};
}

inline Status decode_payload(Bytes body, EventFormat& format, const InnerEvent& on_inner) {
  PayloadReader reader = TRY(PayloadReader::open(body));
  for (;;) {
    const Bytes raw = TRY(reader.next());
    if (raw.empty()) return Done{};
    const EventView inner = TRY(open_inner_event(raw));
    on_inner(inner);
    TRY(decode_any(inner, format, on_inner));
  }
}

// One fragment, and up to three more of the same body under the numbers that come next.
inline Status decode_fragments(const EventView& event, EventFormat& format,
                               const InnerEvent& on_inner) {
  FragmentedEvent fragments;
  auto whole = TRY(fragments.add(event));
  constexpr size_t kHead = 9;
  for (uint32_t number = 2; !whole && fragments.pending() && number < 5; ++number) {
    std::vector<std::byte> next(event.body.begin(), event.body.end());
    next[4] = static_cast<std::byte>(number);
    next[kHead - 1] = std::byte{0};
    EventView following = event;
    following.body = next;
    whole = TRY(fragments.add(following));
  }
  if (!whole) return Done{};
  on_inner(*whole);
  return decode_any(*whole, format, on_inner);
}

}  // namespace decode_any_detail

inline Status decode_any(const EventView& event, EventFormat& format, const InnerEvent& on_inner) {
  using decode_any_detail::as_status;
  using T = EventType;
  if (is_rows_event(event.header.type)) return as_status(decode_rows(event, format));
  if (is_compressed(event.header.type)) {
    Buffer storage;
    return decode_any(TRY(decompress_event(event, format, storage)), format, on_inner);
  }
  switch (event.header.type) {
    case T::kFormatDescription:
      format = TRY(decode_format_description(event.body));
      return Done{};
    case T::kRotate:
      return as_status(decode_rotate(event.body));
    case T::kQuery:
      return as_status(decode_query(event.body));
    case T::kExecuteLoadQuery:
      return as_status(decode_execute_load_query(event.body));
    case T::kXid:
      return as_status(decode_xid(event.body));
    case T::kTableMap:
      (void)TRY(table_map_id(event.body, format));
      return as_status(decode_table_map(event.body, format));
    case T::kGtid:
    case T::kAnonymousGtid:
    case T::kGtidTagged:
    case T::kMariaDbGtid:
      (void)TRY(decode_gtid(event)).text();
      return Done{};
    case T::kPreviousGtids:
      return as_status(GtidSet::decode(event.body));
    case T::kGtidList:
      return as_status(MariaDbGtids::decode_gtid_list(event.body));
    case T::kHeartbeat:
    case T::kHeartbeatV2:
      return as_status(decode_heartbeat(event));
    case T::kRowsQuery:
      return as_status(decode_rows_query(event.body));
    case T::kIncident:
      return as_status(decode_incident(event.body));
    case T::kXaPrepare:
      return as_status(decode_xa_prepare(event.body));
    case T::kStartEncryption:
      return as_status(decode_start_encryption(event.body));
    case T::kPartialRowData:
      return decode_any_detail::decode_fragments(event, format, on_inner);
    case T::kTransactionPayload:
      return decode_any_detail::decode_payload(event.body, format, on_inner);
    default:
      return Done{};
  }
}

}  // namespace millrace::mysql
