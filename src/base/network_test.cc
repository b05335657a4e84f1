// SPDX-License-Identifier: Apache-2.0
#include "base/network.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

bool contains(const char* network, const char* address) {
  const auto parsed = Network::parse(network);
  EXPECT_TRUE(parsed) << network;
  return parsed && parsed->contains(address);
}

TEST(Network, ContainsTheAddressesOfItsPrefix) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(contains("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(contains("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(contains("10.1.2.3", "10.1.2.3"));
  EXPECT_FALSE(contains("10.1.2.3", "10.1.2.2"));
  EXPECT_TRUE(contains("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1")) << "every IPv4 address is no IPv6 address";
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(contains("::/0", "10.0.0.1"));
  EXPECT_TRUE(contains("10.0.0.0/8", "::ffff:10.0.0.1"));
  EXPECT_FALSE(contains("10.0.0.0/8", "not an address"));
}

TEST(Network, WhatIsNoneIsNamed) {
  for (const char* text : {"", "/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x",
                           "10.0.0/8", "::/129", "db.example.com"}) {
    const auto refused = Network::parse(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_NE(refused.error().what.find(text), std::string::npos);
  }
}

TEST(Network, AnEmptyListAllowsEverybody) {
  EXPECT_TRUE(allows({}, "10.0.0.1"));
  const auto some = parse_networks({"10.0.0.0/8", "::1"});
  ASSERT_TRUE(some);
  EXPECT_TRUE(allows(*some, "::1"));
  EXPECT_FALSE(allows(*some, "127.0.0.1"));
  EXPECT_FALSE(parse_networks({"10.0.0.0/8", "x"}));
}

}  // namespace
}  // namespace millrace
