// SPDX-License-Identifier: Apache-2.0
// The header of every request: api_key i16, api_version i16, correlation_id i32, client_id (i16
// length, -1 for none); in flexible versions a tag section follows. The first eight bytes decide
// alone whether a request is served, before the rest of the frame is waited for.
#pragma once

#include <optional>

#include "kafka/wire/codec.h"

namespace millrace::kafka {

inline constexpr size_t kFixedHeaderBytes = 8;

struct RequestHeader {
  int16_t key = 0;
  int16_t version = 0;
  int32_t correlation = 0;
  std::string client_id;
};

// Leaves `in` at the body; ask in.ok().
inline RequestHeader read_header_start(ByteReader& in) {
  RequestHeader header;
  header.key = static_cast<int16_t>(in.be(2));
  header.version = static_cast<int16_t>(in.be(2));
  header.correlation = static_cast<int32_t>(in.be(4));
  return header;
}

// The whole header; nullopt when it is malformed. `body` becomes what follows it.
inline std::optional<RequestHeader> read_header(Bytes frame, int16_t flexible_from, Bytes& body) {
  ByteReader in(frame);
  RequestHeader header = read_header_start(in);
  const auto length = static_cast<int16_t>(in.be(2));
  if (length < -1) in.fail();
  if (length > 0) header.client_id = in.text(static_cast<size_t>(length));
  if (in.ok() && header.version >= flexible_from) {
    Reader tags(in.rest(), header.version, true);
    tags.skip_tags();
    in = tags.bytes_left();
  }
  if (!in.ok()) return std::nullopt;
  body = in.rest();
  return header;
}

}  // namespace millrace::kafka
