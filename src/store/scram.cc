// SPDX-License-Identifier: Apache-2.0
#include "store/scram.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"
#include "store/secrets.h"

namespace millrace::store {
namespace {

constexpr size_t kSaltBytes = 24;

const EVP_MD* digest(ScramHash hash) {
  return hash == ScramHash::kSha256 ? EVP_sha256() : EVP_sha512();
}

std::vector<std::byte> hmac(const EVP_MD* md, Bytes key, std::string_view message) {
  std::vector<std::byte> out(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  const unsigned char* done =
      HMAC(md, key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(message.data()), message.size(),
           reinterpret_cast<unsigned char*>(out.data()), &size);
  CHECK(done != nullptr);
  out.resize(size);
  return out;
}

}  // namespace

ScramVerifier make_verifier(ScramHash hash, std::string_view password) {
  std::vector<std::byte> salt(kSaltBytes);
  random_bytes(salt.data(), salt.size());
  return make_verifier(hash, password, salt, kScramIterations);
}

// SaltedPassword := Hi(password, salt, i); StoredKey := H(HMAC(SaltedPassword, "Client Key"));
// ServerKey := HMAC(SaltedPassword, "Server Key"). Hi is PBKDF2 with that hash. Our password rules
// leave only printable ASCII, which SASLprep maps to itself; other bytes are taken as they are.
ScramVerifier make_verifier(ScramHash hash, std::string_view password, Bytes salt,
                            int32_t iterations) {
  const EVP_MD* md = digest(hash);
  std::vector<std::byte> salted(static_cast<size_t>(EVP_MD_get_size(md)));
  const int derived = PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                                        reinterpret_cast<const unsigned char*>(salt.data()),
                                        static_cast<int>(salt.size()), iterations, md,
                                        static_cast<int>(salted.size()),
                                        reinterpret_cast<unsigned char*>(salted.data()));
  CHECK(derived == 1);
  const std::vector<std::byte> client_key = hmac(md, salted, "Client Key");
  ScramVerifier out{.salt = {salt.begin(), salt.end()},
                    .iterations = iterations,
                    .stored_key = std::vector<std::byte>(client_key.size()),
                    .server_key = hmac(md, salted, "Server Key")};
  const int hashed =
      EVP_Digest(client_key.data(), client_key.size(),
                 reinterpret_cast<unsigned char*>(out.stored_key.data()), nullptr, md, nullptr);
  CHECK(hashed == 1);
  OPENSSL_cleanse(salted.data(), salted.size());
  return out;
}

bool matches(const ScramVerifier& verifier, ScramHash hash, std::string_view password) {
  if (verifier.stored_key.empty() || verifier.iterations <= 0) return false;
  const ScramVerifier made = make_verifier(hash, password, verifier.salt, verifier.iterations);
  return made.stored_key.size() == verifier.stored_key.size() &&
         CRYPTO_memcmp(made.stored_key.data(), verifier.stored_key.data(),
                       made.stored_key.size()) == 0;
}

}  // namespace millrace::store
