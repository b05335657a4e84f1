// SPDX-License-Identifier: Apache-2.0
#include "mysql/gtid_event.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/byte_reader.h"
#include "mysql/limits.h"
#include "mysql/mysql_varint.h"

namespace millrace::mysql {
namespace {

Error truncated(EventType type, Bytes body) {
  return {Errc::kTruncated, fmt::format("{} event: its body ends after {} bytes",
                                        event_type_name(type), body.size())};
}

// --- types 33 and 34

void read_commit_times(ByteReader& in, GtidEvent& event) {
  constexpr uint64_t kOriginalFollows = uint64_t{1} << 55;
  const uint64_t immediate = in.le(7);
  event.immediate_commit_us = static_cast<int64_t>(immediate & ~kOriginalFollows);
  event.original_commit_us = event.immediate_commit_us;
  if ((immediate & kOriginalFollows) != 0)
    event.original_commit_us = static_cast<int64_t>(in.le(7));
}

void read_versions(ByteReader& in, GtidEvent& event) {
  constexpr uint32_t kOriginalFollows = uint32_t{1} << 31;
  const uint32_t immediate = in.u32();
  event.immediate_server_version = immediate & ~kOriginalFollows;
  event.original_server_version = event.immediate_server_version;
  if ((immediate & kOriginalFollows) != 0) event.original_server_version = in.u32();
}

Result<GtidEvent> decode_plain(const EventView& view) {
  constexpr uint8_t kLogicalTimestamps = 2;
  ByteReader in(view.body);
  GtidEvent event;
  event.anonymous = view.header.type == EventType::kAnonymousGtid;
  event.flags = in.u8();
  const Bytes uuid = in.bytes(event.uuid.size());
  event.number = static_cast<int64_t>(in.u64());
  if (!in.ok()) return truncated(view.header.type, view.body);
  std::copy(uuid.begin(), uuid.end(), event.uuid.begin());
  if (!event.anonymous && event.number < 1)
    return Error{Errc::kCorrupt, fmt::format("GTID event: its number is {}", event.number)};
  if (!in.at_end() && in.u8() == kLogicalTimestamps) {
    event.last_committed = static_cast<int64_t>(in.u64());
    event.sequence_number = static_cast<int64_t>(in.u64());
    if (!in.at_end()) read_commit_times(in, event);
    if (!in.at_end()) event.transaction_length = in.lenenc();
    if (!in.at_end()) read_versions(in, event);
    if (in.left() >= 8) event.commit_group_ticket = in.u64();
  }
  if (!in.ok()) return truncated(view.header.type, view.body);
  return event;
}

// --- type 42

enum Field : uint64_t {
  kFlags,
  kUuid,
  kNumber,
  kTag,
  kLastCommitted,
  kSequenceNumber,
  kImmediateCommit,
  kOriginalCommit,
  kTransactionLength,
  kImmediateVersion,
  kOriginalVersion,
  kCommitGroupTicket,
  kFields
};

void read_field(Field field, ByteReader& in, GtidEvent& event) {
  switch (field) {
    case kFlags:
      event.flags = static_cast<uint8_t>(read_mysql_uvarint(in));
      return;
    case kUuid:
      for (std::byte& byte : event.uuid) {
        const uint64_t value = read_mysql_uvarint(in);
        if (value > 0xFF) in.fail();
        byte = static_cast<std::byte>(value);
      }
      return;
    case kNumber:
      event.number = read_mysql_varint(in);
      return;
    case kTag:
      event.tag = in.text(read_mysql_uvarint(in));
      return;
    case kLastCommitted:
      event.last_committed = read_mysql_varint(in);
      return;
    case kSequenceNumber:
      event.sequence_number = read_mysql_varint(in);
      return;
    case kImmediateCommit:
      event.immediate_commit_us = static_cast<int64_t>(read_mysql_uvarint(in));
      return;
    case kOriginalCommit:
      event.original_commit_us = static_cast<int64_t>(read_mysql_uvarint(in));
      return;
    case kTransactionLength:
      event.transaction_length = read_mysql_uvarint(in);
      return;
    case kImmediateVersion:
      event.immediate_server_version = static_cast<uint32_t>(read_mysql_uvarint(in));
      return;
    case kOriginalVersion:
      event.original_server_version = static_cast<uint32_t>(read_mysql_uvarint(in));
      return;
    case kCommitGroupTicket:
      event.commit_group_ticket = read_mysql_uvarint(in);
      return;
    case kFields:
      return;
  }
}

// Version, size of the whole message, number of the last field that may not be ignored (plus one),
// then field number and value, ascending.
Result<GtidEvent> decode_tagged(const EventView& view) {
  ByteReader start(view.body);
  const uint64_t version = read_mysql_uvarint(start);
  const uint64_t size = read_mysql_uvarint(start);
  if (!start.ok() || size > view.body.size()) return truncated(view.header.type, view.body);
  if (version != 1)
    return Error{Errc::kUnsupported, fmt::format("GTID_TAGGED event: message version {}", version)};
  const size_t read = view.body.size() - start.left();
  if (size < read)
    return Error{Errc::kCorrupt, fmt::format("GTID_TAGGED event: a size of {}", size)};
  ByteReader in(view.body.subspan(read, size - read));
  const uint64_t needed = read_mysql_uvarint(in);
  GtidEvent event;
  uint64_t next = 0;
  while (!in.at_end()) {
    const uint64_t field = read_mysql_uvarint(in);
    if (!in.ok()) break;
    if (field < next)
      return Error{Errc::kCorrupt,
                   fmt::format("GTID_TAGGED event: field {} is out of order", field)};
    next = field + 1;
    if (field >= kFields) {
      if (field >= needed) break;  // the rest is newer than we are, and may be ignored
      return Error{Errc::kUnsupported,
                   fmt::format("GTID_TAGGED event: field {} is not known", field)};
    }
    read_field(static_cast<Field>(field), in, event);
  }
  if (!in.ok()) return truncated(view.header.type, view.body);
  if (event.number < 1)
    return Error{Errc::kCorrupt, fmt::format("GTID_TAGGED event: its number is {}", event.number)};
  if (event.tag.size() > kMaxTagLength)
    return Error{Errc::kCorrupt,
                 fmt::format("GTID_TAGGED event: a tag of {} bytes", event.tag.size())};
  if (event.original_commit_us == 0) event.original_commit_us = event.immediate_commit_us;
  if (event.original_server_version == 0)
    event.original_server_version = event.immediate_server_version;
  return event;
}

// --- type 162

// What follows is padding when no flag announces it; flags that nobody knows end the reading.
void read_extra(ByteReader& in, GtidEvent& event) {
  const uint8_t extra = in.u8();
  if ((extra & 0x01) != 0) in.skip(1);  // number of further engines
  if ((extra & 0x02) != 0) event.alter = AlterPhase::kStart;
  if ((extra & 0x04) != 0) event.alter = AlterPhase::kCommit;
  if ((extra & 0x08) != 0) event.alter = AlterPhase::kRollback;
  if ((extra & 0x0C) != 0) event.start_alter_sequence = in.u64();
  if ((extra & 0x10) != 0) event.thread_id = in.u32();
}

Result<GtidEvent> decode_mariadb(const EventView& view) {
  ByteReader in(view.body);
  GtidEvent event;
  event.is_mariadb = true;
  event.gtid.sequence = in.u64();
  event.gtid.domain = in.u32();
  event.gtid.server = view.header.server_id;
  event.flags = in.u8();
  event.standalone = (event.flags & 0x01) != 0;
  event.transactional = (event.flags & 0x04) != 0;
  event.ddl = (event.flags & 0x20) != 0;
  event.xa_prepared = (event.flags & 0x40) != 0;
  event.xa_completed = (event.flags & 0x80) != 0;
  if ((event.flags & 0x02) != 0) event.commit_id = in.u64();
  if ((event.flags & 0xC0) != 0) {
    event.xid.format = in.u32();
    const uint8_t gtrid = in.u8();
    const uint8_t bqual = in.u8();
    event.xid.gtrid = in.text(gtrid);
    event.xid.bqual = in.text(bqual);
  }
  if (!in.at_end()) read_extra(in, event);
  if (!in.ok()) return truncated(view.header.type, view.body);
  return event;
}

}  // namespace

std::string GtidEvent::text() const {
  if (is_mariadb) return gtid.text();
  if (anonymous) return {};
  std::string out = uuid_text(uuid);
  if (!tag.empty()) out.append(":").append(tag);
  return out.append(":").append(std::to_string(number));
}

Result<GtidEvent> decode_gtid(const EventView& event) {
  switch (event.header.type) {
    case EventType::kGtid:
    case EventType::kAnonymousGtid:
      return decode_plain(event);
    case EventType::kGtidTagged:
      return decode_tagged(event);
    case EventType::kMariaDbGtid:
      return decode_mariadb(event);
    default:
      return Error{Errc::kRefused, fmt::format("{} event where a GTID was expected",
                                               event_type_name(event.header.type))};
  }
}

}  // namespace millrace::mysql
