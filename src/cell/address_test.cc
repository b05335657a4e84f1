// SPDX-License-Identifier: Apache-2.0
#include "cell/address.h"

#include <gtest/gtest.h>

#include <string>

#include "cell/bytes_test_support.h"

namespace millrace::cell {
namespace {

using Print = char* (*)(char*, Bytes);
std::string text(Print print, std::string_view hex) {
  const Exact exact(from_hex(hex));
  char out[kMaxAddressText];
  return {out, static_cast<size_t>(print(out, exact.view()) - out)};
}

TEST(Uuid, HasFiveGroupsAndGetsItsZerosBack) {
  EXPECT_EQ(text(print_uuid, "123e4567e89b12d3a456426655440000"),
            "123e4567-e89b-12d3-a456-426655440000");
  EXPECT_EQ(text(print_uuid, "123e4567e89b12d3a45642665544"),
            "123e4567-e89b-12d3-a456-426655440000");
  EXPECT_EQ(text(print_uuid, ""), "00000000-0000-0000-0000-000000000000");
}

TEST(Inet4, GetsItsZerosBack) {
  EXPECT_EQ(text(print_inet4, "c0a80001"), "192.168.0.1");
  EXPECT_EQ(text(print_inet4, "0a"), "10.0.0.0");
  EXPECT_EQ(text(print_inet4, ""), "0.0.0.0");
}

TEST(Inet6, IsShortenedAsMariaDbDoes) {
  EXPECT_EQ(text(print_inet6, ""), "::");
  EXPECT_EQ(text(print_inet6, "00000000000000000000000000000001"), "::1");
  EXPECT_EQ(text(print_inet6, "20010db8000000000000ff0000428329"), "2001:db8::ff00:42:8329");
  EXPECT_EQ(text(print_inet6, "00000000000000000000ffffc0000280"), "::ffff:192.0.2.128");
  EXPECT_EQ(text(print_inet6, "000000000000000000000000c0000280"), "::192.0.2.128");
  EXPECT_EQ(text(print_inet6, "fe80"), "fe80::");
  EXPECT_EQ(text(print_inet6, "00010000000200030004000500060007"), "1::2:3:4:5:6:7");
  EXPECT_EQ(text(print_inet6, std::string(32, 'f')), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

}  // namespace
}  // namespace millrace::cell
