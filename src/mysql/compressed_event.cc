// SPDX-License-Identifier: Apache-2.0
#include "mysql/compressed_event.h"

#include <fmt/format.h>
#include <zlib.h>

#include "base/byte_reader.h"
#include "mysql/limits.h"
#include "mysql/query_event.h"
#include "mysql/rows_event.h"

namespace millrace::mysql {
namespace {

using T = EventType;

// zlib never makes more than this of one byte.
constexpr uint64_t kGreatestRatio = 1032;

T plain_type(T type) {
  switch (type) {
    case T::kQueryCompressed:
      return T::kQuery;
    case T::kWriteRowsCompressedV1:
      return T::kWriteRowsV1;
    case T::kUpdateRowsCompressedV1:
      return T::kUpdateRowsV1;
    case T::kDeleteRowsCompressedV1:
      return T::kDeleteRowsV1;
    case T::kWriteRowsCompressedV2:
      return T::kWriteRowsV2;
    case T::kUpdateRowsCompressedV2:
      return T::kUpdateRowsV2;
    case T::kDeleteRowsCompressedV2:
      return T::kDeleteRowsV2;
    default:
      return T::kUnknown;
  }
}

Status unpack(Bytes container, Buffer& out) {
  ByteReader in(container);
  const uint8_t head = in.u8();
  const size_t length_bytes = head & 0x07;
  if (!in.ok()) return Error{Errc::kTruncated, "no compressed data"};
  if ((head & 0x80) == 0 || length_bytes < 1 || length_bytes > 4)
    return Error{Errc::kCorrupt, fmt::format("compressed data that begins with {:#04x}", head)};
  if ((head & 0x70) != 0)
    return Error{Errc::kUnsupported, fmt::format("compression algorithm {}", (head & 0x70) >> 4)};
  const uint64_t length = in.be(length_bytes);
  if (!in.ok()) return Error{Errc::kTruncated, "compressed data ends in its length"};
  const Bytes stream = in.rest();
  if (length > kMaxDecompressed)
    return Error{Errc::kTooLarge,
                 fmt::format("{} bytes unpacked, the limit is {}", length, kMaxDecompressed)};
  if (length > (stream.size() + 1) * kGreatestRatio)
    return Error{Errc::kCorrupt,
                 fmt::format("{} bytes are said to unpack to {}", stream.size(), length)};
  uLongf made = length;
  std::byte none{};
  std::byte* const target = length == 0 ? &none : out.reserve(length);
  const int status = uncompress(reinterpret_cast<Bytef*>(target), &made,
                                reinterpret_cast<const Bytef*>(stream.data()), stream.size());
  if (status == Z_MEM_ERROR) return Error{Errc::kTooLarge, "no memory for zlib"};
  if (status != Z_OK || made != length)
    return Error{Errc::kCorrupt,
                 fmt::format("zlib says {}, {} bytes of {} were made", status, made, length)};
  out.commit(length);
  return Done{};
}

// Where the plain head ends and the container begins.
Result<size_t> head_size(const EventView& plain, const EventFormat& format) {
  if (plain.header.type == T::kQuery) return query_statement_offset(plain.body);
  const RowsEvent rows = TRY(decode_rows(plain, format));
  return plain.body.size() - rows.rows.size();
}

}  // namespace

Result<EventView> decompress_event(const EventView& event, const EventFormat& format,
                                   Buffer& storage) {
  EventView plain = event;
  plain.header.type = plain_type(event.header.type);
  if (plain.header.type == T::kUnknown)
    return Error{Errc::kRefused, fmt::format("{} event where a compressed one was expected",
                                             event_type_name(event.header.type))};
  const size_t head = TRY(head_size(plain, format));
  storage.clear();
  storage.append(event.body.first(head));
  const Status unpacked = unpack(event.body.subspan(head), storage);
  if (!unpacked)
    return in_context(fmt::format("{} event", event_type_name(event.header.type)),
                      unpacked.error());
  plain.body = storage.view();
  return plain;
}

}  // namespace millrace::mysql
