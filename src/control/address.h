// SPDX-License-Identifier: Apache-2.0
// host:port as people write it.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace millrace::control {

struct Address {
  std::string host;  // without brackets
  uint16_t port = 0;
};

// "127.0.0.1:8080", "[::1]:8080", "localhost:8080".
Result<Address> parse_address(const std::string& text);
std::string address_text(const Address& address);
bool is_loopback(const std::string& host);

}  // namespace millrace::control
