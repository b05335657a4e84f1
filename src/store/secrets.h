// SPDX-License-Identifier: Apache-2.0
// Keeps source passwords unreadable at rest: libsodium's secretbox under a key in a file of its
// own. Any thread.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/files.h"

namespace millrace::store {

class Secrets {
 public:
  // Reads the key from `path`, or makes one there if `make_if_missing`. kNotFound when it is
  // missing and must not be made, kCorrupt when it is no key.
  static Result<Secrets> open(io::Files& files, const std::string& path, bool make_if_missing);
  Secrets(Secrets&& other) noexcept;
  Secrets& operator=(Secrets&&) = delete;
  ~Secrets();  // wipes the key

  // Base64 text: nonce and box.
  std::string seal(std::string_view secret) const;
  // kDenied: made under another key, or damaged.
  Result<std::string> unseal(std::string_view sealed) const;

 private:
  Secrets() = default;
  std::array<unsigned char, 32> key_{};
};

void random_bytes(void* out, size_t size);
// That many of [a-z0-9].
std::string random_name(size_t characters);
// Base64url text of 16 random bytes: 22 characters.
std::string random_id();
// Base64url text of 32 random bytes.
std::string random_token();
// 32 bytes that nobody can make, or find `text` from, without the key.
std::string keyed_hash(std::string_view key, std::string_view text);
// Whether the two are equal, in a time that depends on their lengths only.
bool equal_secrets(std::string_view a, std::string_view b);

}  // namespace millrace::store
