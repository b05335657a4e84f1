// SPDX-License-Identifier: Apache-2.0
#include "control/address.h"

#include <fmt/format.h>

#include <charconv>

namespace millrace::control {

Result<Address> parse_address(const std::string& text) {
  const size_t colon = text.rfind(':');
  std::string host = text.substr(0, colon == std::string::npos ? 0 : colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  uint16_t port = 0;
  const char* end = text.data() + text.size();
  const char* digits = colon == std::string::npos ? end : text.data() + colon + 1;
  const auto parsed = std::from_chars(digits, end, port);
  const bool whole = digits != end && parsed.ec == std::errc() && parsed.ptr == end;
  if (host.empty() || !whole || (!bracketed && host.find(':') != std::string::npos)) {
    return Error{Errc::kInvalid,
                 fmt::format("\"{}\" is no address: give host:port, for instance 127.0.0.1:8080 or "
                             "[::1]:8080",
                             text)};
  }
  return Address{.host = std::move(host), .port = port};
}

std::string address_text(const Address& address) {
  const bool ipv6 = address.host.find(':') != std::string::npos;
  return ipv6 ? fmt::format("[{}]:{}", address.host, address.port)
              : fmt::format("{}:{}", address.host, address.port);
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace millrace::control
