// SPDX-License-Identifier: Apache-2.0
// What a connection does with each frame, and its long polls.
#include <algorithm>

#include "kafka/server/connection.h"
#include "kafka/server/handlers.h"
#include "kafka/server/monotonic.h"
#include "kafka/wire/errors.h"

namespace millrace::kafka {

void Connection::on_frame(Bytes frame) {
  ByteReader start(frame);
  const Api* api = find_api(read_header_start(start).key);  // known: front() has looked
  Bytes body;
  auto header = read_header(frame, api->flexible_from, body);
  const bool versions = api->key == static_cast<int16_t>(ApiKey::kApiVersions);
  if (versions && header && !api->serves(header->version)) body = {};
  if (!header && versions) {
    // Of a version that we do not know not even the header's end is certain.
    ByteReader again(frame);
    header = read_header_start(again);
    if (api->serves(header->version)) header.reset();
  }
  if (!header) return malformed("a malformed request header");
  session_.client_id = header->client_id.substr(0, kMaxIdBytes);
  ++endpoint_.counters.requests;
  switch (static_cast<ApiKey>(api->key)) {
    case ApiKey::kApiVersions:
      return on_api_versions(*api, *header, body);
    case ApiKey::kFetch:
      return on_fetch(*api, std::move(*header), body);
    case ApiKey::kSaslHandshake:
      return on_handshake(*api, *header, body);
    case ApiKey::kSaslAuthenticate:
      return on_authenticate(*api, *header, body);
    default:
      return on_request(*api, *header, body);
  }
}

void Connection::on_request(const Api& api, const RequestHeader& header, Bytes body) {
  joining_ = api.key == static_cast<int16_t>(ApiKey::kJoinGroup);
  if (!dispatch(api, header, call(header.version), body, later()))
    malformed(std::string("a malformed ") + std::string(api.name) + " request, version " +
              std::to_string(header.version));
}

void Connection::on_api_versions(const Api& api, const RequestHeader& header, Bytes body) {
  if (!logged_in() && ++api_versions_before_login_ > kMaxApiVersionsBeforeLogin)
    return malformed("too many ApiVersions requests before the login");
  if (!api.serves(header.version)) {
    ApiVersionsResponse unknown;
    unknown.error = error::kUnsupportedVersion;
    unknown.keys.push_back({api.key, api.min, api.max});
    return send(encode_frame(api, 0, header.correlation, unknown));
  }
  const auto request = decode_body<ApiVersionsRequest>(api, header.version, body);
  if (!request) return malformed("a malformed ApiVersions request");
  const ApiVersionsResponse response = handle(call(header.version), *request);
  if (response.error == error::kNone && header.version >= 3)
    session_.software = request->software_name.substr(0, kMaxIdBytes) + " " +
                        request->software_version.substr(0, kMaxIdBytes);
  send(encode_frame(api, header.version, header.correlation, response));
}

void Connection::on_fetch(const Api& api, RequestHeader header, Bytes body) {
  auto request = decode_body<FetchRequest>(api, header.version, body);
  if (!request) return malformed("a malformed Fetch request");
  ++endpoint_.counters.fetches;
  Fetching fetch{std::move(header), std::move(*request), {}};
  fetch.session = endpoint_.sessions.begin(session_.principal, fetch.header.version, fetch.request,
                                           monotonic_ms());
  if (fetch.session.error != error::kNone) return answer_fetch(fetch, {});
  FetchAnswer answer = read_fetch(call(fetch.header.version), fetch.request);
  // A client that asks on and on for what it does not get must not keep the loop busy.
  const bool again = answer.only_errors && only_errors_;
  if ((answer.final && !again) || fetch.request.max_wait_ms <= 0)
    return answer_fetch(fetch, std::move(answer));
  park(std::move(fetch), std::move(answer));
}

void Connection::park(Fetching fetch, FetchAnswer answer) {
  busy_ = true;
  ++request_;
  ++endpoint_.counters.parked;
  const Limits& limits = endpoint_.context.limits;
  int64_t wait = std::min(fetch.request.max_wait_ms, limits.max_fetch_wait_ms);
  if (answer.only_errors) wait = std::min(wait, limits.repeated_error_ms);
  parked_.emplace(Parked{std::move(fetch), std::move(answer.logs), answer.only_errors});
  for (const auto& log : parked_->logs) loop_.watches().add(log, this);
  after(wait, [this] { finish_parked(); });
  log_moved();  // it may have, between the look and the watch
}

Connection::Fetching Connection::unpark() {
  for (const auto& log : parked_->logs) loop_.watches().remove(log.get(), this);
  Fetching fetch = std::move(parked_->fetch);
  parked_.reset();
  --endpoint_.counters.parked;
  timer_.cancel();
  return fetch;
}

void Connection::log_moved() {
  FetchAnswer answer = read_fetch(call(parked_->fetch.header.version), parked_->fetch.request);
  if (!answer.final || (parked_->repeats_errors && answer.only_errors)) return;
  answer_fetch(unpark(), std::move(answer));
  pump();
}

void Connection::topics_changed() {
  const Principal& who = session_.principal;
  if (logged_in() && !endpoint_.context.backend.admits(who, session_.listener, session_.peer_ip))
    return close_with(LogLevel::kInfo, "may no longer use this listener");
  if (parked_) log_moved();
}

void Connection::finish_parked() {
  if (!parked_) return;
  FetchAnswer answer = read_fetch(call(parked_->fetch.header.version), parked_->fetch.request);
  answer_fetch(unpark(), std::move(answer));
  pump();
}

void Connection::answer_fetch(const Fetching& fetch, FetchAnswer answer) {
  const Api& api = *find_api(static_cast<int16_t>(ApiKey::kFetch));
  only_errors_ = answer.only_errors;
  endpoint_.sessions.finish(fetch.session, session_.principal, fetch.header.version, fetch.request,
                            answer.response, monotonic_ms());
  send(encode_frame(api, fetch.header.version, fetch.header.correlation, answer.response),
       std::move(answer.ranges));
}

}  // namespace millrace::kafka
