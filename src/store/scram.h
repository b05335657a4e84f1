// SPDX-License-Identifier: Apache-2.0
// SCRAM verifiers (RFC 5802): what is kept of a group's password. The password cannot be read from
// one, and a log-in can be checked against it, by SCRAM and by PLAIN.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace millrace::store {

enum class ScramHash : uint8_t { kSha256, kSha512 };

struct ScramVerifier {
  std::vector<std::byte> salt;
  int32_t iterations = 0;
  std::vector<std::byte> stored_key;
  std::vector<std::byte> server_key;
  friend bool operator==(const ScramVerifier&, const ScramVerifier&) = default;
};

inline constexpr int32_t kScramIterations = 4096;  // Kafka's own least

// With a fresh salt.
ScramVerifier make_verifier(ScramHash hash, std::string_view password);
ScramVerifier make_verifier(ScramHash hash, std::string_view password, Bytes salt,
                            int32_t iterations);
// Takes the same time whether it is the password or not. False for an empty verifier.
bool matches(const ScramVerifier& verifier, ScramHash hash, std::string_view password);

}  // namespace millrace::store
