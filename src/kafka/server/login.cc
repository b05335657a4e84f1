// SPDX-License-Identifier: Apache-2.0
// SASL on a connection (kafka-endpoint spec 1.4.11). After SaslHandshake version 0 tokens are bare:
// a length and the token, both ways; after version 1 they travel in SaslAuthenticate.
#include <algorithm>

#include "kafka/server/connection.h"
#include "kafka/server/monotonic.h"
#include "kafka/wire/errors.h"
#include "kafka/wire/sasl.h"

namespace millrace::kafka {
namespace {

// One text for every reason: it tells nobody which users there are.
constexpr const char* kFailed = "Authentication failed: wrong user name or password";

Frame raw_token(const std::string& token) {
  Frame frame;
  frame.bytes.be(token.size(), 4);
  frame.bytes.append(token);
  return frame;
}

}  // namespace

std::vector<std::string> Connection::mechanisms() const {
  const bool tls = listener_.security == Security::kSaslSsl;
  boost::system::error_code ignored;
  const bool local = socket_.local_endpoint(ignored).address().is_loopback();
  std::vector<std::string> offered = {"SCRAM-SHA-256", "SCRAM-SHA-512"};
  if (tls || local || listener_.allow_plain_without_tls) offered.push_back("PLAIN");
  return offered;
}

void Connection::on_handshake(const Api& api, const RequestHeader& header, Bytes body) {
  const auto request = decode_body<SaslHandshakeRequest>(api, header.version, body);
  if (!request) return malformed("a malformed SaslHandshake request");
  SaslHandshakeResponse response;
  if (login_ == Login::kNotNeeded || login_ == Login::kDone) {
    response.error = error::kIllegalSaslState;
    return send(encode_frame(api, header.version, header.correlation, response));
  }
  if (login_ != Login::kStart) return malformed("a second SaslHandshake");
  response.mechanisms = mechanisms();
  const auto& offered = response.mechanisms;
  if (std::find(offered.begin(), offered.end(), request->mechanism) == offered.end()) {
    response.error = error::kUnsupportedSaslMechanism;
    return fail_login(encode_frame(api, header.version, header.correlation, response),
                      endpoint_.context.limits.login_failure_delay_ms);
  }
  sasl_ = start_sasl(request->mechanism);
  login_ = header.version == 0 ? Login::kRawTokens : Login::kTokens;
  send(encode_frame(api, header.version, header.correlation, response));
}

void Connection::on_raw_token(Bytes token) { run_sasl(std::string(as_text(token)), nullptr, {}); }

void Connection::on_authenticate(const Api& api, const RequestHeader& header, Bytes body) {
  auto request = decode_body<SaslAuthenticateRequest>(api, header.version, body);
  if (!request) return malformed("a malformed SaslAuthenticate request");
  if (login_ == Login::kTokens) return run_sasl(std::move(request->auth.data), &api, header);
  SaslAuthenticateResponse response;
  response.error = error::kIllegalSaslState;
  response.message = "SaslAuthenticate request received out of turn";
  const bool before = login_ == Login::kStart;
  send(encode_frame(api, header.version, header.correlation, response));
  if (before) close_when_sent_ = true;
}

// A step may cost a password hash: on the worker, while this connection waits.
void Connection::run_sasl(std::string token, const Api* api, RequestHeader header) {
  busy_ = true;
  ++request_;
  sasl_step_ms_ = monotonic_ms();
  endpoint_.hashes.post(
      [self = shared_from_this(), token = std::move(token), api, header = std::move(header)] {
        const SaslOutcome outcome = self->sasl_->step(self->endpoint_.context.backend, token);
        self->loop_.post([self, outcome, api, header] {
          if (!self->closed_) self->finish_sasl(outcome, api, header);
        });
      });
}

void Connection::finish_sasl(SaslOutcome outcome, const Api* api, const RequestHeader& header) {
  if (outcome.kind == SaslOutcome::Kind::kDone &&
      !endpoint_.context.backend.admits(*outcome.principal, session_.listener, session_.peer_ip)) {
    // Told like a wrong password: who is not meant to be here learns nothing.
    if (endpoint_.admission.may_log(session_.peer_ip, monotonic_ms()))
      endpoint_.log(LogLevel::kWarning, "Kafka: " + outcome.principal->name +
                                            " may not use listener \"" + session_.listener +
                                            "\" from " + session_.peer_ip);
    outcome = {};
  }
  SaslAuthenticateResponse response;
  const auto frame = [&] {
    return api == nullptr ? raw_token(outcome.token)
                          : encode_frame(*api, header.version, header.correlation, response);
  };
  if (outcome.kind == SaslOutcome::Kind::kFailed) {
    ++endpoint_.counters.failed_logins;
    response.error = error::kSaslAuthenticationFailed;
    response.message = kFailed;
    // Bare tokens have no way to say it.
    const int64_t now = monotonic_ms();
    const int64_t delay = endpoint_.admission.login_failed(session_.peer_ip, sasl_->user(), now);
    // From the try on: how long the check took tells nobody whether there is such a user.
    return fail_login(api == nullptr ? std::nullopt : std::optional<Frame>(frame()),
                      std::max<int64_t>(0, sasl_step_ms_ + delay - now));
  }
  if (outcome.kind == SaslOutcome::Kind::kDone) {
    if (!endpoint_.admission.log_in(session_.peer_ip, outcome.principal->name,
                                    outcome.principal->admin))
      return close_with(LogLevel::kWarning, "too many connections of this user");
    session_.principal = *outcome.principal;
    login_ = Login::kDone;
    sasl_.reset();
  }
  response.auth.data = outcome.token;
  send(frame());
  pump();
}

void Connection::fail_login(std::optional<Frame> answer, int64_t delay_ms) {
  busy_ = true;
  ++request_;
  auto carried = std::make_shared<std::optional<Frame>>(std::move(answer));
  after(delay_ms, [this, carried] {
    if (!*carried) return close();
    send(std::move(**carried));
    busy_ = true;  // for good: nothing more is taken
    pump();
    if (!closed_) after(endpoint_.context.limits.login_failure_linger_ms, [this] { close(); });
  });
}

}  // namespace millrace::kafka
