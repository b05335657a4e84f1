// SPDX-License-Identifier: Apache-2.0
#include "mysql/event_format.h"

#include <fmt/format.h>

#include "base/byte_reader.h"
#include "base/crc.h"

namespace millrace::mysql {
namespace {

constexpr size_t kChecksumSize = 4;
constexpr size_t kFormatFixedSize = 57;  // version, server version, created, header length

struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;
  auto operator<=>(const Version&) const = default;
};

// The numbers that `text` begins with; major is 0 when there is none.
Version parse_version(std::string_view text) {
  Version version;
  int* const parts[] = {&version.major, &version.minor, &version.patch};
  size_t at = 0;
  for (int* part : parts) {
    const size_t begin = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && at - begin < 4; ++at)
      *part = *part * 10 + (text[at] - '0');
    if (at == begin || at >= text.size() || text[at] != '.') break;
    ++at;
  }
  return version;
}

bool names_mariadb(std::string_view text) {
  return text.find("MariaDB") != std::string_view::npos ||
         text.find("mariadb") != std::string_view::npos;
}

std::string_view server_version_of(Bytes body) {
  ByteReader in(body);
  in.skip(2);
  const std::string_view text = in.text(50);
  return text.substr(0, text.find('\0'));
}

// Whether this FORMAT_DESCRIPTION ends with an algorithm byte (and, in the file, four more). The
// version tells; a text that is none is judged by the number of event types: the last server
// without checksums knew under 30, the first with them 35.
bool knows_checksums(Bytes body) {
  const std::string_view text = server_version_of(body);
  const Version version = parse_version(text);
  if (version.major == 0) return body.size() >= kFormatFixedSize + 36;
  if (names_mariadb(text)) return version >= Version{5, 3, 0};
  return version >= Version{5, 6, 1};
}

bool crc_agrees(Bytes raw, uint32_t* told = nullptr, uint32_t* computed = nullptr) {
  if (raw.size() < kEventHeaderSize + kChecksumSize) return false;
  ByteReader tail(raw.last(kChecksumSize));
  const uint32_t expected = tail.u32();
  const uint32_t actual = crc32(raw.first(raw.size() - kChecksumSize));
  if (told != nullptr) *told = expected;
  if (computed != nullptr) *computed = actual;
  return expected == actual;
}

// The CRC of a FORMAT_DESCRIPTION is that of the event before its file was opened for writing.
bool format_crc_agrees(Bytes raw, uint32_t* told, uint32_t* computed) {
  std::array<std::byte, kEventHeaderSize> header{};
  for (size_t i = 0; i < header.size(); ++i) header[i] = raw[i];
  header[17] &= ~std::byte{kFlagInUse};
  ByteReader tail(raw.last(kChecksumSize));
  *told = tail.u32();
  *computed = crc32(raw.subspan(kEventHeaderSize, raw.size() - kEventHeaderSize - kChecksumSize),
                    crc32(header));
  return *told == *computed;
}

Error bad_crc(EventType type, uint32_t told, uint32_t computed) {
  return {Errc::kCorrupt, fmt::format("{} event: its checksum is {:08x}, its bytes give {:08x}",
                                      event_type_name(type), told, computed)};
}

Result<EventView> open_format_description(const EventHeader& header, Bytes raw) {
  const Bytes body = raw.subspan(kEventHeaderSize);
  if (body.size() < kFormatFixedSize)
    return Error{Errc::kTruncated,
                 fmt::format("FORMAT_DESCRIPTION event: {} bytes, at least {} expected", raw.size(),
                             kEventHeaderSize + kFormatFixedSize)};
  if (!knows_checksums(body)) return EventView{header, body};
  if (body.size() < kFormatFixedSize + 1 + kChecksumSize)
    return Error{Errc::kTruncated, "FORMAT_DESCRIPTION event: no room for its checksum"};
  const Bytes inner = body.first(body.size() - kChecksumSize);
  uint32_t told = 0;
  uint32_t computed = 0;
  if (inner.back() == std::byte{1} && !format_crc_agrees(raw, &told, &computed))
    return bad_crc(header.type, told, computed);
  return EventView{header, inner};
}

}  // namespace

std::array<uint8_t, 256> EventFormat::default_post_header_lengths() {
  std::array<uint8_t, 256> lengths{};
  const auto set = [&](EventType type, uint8_t length) {
    lengths[static_cast<uint8_t>(type)] = length;
  };
  using T = EventType;
  set(T::kQuery, 13);
  set(T::kRotate, 8);
  set(T::kTableMap, 8);
  for (T type : {T::kWriteRowsV0, T::kUpdateRowsV0, T::kDeleteRowsV0, T::kWriteRowsV1,
                 T::kUpdateRowsV1, T::kDeleteRowsV1, T::kWriteRowsCompressedV1,
                 T::kUpdateRowsCompressedV1, T::kDeleteRowsCompressedV1})
    set(type, 8);
  for (T type : {T::kWriteRowsV2, T::kUpdateRowsV2, T::kDeleteRowsV2, T::kPartialUpdateRows,
                 T::kWriteRowsCompressedV2, T::kUpdateRowsCompressedV2, T::kDeleteRowsCompressedV2})
    set(type, 10);
  return lengths;
}

uint32_t EventFormat::version_number() const {
  const Version version = parse_version(server_version);
  return static_cast<uint32_t>(version.major * 10000 + version.minor * 100 + version.patch);
}

Result<EventHeader> decode_event_header(Bytes raw) {
  ByteReader in(raw);
  EventHeader header;
  header.timestamp = in.u32();
  header.type = static_cast<EventType>(in.u8());
  header.server_id = in.u32();
  header.size = in.u32();
  header.log_pos = in.u32();
  header.flags = in.u16();
  if (!in.ok())
    return Error{Errc::kTruncated, fmt::format("an event of {} bytes, its header alone has {}",
                                               raw.size(), kEventHeaderSize)};
  if (header.size < kEventHeaderSize)
    return Error{Errc::kCorrupt,
                 fmt::format("{} event: its size is given as {}, less than its header",
                             event_type_name(header.type), header.size)};
  return header;
}

Result<EventView> open_event(Bytes raw, const EventFormat& format) {
  const EventHeader header = TRY(decode_event_header(raw));
  if (header.size != raw.size())
    return Error{raw.size() < header.size ? Errc::kTruncated : Errc::kCorrupt,
                 fmt::format("{} event: its size is given as {}, {} bytes came",
                             event_type_name(header.type), header.size, raw.size())};
  if (header.type == EventType::kFormatDescription) return open_format_description(header, raw);
  const Bytes body = raw.subspan(kEventHeaderSize);
  // The artificial ROTATE before a FORMAT_DESCRIPTION follows what was agreed on the connection or
  // the file before it: only its bytes tell.
  const bool undecided =
      format.checksum == Checksum::kUndefined ||
      (header.type == EventType::kRotate && (header.flags & kFlagArtificial) != 0);
  if (undecided)
    return EventView{header, crc_agrees(raw) ? body.first(body.size() - kChecksumSize) : body};
  if (format.checksum == Checksum::kOff) return EventView{header, body};
  if (body.size() < kChecksumSize)
    return Error{Errc::kTruncated,
                 fmt::format("{} event: no room for its checksum", event_type_name(header.type))};
  uint32_t told = 0;
  uint32_t computed = 0;
  if (!crc_agrees(raw, &told, &computed)) return bad_crc(header.type, told, computed);
  return EventView{header, body.first(body.size() - kChecksumSize)};
}

Result<EventView> open_inner_event(Bytes raw) {
  const EventHeader header = TRY(decode_event_header(raw));
  if (header.size != raw.size())
    return Error{raw.size() < header.size ? Errc::kTruncated : Errc::kCorrupt,
                 fmt::format("{} event in a payload: its size is given as {}, {} bytes came",
                             event_type_name(header.type), header.size, raw.size())};
  return EventView{header, raw.subspan(kEventHeaderSize)};
}

// Body: version 2, server version 50 (NUL padded), created 4, header length 1, then the post-header
// length of each event type from 1 on, then, from servers that know checksums, the algorithm.
Result<EventFormat> decode_format_description(Bytes body) {
  ByteReader in(body);
  EventFormat format;
  format.binlog_version = in.u16();
  in.skip(50);
  format.created = in.u32();
  const uint8_t header_length = in.u8();
  if (!in.ok())
    return Error{Errc::kTruncated,
                 fmt::format("FORMAT_DESCRIPTION event: a body of {} bytes, at least {} expected",
                             body.size(), kFormatFixedSize)};
  if (format.binlog_version != 4)
    return Error{Errc::kUnsupported,
                 fmt::format("binlog format version {}: written by a server older than MySQL 5.0",
                             format.binlog_version)};
  if (header_length != kEventHeaderSize)
    return Error{Errc::kUnsupported,
                 fmt::format("FORMAT_DESCRIPTION event: event headers of {} bytes, {} expected",
                             header_length, kEventHeaderSize)};
  format.server_version = std::string(server_version_of(body));
  Bytes lengths = in.rest();
  format.checksum = Checksum::kOff;
  if (knows_checksums(body)) {
    if (lengths.empty())
      return Error{Errc::kTruncated, "FORMAT_DESCRIPTION event: no checksum algorithm"};
    const auto algorithm = std::to_integer<uint8_t>(lengths.back());
    lengths = lengths.first(lengths.size() - 1);
    if (algorithm != 0 && algorithm != 1 && algorithm != 255)
      return Error{Errc::kUnsupported,
                   fmt::format("FORMAT_DESCRIPTION event: checksum algorithm {}", algorithm)};
    format.checksum = algorithm == 1 ? Checksum::kCrc32 : Checksum::kOff;
  }
  if (lengths.size() > 255) lengths = lengths.first(255);
  for (size_t i = 0; i < lengths.size(); ++i)
    format.post_header_lengths[i + 1] = std::to_integer<uint8_t>(lengths[i]);
  const bool mariadb = names_mariadb(format.server_version) ||
                       (parse_version(format.server_version).major == 0 && lengths.size() >= 160);
  format.flavour = mariadb ? Flavour::kMariaDb : Flavour::kMySql;
  return format;
}

}  // namespace millrace::mysql
