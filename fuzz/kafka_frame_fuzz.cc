// SPDX-License-Identifier: Apache-2.0
// What a connection does with a frame, without the connection: header, table, body, handler,
// answer. Whatever comes in, what goes out is a frame whose length is right and which carries the
// request's correlation ID.
#include "base/check.h"
#include "kafka/server/dispatch.h"
#include "kafka/server/fetch.h"
#include "kafka/testing.h"

namespace {

using namespace millrace;
using namespace millrace::kafka;

struct World {
  kafka::testing::FakeBackend backend;
  kafka::testing::FakePersistence store;
  Limits limits;
  // Never started: jobs run where they are posted.
  GroupThread groups{store, limits, [] { return int64_t{1}; }};
  Context context{backend, groups, limits, 1};
  Session session;
  World() {
    session.principal = kafka::testing::FakeBackend::consumer();
    session.advertised_host = "localhost";
    backend.log("shop")->append("a record");
  }
};

void check_frame(const Frame& frame, const RequestHeader& header) {
  size_t length = frame.bytes.size() - 4;
  for (const Splice& splice : frame.splices) {
    CHECK(splice.at <= frame.bytes.size());
    length += splice.size;
  }
  ByteReader in(frame.bytes.view());
  CHECK(in.be(4) == length);
  CHECK(static_cast<int32_t>(in.be(4)) == header.correlation);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  World world;
  const Bytes frame{reinterpret_cast<const std::byte*>(data), size};
  ByteReader start(frame);
  const Api* api = find_api(read_header_start(start).key);
  if (!start.ok() || api == nullptr) return 0;
  Bytes body;
  const auto header = read_header(frame, api->flexible_from, body);
  if (!header || !api->serves(header->version)) return 0;
  const Call call{world.context, world.session, header->version};
  if (static_cast<ApiKey>(api->key) == ApiKey::kFetch) {
    const auto request = decode_body<FetchRequest>(*api, header->version, body);
    if (!request) return 0;
    const FetchAnswer answer = read_fetch(call, *request);
    const Frame out = encode_frame(*api, header->version, header->correlation, answer.response);
    CHECK(out.splices.size() == answer.ranges.size());
    check_frame(out, *header);
    return 0;
  }
  int answers = 0;
  dispatch(*api, *header, call, body, [&](std::optional<Frame> out) {
    ++answers;
    if (out) check_frame(*out, *header);
  });
  CHECK(answers <= 1, answers);
  return 0;
}
