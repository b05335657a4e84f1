// SPDX-License-Identifier: Apache-2.0
// Tokens of people who do not know the password never log in, and no exchange continues after it
// has failed. Input: mechanism, then tokens, each a length byte and its bytes.
#include "base/byte_reader.h"
#include "base/check.h"
#include "kafka/server/sasl.h"
#include "kafka/testing.h"

namespace {

using namespace millrace;
using namespace millrace::kafka;

// Has users, and a password that is not in the input.
class Closed final : public Backend {
 public:
  std::optional<Principal> authenticate(std::string_view user, std::string_view password) override {
    CHECK(!user.empty() && !password.empty());
    return std::nullopt;
  }
  std::optional<ScramAccount> scram_account(std::string_view user, ScramMechanism how) override {
    if (user != "user") return std::nullopt;
    const std::vector<std::byte> key(how == ScramMechanism::kSha256 ? 32 : 64, std::byte{7});
    return ScramAccount{{}, {{std::byte{1}}, 4096, key, key}};
  }
  std::optional<Principal> principal_of_group(std::string_view) override { return std::nullopt; }
  bool admits(const Principal&, std::string_view, std::string_view) override { return true; }
  std::vector<TopicRef> topics_of(const Principal&) override { return {}; }
  TopicRef topic_by_name(std::string_view) override { return nullptr; }
  TopicRef topic_by_id(const TopicId&) override { return nullptr; }
  std::string cluster_id() override { return ""; }
  int64_t now_ms() override { return 0; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr const char* kMechanisms[] = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};
  ByteReader in({reinterpret_cast<const std::byte*>(data), size});
  Closed backend;
  const auto exchange = start_sasl(kMechanisms[in.u8() % 3]);
  bool failed = false;
  while (!in.at_end()) {
    const std::string_view token = in.text(in.u8());
    if (!in.ok()) break;
    const SaslOutcome outcome = exchange->step(backend, token);
    CHECK(outcome.kind != SaslOutcome::Kind::kDone);
    CHECK(!failed || outcome.kind == SaslOutcome::Kind::kFailed);
    failed = failed || outcome.kind == SaslOutcome::Kind::kFailed;
    if (failed) CHECK(!outcome.principal);
  }
  return 0;
}
