// SPDX-License-Identifier: Apache-2.0
// Keeps source passwords unreadable at rest: libsodium's secretbox under a key of its own file. Any
// thread.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace::store {

class Secrets {
 public:
  // Reads the key from `path`, or makes it there (mode 0600) if `make_if_missing`. kRefused when
  // others may read the file, kNotFound when it is missing and must not be made, kCorrupt when it
  // is no key.
  static Result<Secrets> open(const std::string& path, bool make_if_missing);
  Secrets(Secrets&& other) noexcept;
  Secrets& operator=(Secrets&&) = delete;
  ~Secrets();  // wipes the key

  // Base64 text: nonce and box.
  std::string seal(std::string_view secret) const;
  // kDenied: made under another key, or damaged.
  Result<std::string> open_sealed(std::string_view sealed) const;

 private:
  Secrets() = default;
  std::array<unsigned char, 32> key_{};
};

// Random names: characters of [a-z0-9], base64url text of 16 random bytes (22 characters), and
// base64url of 32 (a bearer token).
std::string random_name(size_t characters);
std::string random_uuid_text();
std::string random_token();
void random_bytes(void* out, size_t size);
// Whether the two are equal, in a time that depends on their lengths only.
bool equal_secrets(std::string_view a, std::string_view b);

}  // namespace millrace::store
