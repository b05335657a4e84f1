// SPDX-License-Identifier: Apache-2.0
#include "mysql/query_event.h"

#include <fmt/format.h>

#include "base/byte_reader.h"

namespace millrace::mysql {
namespace {

constexpr uint8_t kTooManyDatabases = 254;  // no names follow
constexpr uint8_t kFillerToTheEnd = 255;

void skip_databases(ByteReader& in) {
  const uint8_t count = in.u8();
  if (count == kTooManyDatabases) return;
  for (uint8_t i = 0; i < count && in.ok(); ++i)
    while (in.ok() && in.u8() != 0) {
    }
}

// Reads the value of one code; false when the code is unknown, so that nothing after it can be
// read.
bool read_item(uint8_t code, ByteReader& in, QueryStatusBlock& out) {
  switch (code) {
    case 0:
      out.flags2 = in.u32();
      return true;
    case 1:
      out.sql_mode = in.u64();
      return true;
    case 2:  // catalog, with a NUL
      in.skip(size_t{in.u8()} + 1);
      return true;
    case 3:  // auto increment
      in.skip(4);
      return true;
    case 4:
      out.client_collation = in.u16();
      out.connection_collation = in.u16();
      out.server_collation = in.u16();
      return true;
    case 5:
      out.time_zone = in.text(in.u8());
      return true;
    case 6:  // catalog
      in.skip(in.u8());
      return true;
    case 7:  // names of days and months
      in.skip(2);
      return true;
    case 8:
      out.database_collation = in.u16();
      return true;
    case 9:  // table map for update
      in.skip(8);
      return true;
    case 10:  // bytes the master wrote
      in.skip(4);
      return true;
    case 11:  // invoker: user, host
      in.skip(in.u8());
      in.skip(in.u8());
      return true;
    case 12:
      skip_databases(in);
      return true;
    case 13:
    case 128:
      out.microseconds = static_cast<uint32_t>(in.le(3));
      return true;
    case 16:
      out.explicit_defaults_for_timestamp = in.u8() != 0;
      return true;
    case 17:
      out.ddl_xid = in.u64();
      return true;
    case 18:
      out.utf8mb4_collation = in.u16();
      return true;
    case 19:  // sql_require_primary_key
    case 20:  // default table encryption
    case 21:  // cascades and triggers
      in.skip(1);
      return true;
    case 129:
      out.ddl_xid = in.u64();
      return true;
    case 130:
      out.gtid_flags3 = in.u8();
      if ((*out.gtid_flags3 & 0x0C) != 0) out.start_alter_sequence = in.u64();
      return true;
    case 131:
      out.charset_collations = in.bytes(size_t{in.u8()} * 4);
      return true;
    default:
      return false;
  }
}

// A value that the block's end cuts is as good as not there: the block never fails an event.
QueryStatusBlock decode_status(Bytes block) {
  QueryStatusBlock out;
  ByteReader in(block);
  while (!in.at_end()) {
    const uint8_t code = in.u8();
    if (code == kFillerToTheEnd) break;
    QueryStatusBlock with_item = out;
    if (!read_item(code, in, with_item) || !in.ok()) {
      out.unknown_code = code;
      break;
    }
    out = with_item;
  }
  return out;
}

Result<QueryEvent> decode(Bytes body, size_t extra_post_header, std::string_view name) {
  ByteReader in(body);
  QueryEvent event;
  event.thread_id = in.u32();
  event.execution_s = in.u32();
  const size_t database_length = in.u8();
  event.error_code = in.u16();
  const size_t status_length = in.u16();
  in.skip(extra_post_header);
  const Bytes status = in.bytes(status_length);
  event.database = in.text(database_length);
  in.skip(1);
  event.statement = as_text(in.rest());
  if (!in.ok())
    return Error{Errc::kTruncated,
                 fmt::format("{} event: a body of {} bytes ends before its statement (status block "
                             "{}, database name {})",
                             name, body.size(), status_length, database_length)};
  event.status = decode_status(status);
  return event;
}

}  // namespace

std::optional<uint16_t> QueryStatusBlock::collation_for(uint16_t charset) const {
  ByteReader in(charset_collations.value_or(Bytes{}));
  while (!in.at_end()) {
    const uint16_t from = in.u16();
    const uint16_t to = in.u16();
    if (in.ok() && from == charset) return to;
  }
  return std::nullopt;
}

std::optional<uint64_t> QueryStatusBlock::charset() const {
  if (!client_collation || !connection_collation || !server_collation) return std::nullopt;
  return uint64_t{*client_collation} << 32 | uint64_t{*connection_collation} << 16 |
         *server_collation;
}

Result<QueryEvent> decode_query(Bytes body) { return decode(body, 0, "QUERY"); }

// After the QUERY's post-header: file id 4, where the file's name begins and ends in the text 4 +
// 4, what to do with duplicates 1.
Result<QueryEvent> decode_execute_load_query(Bytes body) {
  return decode(body, 13, "EXECUTE_LOAD_QUERY");
}

Result<size_t> query_statement_offset(Bytes body) {
  const QueryEvent event = TRY(decode_query(body));
  return body.size() - event.statement.size();
}

}  // namespace millrace::mysql
