// SPDX-License-Identifier: Apache-2.0
#include "base/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace millrace {
namespace {

using Address = std::array<uint8_t, 16>;
constexpr unsigned kMappedBits = 96;  // in front of an IPv4 address

struct Parsed {
  Address address{};
  bool v4 = false;
};

std::optional<Parsed> parse_address(std::string_view text) {
  const std::string copy(text);
  Parsed out;
  if (inet_pton(AF_INET6, copy.c_str(), out.address.data()) == 1) return out;
  out = {};
  if (inet_pton(AF_INET, copy.c_str(), out.address.data() + kMappedBits / 8) != 1)
    return std::nullopt;
  out.address[10] = out.address[11] = 0xFF;
  out.v4 = true;
  return out;
}

std::optional<unsigned> parse_prefix(std::string_view text, unsigned most) {
  unsigned bits = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), bits);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || bits > most)
    return std::nullopt;
  return bits;
}

}  // namespace

Result<Network> Network::parse(std::string_view text) {
  const size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  const unsigned most = address && address->v4 ? 32 : 128;
  const auto bits = slash == std::string_view::npos ? std::optional<unsigned>(most)
                                                    : parse_prefix(text.substr(slash + 1), most);
  if (!address || !bits)
    return Error{Errc::kInvalid, "\"" + std::string(text) +
                                     "\" is no network: give an address, or one with a prefix "
                                     "length, for instance 10.0.0.0/8"};
  Network out;
  out.address_ = address->address;
  out.prefix_ = *bits + (address->v4 ? kMappedBits : 0);
  return out;
}

bool Network::contains(std::string_view address) const {
  const auto other = parse_address(address);
  if (!other) return false;
  for (unsigned bit = 0; bit < prefix_; bit += 8) {
    const unsigned left = std::min(8U, prefix_ - bit);
    const unsigned difference = address_[bit / 8] ^ other->address[bit / 8];
    if (difference >> (8 - left) != 0) return false;
  }
  return true;
}

Result<std::vector<Network>> parse_networks(const std::vector<std::string>& texts) {
  std::vector<Network> out;
  out.reserve(texts.size());
  for (const std::string& text : texts) out.push_back(TRY(Network::parse(text)));
  return out;
}

bool allows(const std::vector<Network>& networks, std::string_view address) {
  return networks.empty() ||
         std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return network.contains(address); });
}

}  // namespace millrace
