// SPDX-License-Identifier: Apache-2.0
// A request that decodes is encoded and decoded again: the same request, and from then on the same
// bytes. Input: API index, version, body.
#include "base/check.h"
#include "kafka/server/api_table.h"
#include "kafka/wire/codec.h"
#include "kafka/wire/messages.h"

namespace {

using namespace millrace;
using namespace millrace::kafka;

template <class Message>
void encode(const Message& message, int16_t version, bool flexible, Buffer& out) {
  Writer(out, version, flexible).message(message);
}

template <class Message>
void check(const Api& api, int16_t version, Bytes body) {
  const bool flexible = api.flexible(version);
  Message first;
  Reader in(body, version, flexible);
  in.message(first);
  if (!in.ok()) return;
  Buffer bytes;
  encode(first, version, flexible, bytes);
  Message second;
  Reader again(bytes.view(), version, flexible);
  again.message(second);
  CHECK(again.ok(), api.name, version);
  CHECK(again.bytes_left().left() == 0, api.name, version);
  CHECK(first == second, api.name, version);
  Buffer same;
  encode(second, version, flexible, same);
  CHECK(as_text(bytes.view()) == as_text(same.view()), api.name, version);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const Api& api = kApis[data[0] % std::size(kApis)];
  const auto version = static_cast<int16_t>(api.min + data[1] % (api.max - api.min + 1));
  const Bytes body = {reinterpret_cast<const std::byte*>(data) + 2, size - 2};
#define CHECK_ONE(name, number, min, max, flexible) \
  case ApiKey::k##name:                             \
    check<name##Request>(api, version, body);       \
    break;
  switch (static_cast<ApiKey>(api.key)) { MILLRACE_KAFKA_APIS(CHECK_ONE) }
#undef CHECK_ONE
  return 0;
}
