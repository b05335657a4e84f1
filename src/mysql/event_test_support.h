// SPDX-License-Identifier: Apache-2.0
// For tests: bytes of events made by hand, and cuts of them in heap blocks of their exact size, so
// that a sanitizer sees every overread.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/crc.h"
#include "mysql/event_format.h"

namespace millrace::mysql {

// A copy that ends where its heap block ends.
class ExactCopy {
 public:
  explicit ExactCopy(Bytes bytes) : size_(bytes.size()), data_(new std::byte[bytes.size()]) {
    std::copy(bytes.begin(), bytes.end(), data_.get());
  }
  Bytes view() const { return {data_.get(), size_}; }

 private:
  size_t size_;
  std::unique_ptr<std::byte[]> data_;
};

// "0a 1b2c" as bytes; blanks are ignored.
inline std::string from_hex(std::string_view hex) {
  std::string out;
  int high = -1;
  for (char c : hex) {
    if (c == ' ' || c == '\n') continue;
    const int value = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    if (high >= 0) out += static_cast<char>(high << 4 | value);
    high = high >= 0 ? -1 : value;
  }
  return out;
}

struct EventFields {
  EventType type = EventType::kQuery;
  uint16_t flags = 0;
  uint32_t timestamp = 1700000000;
  uint32_t server_id = 7;
  uint32_t log_pos = 1000;
  bool checksum = true;
};

inline std::string make_event(const EventFields& fields, std::string_view body) {
  Buffer out;
  out.le(fields.timestamp, 4);
  out.put(static_cast<uint8_t>(fields.type));
  out.le(fields.server_id, 4);
  out.le(kEventHeaderSize + body.size() + (fields.checksum ? 4 : 0), 4);
  out.le(fields.log_pos, 4);
  out.le(fields.flags, 2);
  out.append(body);
  if (fields.checksum) out.le(crc32(out.view()), 4);
  return std::string(as_text(out.view()));
}

// A FORMAT_DESCRIPTION's body: the types' post-header lengths are those of current servers.
inline std::string format_body(std::string_view version, Checksum checksum, uint32_t created = 0) {
  Buffer out;
  out.le(4, 2);
  std::string padded(version);
  padded.resize(50);
  out.append(padded);
  out.le(created, 4);
  out.put(kEventHeaderSize);
  const auto lengths = EventFormat::default_post_header_lengths();
  for (size_t type = 1; type <= 42; ++type) out.put(lengths[type]);
  out.put(static_cast<uint8_t>(checksum));
  return std::string(as_text(out.view()));
}

inline EventFormat format_of(std::string_view version, Checksum checksum) {
  const std::string body = format_body(version, checksum);
  return *decode_format_description(as_bytes(body));
}

// Calls decode(cut) for every prefix of `body`, each in a block of its own.
template <class Decode>
void for_each_cut(std::string_view body, Decode decode) {
  for (size_t size = 0; size < body.size(); ++size)
    decode(ExactCopy(as_bytes(body.substr(0, size))).view(), size);
}

}  // namespace millrace::mysql
