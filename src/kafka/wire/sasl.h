// SPDX-License-Identifier: Apache-2.0
// SASL: which mechanism, and its tokens.
#pragma once

#include "kafka/wire/types.h"

namespace millrace::kafka {

struct SaslHandshakeRequest {
  std::string mechanism;
  bool operator==(const SaslHandshakeRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.mechanism);
  }
};

struct SaslHandshakeResponse {
  int16_t error = 0;
  std::vector<std::string> mechanisms;
  bool operator==(const SaslHandshakeResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.error);
    f(m.mechanisms);
  }
};

struct SaslAuthenticateRequest {
  Blob auth;
  bool operator==(const SaslAuthenticateRequest&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.auth);
  }
};

struct SaslAuthenticateResponse {
  int16_t error = 0;
  std::optional<std::string> message;
  Blob auth;
  int64_t session_lifetime_ms = 0;
  bool operator==(const SaslAuthenticateResponse&) const = default;
  template <class M, class F>
  static void fields(M& m, F& f) {
    f(m.error);
    f(m.message);
    f(m.auth);
    f(m.session_lifetime_ms, since(1));
  }
};

}  // namespace millrace::kafka
