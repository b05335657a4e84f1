// SPDX-License-Identifier: Apache-2.0
#include "kafka/server/sasl.h"

#include "kafka/server/scram.h"

namespace millrace::kafka {
namespace {

class Plain final : public SaslExchange {
 public:
  SaslOutcome step(Backend& backend, std::string_view token) override {
    const auto credentials = parse_plain(token);
    if (!credentials) return {};
    set_user(credentials->user);
    auto principal = backend.authenticate(credentials->user, credentials->password);
    if (!principal) return {};
    return {SaslOutcome::Kind::kDone, "", std::move(principal)};
  }
};

}  // namespace

std::optional<PlainCredentials> parse_plain(std::string_view token) {
  const size_t first = token.find('\0');
  if (first == std::string_view::npos) return std::nullopt;
  const size_t second = token.find('\0', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const std::string_view authzid = token.substr(0, first);
  const std::string_view user = token.substr(first + 1, second - first - 1);
  const std::string_view password = token.substr(second + 1);
  const bool one_too_many = password.find('\0') != std::string_view::npos;
  if (user.empty() || password.empty() || one_too_many) return std::nullopt;
  if (!authzid.empty() && authzid != user) return std::nullopt;
  return PlainCredentials{user, password};
}

std::unique_ptr<SaslExchange> start_sasl(std::string_view mechanism) {
  if (mechanism == "PLAIN") return std::make_unique<Plain>();
  if (mechanism == "SCRAM-SHA-256") return start_scram(ScramMechanism::kSha256, random_nonce());
  if (mechanism == "SCRAM-SHA-512") return start_scram(ScramMechanism::kSha512, random_nonce());
  return nullptr;
}

}  // namespace millrace::kafka
