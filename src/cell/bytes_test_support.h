// SPDX-License-Identifier: Apache-2.0
// Bytes for tests: from hex, and in a heap block of exactly their size, so that ASan sees
// overreads.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace millrace::cell {

inline std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  return bytes;
}

class Exact {
 public:
  explicit Exact(std::string_view bytes) : size_(bytes.size()), data_(new std::byte[bytes.size()]) {
    if (size_ != 0) std::memcpy(data_.get(), bytes.data(), size_);
  }
  const std::byte* data() const { return data_.get(); }
  Bytes view() const { return {data_.get(), size_}; }

 private:
  size_t size_;
  std::unique_ptr<std::byte[]> data_;
};

}  // namespace millrace::cell
