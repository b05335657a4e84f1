// SPDX-License-Identifier: Apache-2.0
// A range of IP addresses, as allow-lists have them: "10.0.0.0/8", "2001:db8::/32", or one address.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace {

class Network {
 public:
  // kInvalid: neither an address nor one with a prefix length that fits it.
  static Result<Network> parse(std::string_view text);
  // False for a text that is no address. An IPv4 address is the same written as IPv6.
  bool contains(std::string_view address) const;

 private:
  using Address = std::array<uint8_t, 16>;  // IPv4 mapped into IPv6
  Address address_{};
  unsigned prefix_ = 0;  // of the 128 bits
};

Result<std::vector<Network>> parse_networks(const std::vector<std::string>& texts);
// An empty list allows every address.
bool allows(const std::vector<Network>& networks, std::string_view address);

}  // namespace millrace
