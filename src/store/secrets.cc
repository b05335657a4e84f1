// SPDX-License-Identifier: Apache-2.0
#include "store/secrets.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"

namespace millrace::store {
namespace {

constexpr int kStandard = sodium_base64_VARIANT_ORIGINAL;
constexpr int kUrl = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

void need_sodium() {
  const int started = sodium_init();  // cheap when it was done before
  CHECK(started >= 0, started);
}

std::string base64(const void* bytes, size_t size, int variant) {
  std::string out(sodium_base64_encoded_len(size, variant), '\0');
  sodium_bin2base64(out.data(), out.size(), static_cast<const unsigned char*>(bytes), size,
                    variant);
  out.resize(std::strlen(out.c_str()));
  return out;
}

bool from_base64(std::string_view text, std::vector<unsigned char>& out) {
  if (text.empty()) return false;
  out.resize(text.size());
  size_t size = 0;
  if (sodium_base642bin(out.data(), out.size(), text.data(), text.size(), "\r\n", &size, nullptr,
                        kStandard) != 0) {
    return false;
  }
  out.resize(size);
  return true;
}

template <size_t kSize>
std::string random_text() {
  unsigned char bytes[kSize];
  random_bytes(bytes, kSize);
  return base64(bytes, kSize, kUrl);
}

}  // namespace

Result<Secrets> Secrets::open(io::Files& files, const std::string& path, bool make_if_missing) {
  need_sodium();
  static_assert(sizeof(Secrets::key_) == crypto_secretbox_KEYBYTES);
  Secrets secrets;
  if (!TRY(io::exists(files, path))) {
    if (!make_if_missing) {
      return Error{Errc::kNotFound,
                   fmt::format("{} is missing: it holds the key to the passwords in control.db; "
                               "put it back, or give --key-file where it is",
                               path)};
    }
    random_bytes(secrets.key_.data(), secrets.key_.size());
    const std::string text = base64(secrets.key_.data(), secrets.key_.size(), kStandard) + "\n";
    TRY(io::replace_file(files, path, as_bytes(text)));
    return secrets;
  }
  std::string text = TRY(io::read_file(files, path, 4096));
  std::vector<unsigned char> key;
  const bool whole = from_base64(text, key) && key.size() == secrets.key_.size();
  if (whole) std::memcpy(secrets.key_.data(), key.data(), key.size());
  sodium_memzero(key.data(), key.size());
  sodium_memzero(text.data(), text.size());
  if (!whole) {
    return Error{
        Errc::kCorrupt,
        path + " is not a key of ours (base64 text of 32 bytes): restore it from a backup"};
  }
  return secrets;
}

Secrets::Secrets(Secrets&& other) noexcept : key_(other.key_) {
  sodium_memzero(other.key_.data(), other.key_.size());
}

Secrets::~Secrets() { sodium_memzero(key_.data(), key_.size()); }

std::string Secrets::seal(std::string_view secret) const {
  std::vector<unsigned char> out(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES +
                                 secret.size());
  random_bytes(out.data(), crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(out.data() + crypto_secretbox_NONCEBYTES,
                        reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
                        out.data(), key_.data());
  return base64(out.data(), out.size(), kStandard);
}

Result<std::string> Secrets::unseal(std::string_view sealed) const {
  const Error unreadable{Errc::kDenied,
                         "a password in control.db cannot be read with this secret.key: it is "
                         "another key, or the entry is damaged"};
  std::vector<unsigned char> bytes;
  constexpr size_t kOverhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (!from_base64(sealed, bytes) || bytes.size() < kOverhead) return unreadable;
  std::string out(bytes.size() - kOverhead, '\0');
  if (crypto_secretbox_open_easy(
          reinterpret_cast<unsigned char*>(out.data()), bytes.data() + crypto_secretbox_NONCEBYTES,
          bytes.size() - crypto_secretbox_NONCEBYTES, bytes.data(), key_.data()) != 0) {
    return unreadable;
  }
  return out;
}

void random_bytes(void* out, size_t size) {
  need_sodium();
  randombytes_buf(out, size);
}

std::string random_name(size_t characters) {
  need_sodium();
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string out;
  while (out.size() < characters) {
    out += kLetters[randombytes_uniform(static_cast<uint32_t>(kLetters.size()))];
  }
  return out;
}

std::string random_id() { return random_text<16>(); }
std::string random_token() { return random_text<32>(); }

std::string keyed_hash(std::string_view key, std::string_view text) {
  need_sodium();
  std::string hash(crypto_generichash_BYTES, '\0');
  const int made =
      crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                         reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                         reinterpret_cast<const unsigned char*>(key.data()),
                         std::min<size_t>(key.size(), crypto_generichash_KEYBYTES_MAX));
  CHECK(made == 0);
  return hash;
}

bool equal_secrets(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace millrace::store
