// SPDX-License-Identifier: Apache-2.0
#include "mysql/fragmented_event.h"

#include <fmt/format.h>

#include "base/byte_reader.h"
#include "base/crc.h"
#include "mysql/limits.h"
#include "mysql/rows_event.h"

namespace millrace::mysql {
namespace {

constexpr uint8_t kHasSize = 0x01;
constexpr size_t kChecksumBytes = 4;

bool is_of_rows(EventType type) {
  return is_rows_event(type) || (is_compressed(type) && type != EventType::kQueryCompressed);
}

bool ends_with_checksum(Bytes event) {
  const size_t body = event.size() - kChecksumBytes;
  return ByteReader(event.subspan(body)).le(kChecksumBytes) == crc32(event.first(body));
}

}  // namespace

void FragmentedEvent::clear() {
  count_ = taken_ = 0;
  size_.reset();
  // What one large event took is not kept for the next.
  pieces_ = Buffer();
}

Result<std::optional<EventView>> FragmentedEvent::add(const EventView& fragment) {
  if (taken_ == 0) clear();
  ByteReader in(fragment.body);
  const auto count = static_cast<uint32_t>(in.le(4));
  const auto number = static_cast<uint32_t>(in.le(4));
  const uint8_t flags = in.u8();
  const bool has_size = (flags & kHasSize) != 0;
  const uint64_t size = has_size ? in.le(8) : 0;
  if (!in.ok()) return Error{Errc::kTruncated, "PARTIAL_ROW_DATA: its body ends in its head"};
  if ((flags & ~kHasSize) != 0) {
    return Error{Errc::kUnsupported, fmt::format("PARTIAL_ROW_DATA: flags {:#04x}", flags)};
  }
  if (number != taken_ + 1 || number > count || (taken_ != 0 && (count != count_ || has_size))) {
    return Error{Errc::kCorrupt, fmt::format("PARTIAL_ROW_DATA: fragment {} of {} after {} of {}",
                                             number, count, taken_, count_)};
  }
  if (has_size) size_ = size;
  const Bytes piece = in.rest();
  const uint64_t limit = size_.value_or(kMaxEventSize);
  if (limit > kMaxEventSize || pieces_.size() + piece.size() > kMaxEventSize) {
    return Error{Errc::kTooLarge,
                 fmt::format("PARTIAL_ROW_DATA: an event of {} bytes, the limit is {}",
                             size_.value_or(pieces_.size() + piece.size()), kMaxEventSize)};
  }
  if (piece.empty() || pieces_.size() + piece.size() > limit) {
    return Error{Errc::kCorrupt,
                 fmt::format("PARTIAL_ROW_DATA: fragment {} has {} bytes, {} of {} were there",
                             number, piece.size(), pieces_.size(), limit)};
  }
  pieces_.append(piece);
  count_ = count;
  taken_ = number;
  if (number < count) return std::optional<EventView>();
  const EventView event = TRY(whole());
  count_ = taken_ = 0;
  return std::optional<EventView>(event);
}

Result<EventView> FragmentedEvent::whole() const {
  const Bytes bytes = pieces_.view();
  if (size_ && *size_ != bytes.size()) {
    return Error{Errc::kCorrupt, fmt::format("PARTIAL_ROW_DATA: {} bytes together, {} were told",
                                             bytes.size(), *size_)};
  }
  EventView event;
  event.header = TRY(decode_event_header(bytes));
  if (!is_of_rows(event.header.type)) {
    return Error{Errc::kCorrupt, fmt::format("PARTIAL_ROW_DATA: the whole is a {} event",
                                             event_type_name(event.header.type))};
  }
  event.body = bytes.subspan(kEventHeaderSize);
  // Its header's size counts a checksum, which the pieces may lack.
  if (event.header.size == bytes.size()) {
    if (event.body.size() >= kChecksumBytes && ends_with_checksum(bytes)) {
      event.body = event.body.first(event.body.size() - kChecksumBytes);
    }
    return event;
  }
  if (event.header.size == bytes.size() + kChecksumBytes) return event;
  return Error{Errc::kCorrupt,
               fmt::format("PARTIAL_ROW_DATA: {} bytes together, the event's header says {}",
                           bytes.size(), event.header.size)};
}

}  // namespace millrace::mysql
