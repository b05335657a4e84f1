// SPDX-License-Identifier: Apache-2.0
#include "kafka/server/dispatch.h"

#include <concepts>

#include "kafka/server/handlers.h"

namespace millrace::kafka {
namespace {

template <class Request, class Response>
concept AnswersAtOnce = requires(const Call& call, const Request& request) {
  { handle(call, request) } -> std::same_as<Response>;
};
template <class Request, class Response>
concept AnswersLater = requires(const Call& call, Request request, Reply<Response> reply) {
  handle(call, std::move(request), std::move(reply));
};

// Kafka gives such a producer no answer; closing tells it that something is wrong.
template <class Request>
bool wants_no_answer(const Request& request) {
  if constexpr (std::is_same_v<Request, ProduceRequest>) return request.acks == 0;
  return false;
}

template <class Request, class Response>
bool run(const Api& api, const RequestHeader& header, const Call& call, Bytes body,
         const SendAnswer& done) {
  auto request = decode_body<Request>(api, header.version, body);
  if (!request) return false;
  const auto encode = [&api, version = header.version,
                       correlation = header.correlation](const Response& response) {
    return encode_frame(api, version, correlation, response);
  };
  if constexpr (AnswersAtOnce<Request, Response>) {
    if (wants_no_answer(*request)) {
      done(std::nullopt);
    } else {
      done(encode(handle(call, *request)));
    }
    return true;
  } else if constexpr (AnswersLater<Request, Response>) {
    handle(call, std::move(*request),
           Reply<Response>([encode, done](Response response) { done(encode(response)); }));
    return true;
  } else {
    return false;  // the connection's own: it never asks here
  }
}

}  // namespace

bool dispatch(const Api& api, const RequestHeader& header, const Call& call, Bytes body,
              const SendAnswer& done) {
#define MILLRACE_KAFKA_CASE(name, key, min, max, flexible_from) \
  case ApiKey::k##name:                                         \
    return run<name##Request, name##Response>(api, header, call, body, done);
  switch (static_cast<ApiKey>(api.key)) { MILLRACE_KAFKA_APIS(MILLRACE_KAFKA_CASE) }
#undef MILLRACE_KAFKA_CASE
  return false;
}

}  // namespace millrace::kafka
