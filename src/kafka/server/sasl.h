// SPDX-License-Identifier: Apache-2.0
// The server's side of one SASL login. Steps run on a worker thread: they may cost a password hash.
// Neither a password nor a token ever gets into an error or a log.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/limits.h"
#include "kafka/server/backend.h"

namespace millrace::kafka {

struct SaslOutcome {
  enum class Kind : uint8_t { kContinue, kDone, kFailed };
  Kind kind = Kind::kFailed;
  std::string token;                   // for the client
  std::optional<Principal> principal;  // with kDone
};

class SaslExchange {
 public:
  virtual ~SaslExchange() = default;
  virtual SaslOutcome step(Backend& backend, std::string_view token) = 0;
  // Who it says that it is, as far as it said; at most kMaxIdBytes.
  const std::string& user() const { return user_; }

 protected:
  void set_user(std::string_view user) { user_ = user.substr(0, kMaxIdBytes); }

 private:
  std::string user_;
};

// nullptr: a mechanism that we do not know.
std::unique_ptr<SaslExchange> start_sasl(std::string_view mechanism);

// RFC 4616, as Kafka clients send it: authzid NUL user NUL password. nullopt: malformed, an empty
// part, or an authzid that is not the user.
struct PlainCredentials {
  std::string_view user;
  std::string_view password;
};
std::optional<PlainCredentials> parse_plain(std::string_view token);

}  // namespace millrace::kafka
