// SPDX-License-Identifier: Apache-2.0
// From a request's bytes to its answer's bytes, through the one row of the table that serves it.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/buffer.h"
#include "kafka/server/api_table.h"
#include "kafka/server/call.h"
#include "kafka/wire/codec.h"
#include "kafka/wire/header.h"

namespace millrace::kafka {

// An answer on its way out; `splices` say where file ranges belong.
struct Frame {
  Buffer bytes;
  std::vector<Splice> splices;
};

// Length, response header and body.
template <class Response>
Frame encode_frame(const Api& api, int16_t version, int32_t correlation, const Response& response) {
  Frame frame;
  frame.bytes.be(0, 4);
  frame.bytes.be(static_cast<uint32_t>(correlation), 4);
  const bool flexible = api.flexible(version);
  // ApiVersions keeps the old header for ever: its reader does not know yet what we speak.
  if (flexible && api.key != static_cast<int16_t>(ApiKey::kApiVersions)) frame.bytes.put(0);
  Writer out(frame.bytes, version, flexible);
  out.message(response);
  frame.splices = out.splices();
  uint64_t length = frame.bytes.size() - 4;
  for (const Splice& splice : frame.splices) length += splice.size;
  for (size_t i = 0; i < 4; ++i)
    frame.bytes.data()[i] = static_cast<std::byte>(length >> (24 - 8 * i));
  return frame;
}

// nullopt: the body is malformed.
template <class Request>
std::optional<Request> decode_body(const Api& api, int16_t version, Bytes body) {
  Request request;
  Reader in(body, version, api.flexible(version));
  in.message(request);
  if (!in.ok()) return std::nullopt;
  return request;
}

// Called once, from any thread; nullopt: no answer, close the connection.
using SendAnswer = std::function<void(std::optional<Frame>)>;

// Every API but those that concern the connection itself (Fetch, SASL). False: malformed, and
// `done` is not called.
bool dispatch(const Api& api, const RequestHeader& header, const Call& call, Bytes body,
              const SendAnswer& done);

}  // namespace millrace::kafka
