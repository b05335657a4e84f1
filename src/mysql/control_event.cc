// SPDX-License-Identifier: Apache-2.0
#include "mysql/control_event.h"

#include <fmt/format.h>

#include "base/byte_reader.h"

namespace millrace::mysql {
namespace {

Error short_body(std::string_view event, Bytes body) {
  return {Errc::kTruncated,
          fmt::format("{} event: its body ends after {} bytes", event, body.size())};
}

// Items of type, length, value, all numbers length-encoded: 1 is the file, 2 the position, 0 ends.
Result<HeartbeatEvent> decode_heartbeat_v2(Bytes body) {
  ByteReader in(body);
  HeartbeatEvent event;
  while (!in.at_end()) {
    const uint64_t type = in.lenenc();
    if (!in.ok()) break;
    if (type == 0) return event;
    const Bytes value = in.lenenc_bytes();
    if (type == 1) event.file = as_text(value);
    if (type == 2) {
      ByteReader number(value);
      event.position = number.lenenc();
      if (!number.ok()) in.fail();
    }
  }
  if (!in.ok()) return short_body("HEARTBEAT_V2", body);
  return event;
}

}  // namespace

Result<RotateEvent> decode_rotate(Bytes body) {
  ByteReader in(body);
  RotateEvent event;
  event.position = in.u64();
  event.file = as_text(in.rest());
  if (!in.ok()) return short_body("ROTATE", body);
  if (event.file.empty()) return Error{Errc::kTruncated, "ROTATE event: no file name"};
  if (event.file.find('\0') != std::string_view::npos)
    return Error{Errc::kCorrupt, "ROTATE event: its file name holds a zero byte"};
  return event;
}

Result<uint64_t> decode_xid(Bytes body) {
  ByteReader in(body);
  const uint64_t xid = in.u64();
  if (!in.ok()) return short_body("XID", body);
  return xid;
}

Result<HeartbeatEvent> decode_heartbeat(const EventView& event) {
  if (event.header.type == EventType::kHeartbeatV2) return decode_heartbeat_v2(event.body);
  ByteReader in(event.body);
  HeartbeatEvent heartbeat;
  heartbeat.position = event.header.log_pos;
  // MariaDB past 4 GiB: position 8, then the name. No file name begins with a zero byte, and a
  // position below 2^56 ends with one.
  if (event.header.log_pos == 0 && event.body.size() > 8 && event.body[7] == std::byte{0})
    heartbeat.position = in.u64();
  heartbeat.file = as_text(in.rest());
  return heartbeat;
}

Result<std::string_view> decode_rows_query(Bytes body) {
  ByteReader in(body);
  in.skip(1);  // a length that saturates at 255
  if (!in.ok()) return short_body("ROWS_QUERY", body);
  return as_text(in.rest());
}

std::string_view decode_annotate_rows(Bytes body) { return as_text(body); }

Result<IncidentEvent> decode_incident(Bytes body) {
  ByteReader in(body);
  IncidentEvent event;
  event.code = in.u16();
  event.message = in.text(in.u8());
  if (!in.ok()) return short_body("INCIDENT", body);
  return event;
}

Result<XaPrepareEvent> decode_xa_prepare(Bytes body) {
  ByteReader in(body);
  XaPrepareEvent event;
  event.one_phase = in.u8() != 0;
  event.xid.format = in.u32();
  const uint32_t gtrid = in.u32();
  const uint32_t bqual = in.u32();
  event.xid.gtrid = in.text(gtrid);
  event.xid.bqual = in.text(bqual);
  if (!in.ok()) return short_body("XA_PREPARE", body);
  if (gtrid > 64 || bqual > 64)
    return Error{Errc::kCorrupt, fmt::format("XA_PREPARE event: an xid of {} and {} bytes, each "
                                             "has at most 64",
                                             gtrid, bqual)};
  return event;
}

Result<StartEncryptionEvent> decode_start_encryption(Bytes body) {
  ByteReader in(body);
  StartEncryptionEvent event;
  event.scheme = in.u8();
  event.key_version = in.u32();
  in.skip(12);  // nonce
  if (!in.ok()) return short_body("START_ENCRYPTION", body);
  return event;
}

}  // namespace millrace::mysql
