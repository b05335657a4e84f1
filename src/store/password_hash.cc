// SPDX-License-Identifier: Apache-2.0
#include "store/password_hash.h"

#include <sodium.h>

#include "base/check.h"

namespace millrace::store {
namespace {

// What OWASP recommends as the least: 19 MiB, two passes. Several log-ins at once must fit into the
// memory of a small service.
constexpr unsigned long long kPasses = 2;
constexpr size_t kMemoryBytes = 19 << 20;

}  // namespace

std::string hash_password(std::string_view password) {
  CHECK(sodium_init() >= 0);
  std::string hash(crypto_pwhash_STRBYTES, '\0');
  CHECK(crypto_pwhash_str(hash.data(), password.data(), password.size(), kPasses, kMemoryBytes) ==
        0);
  hash.resize(hash.find('\0'));
  return hash;
}

bool password_matches(const std::string& hash, std::string_view password) {
  CHECK(sodium_init() >= 0);
  if (hash.size() >= crypto_pwhash_STRBYTES) return false;
  std::string padded = hash;  // the library reads a block of a fixed size
  padded.resize(crypto_pwhash_STRBYTES, '\0');
  return crypto_pwhash_str_verify(padded.data(), password.data(), password.size()) == 0;
}

}  // namespace millrace::store
