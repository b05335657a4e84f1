// SPDX-License-Identifier: Apache-2.0
#include "kafka/server/scram.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/check.h"

namespace millrace::kafka {
namespace {

const unsigned char* raw(Bytes bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string base64(Bytes bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), raw(bytes),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

std::optional<std::vector<std::byte>> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > 1024) return std::nullopt;
  std::vector<std::byte> bytes(text.size() / 4 * 3);
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   raw(as_bytes(text)), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  bytes.resize(static_cast<size_t>(size) - padding);
  return bytes;
}

// "=2C" is a comma and "=3D" an equals sign; no other "=" may stand in a user name.
std::optional<std::string> unescaped(std::string_view name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '=') {
      out += name[i];
    } else if (name.substr(i, 3) == "=2C" || name.substr(i, 3) == "=3D") {
      out += name[i + 1] == '2' ? ',' : '=';
      i += 2;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

// The next attribute, up to a comma; its value if its name is `name`.
std::optional<std::string_view> take_attribute(std::string_view& rest, char name) {
  const size_t comma = rest.find(',');
  const std::string_view attribute = rest.substr(0, comma);
  if (attribute.size() < 2 || attribute[0] != name || attribute[1] != '=') return std::nullopt;
  rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  return attribute.substr(2);
}

class Scram final : public SaslExchange {
 public:
  Scram(ScramMechanism mechanism, std::string nonce)
      : mechanism_(mechanism),
        hash_(mechanism == ScramMechanism::kSha256 ? EVP_sha256() : EVP_sha512()),
        nonce_(std::move(nonce)) {}

  SaslOutcome step(Backend& backend, std::string_view token) override {
    switch (std::exchange(next_, Next::kNothing)) {
      case Next::kFirst:
        return first(backend, token);
      case Next::kFinal:
        return final(token);
      case Next::kNothing:
        break;
    }
    return {};
  }

 private:
  enum class Next : uint8_t { kFirst, kFinal, kNothing };

  // gs2-header "n,[a=authzid],", then n=user,r=nonce[,extensions].
  SaslOutcome first(Backend& backend, std::string_view token) {
    if (!token.starts_with("n,")) return {};
    const size_t header_end = token.find(',', 2);
    if (header_end == std::string_view::npos) return {};
    const std::string_view authzid = token.substr(2, header_end - 2);
    gs2_header_ = token.substr(0, header_end + 1);
    client_first_ = token.substr(header_end + 1);
    std::string_view rest = client_first_;
    const auto name = take_attribute(rest, 'n');
    const auto client_nonce = name ? take_attribute(rest, 'r') : std::nullopt;
    if (!client_nonce || client_nonce->empty()) return {};
    const auto user = unescaped(*name);
    if (!user || user->empty()) return {};
    if (!authzid.empty() && (!authzid.starts_with("a=") || unescaped(authzid.substr(2)) != user))
      return {};
    if (rest.find("tokenauth=true") != std::string_view::npos) return {};

    set_user(*user);
    look_up(backend, *user);
    nonce_ = std::string(*client_nonce) + nonce_;
    server_first_ = "r=" + nonce_ + ",s=" + base64(verifier_.salt) +
                    ",i=" + std::to_string(verifier_.iterations);
    next_ = Next::kFinal;
    return {SaslOutcome::Kind::kContinue, server_first_, std::nullopt};
  }

  // Who is not there gets a salt all the same, always the same one for a name, and fails at the
  // proof like a wrong password.
  void look_up(Backend& backend, const std::string& user) {
    if (auto account = backend.scram_account(user, mechanism_)) {
      principal_ = std::move(account->principal);
      verifier_ = std::move(account->verifier);
      return;
    }
    static const std::array<std::byte, 32> kSecret = [] {
      std::array<std::byte, 32> secret{};
      CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(secret.data()),
                       static_cast<int>(secret.size())) == 1);
      return secret;
    }();
    verifier_.salt = hmac(kSecret, as_bytes(user));
    verifier_.salt.resize(16);
    verifier_.stored_key = hmac(kSecret, as_bytes(nonce_));
    verifier_.server_key = verifier_.stored_key;
  }

  // c=base64(gs2-header),r=nonce[,extensions],p=proof
  SaslOutcome final(std::string_view token) {
    const size_t proof_at = token.rfind(",p=");
    if (proof_at == std::string_view::npos) return {};
    const std::string_view without_proof = token.substr(0, proof_at);
    std::string_view rest = without_proof;
    const auto binding = take_attribute(rest, 'c');
    const auto nonce = binding ? take_attribute(rest, 'r') : std::nullopt;
    // librdkafka before 2.6 puts its own nonce in front of ours once more; a Kafka broker, too,
    // looks at the end alone.
    if (!nonce || !nonce->ends_with(nonce_) || *binding != base64(as_bytes(gs2_header_))) return {};
    const auto proof = from_base64(token.substr(proof_at + 3));
    if (!proof || proof->size() != verifier_.stored_key.size()) return {};

    const std::string message =
        client_first_ + "," + server_first_ + "," + std::string(without_proof);
    std::vector<std::byte> client_key = hmac(verifier_.stored_key, as_bytes(message));
    for (size_t i = 0; i < client_key.size(); ++i) client_key[i] ^= (*proof)[i];
    const std::vector<std::byte> key = digest(client_key);
    if (CRYPTO_memcmp(key.data(), verifier_.stored_key.data(), key.size()) != 0 || !principal_)
      return {};
    const std::string signature = "v=" + base64(hmac(verifier_.server_key, as_bytes(message)));
    return {SaslOutcome::Kind::kDone, signature, std::move(principal_)};
  }

  std::vector<std::byte> hmac(Bytes key, Bytes message) const {
    std::vector<std::byte> out(static_cast<size_t>(EVP_MD_size(hash_)));
    unsigned size = 0;
    CHECK(HMAC(hash_, key.data(), static_cast<int>(key.size()), raw(message), message.size(),
               reinterpret_cast<unsigned char*>(out.data()), &size) != nullptr);
    return out;
  }
  std::vector<std::byte> digest(Bytes bytes) const {
    std::vector<std::byte> out(static_cast<size_t>(EVP_MD_size(hash_)));
    unsigned size = 0;
    CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()),
                     &size, hash_, nullptr) == 1);
    return out;
  }

  ScramMechanism mechanism_;
  const EVP_MD* hash_;
  std::string nonce_;  // the server's part, then both
  Next next_ = Next::kFirst;
  std::string gs2_header_, client_first_, server_first_;
  std::optional<Principal> principal_;
  ScramVerifier verifier_;
};

}  // namespace

std::unique_ptr<SaslExchange> start_scram(ScramMechanism mechanism, std::string nonce) {
  return std::make_unique<Scram>(mechanism, std::move(nonce));
}

std::string random_nonce() {
  std::array<std::byte, 18> bytes{};
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()),
                   static_cast<int>(bytes.size())) == 1);
  return base64(bytes);
}

}  // namespace millrace::kafka
