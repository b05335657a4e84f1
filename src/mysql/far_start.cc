// SPDX-License-Identifier: Apache-2.0
#include "mysql/far_start.h"

#include <fmt/format.h>

#include "base/crc.h"
#include "mysql/event_format.h"

namespace millrace::mysql {
namespace {

constexpr size_t kLogPosOffset = 13;
constexpr size_t kFlagsOffset = 17;
constexpr size_t kCreatedOffset = kEventHeaderSize + 52;

void put_le(std::byte* out, uint64_t value, size_t width) {
  for (size_t i = 0; i < width; ++i) out[i] = static_cast<std::byte>(value >> (8 * i));
}

void put_checksum(Buffer& event) {
  const size_t size = event.size() - 4;
  put_le(event.data() + size, crc32(event.view().first(size)), 4);
}

}  // namespace

Bytes FarStart::rewrite_rotate(Bytes raw) {
  const auto event = open_event(raw, {});
  copy_.clear();
  copy_.append(raw);
  if (!event || event->body.size() < 8) return copy_.view();  // the decoder says what is wrong
  put_le(copy_.data() + kEventHeaderSize, offset_, 8);
  if (event->body.size() + kEventHeaderSize < raw.size()) put_checksum(copy_);
  return copy_.view();
}

Result<Bytes> FarStart::rewrite_format(Bytes raw) {
  const EventView event = TRY(open_event(raw, {}));
  if (event.header.log_pos != 0) at_ += raw.size();
  copy_.clear();
  copy_.append(raw);
  put_le(copy_.data() + kLogPosOffset, 0, 4);
  put_le(copy_.data() + kFlagsOffset, event.header.flags & ~kFlagInUse, 2);
  put_le(copy_.data() + kCreatedOffset, 0, 4);
  if (event.body.size() + kEventHeaderSize < raw.size()) put_checksum(copy_);
  return copy_.view();
}

Result<Bytes> FarStart::filter(Bytes raw) {
  const EventHeader header = TRY(decode_event_header(raw));
  const bool artificial = (header.flags & kFlagArtificial) != 0;
  if (header.type == EventType::kRotate && artificial && at_ == 4) return rewrite_rotate(raw);
  if (header.type == EventType::kFormatDescription) return rewrite_format(raw);
  if (at_ == offset_) {
    active_ = false;
    return raw;
  }
  const bool ends = header.type == EventType::kRotate || header.type == EventType::kStop;
  if (at_ > offset_ || (ends && at_ + header.size > offset_) || (ends && artificial))
    return Error{
        Errc::kDiverged,
        fmt::format("no event begins at offset {} of the file: the server is another one, or "
                    "its file was made anew",
                    offset_)};
  const bool in_file =
      !artificial && header.type != EventType::kHeartbeat && header.type != EventType::kHeartbeatV2;
  if (in_file) at_ += header.size;
  return Bytes{};
}

}  // namespace millrace::mysql
