// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "mysql/connection.h"

namespace millrace::mysql {
namespace {

TEST(SourceUrl, IsReadPartByPart) {
  const auto options = parse_url("mysql://tracker:s3cret@db.example:3307?tls=verify-identity");
  ASSERT_TRUE(options) << options.error().what;
  EXPECT_EQ(options->user, "tracker");
  EXPECT_EQ(options->password, "s3cret");
  EXPECT_EQ(options->host, "db.example");
  EXPECT_EQ(options->port, 3307);
  EXPECT_EQ(options->tls, TlsMode::kVerifyIdentity);
}

TEST(SourceUrl, HasDefaults) {
  const auto options = parse_url("mysql://u@127.0.0.1");
  ASSERT_TRUE(options);
  EXPECT_EQ(options->password, "");
  EXPECT_EQ(options->port, 3306);
  EXPECT_EQ(options->tls, TlsMode::kPreferred);
}

TEST(SourceUrl, TakesEscapesAndBareSignsInPasswords) {
  EXPECT_EQ(parse_url("mysql://a%40b:p%3Aw%2F@h")->user, "a@b");
  EXPECT_EQ(parse_url("mysql://a%40b:p%3Aw%2F@h")->password, "p:w/");
  EXPECT_EQ(parse_url("mysql://u:p@ss:w/?rd@h:1")->password, "p@ss:w/?rd");
  EXPECT_EQ(parse_url("mysql://u:@h")->password, "");
}

TEST(SourceUrl, TakesIpv6InBrackets) {
  const auto options = parse_url("mysql://u@[2001:db8::1]:3310/?tls=required");
  ASSERT_TRUE(options) << options.error().what;
  EXPECT_EQ(options->host, "2001:db8::1");
  EXPECT_EQ(options->port, 3310);
  EXPECT_EQ(parse_url("mysql://u@[::1]")->port, 3306);
}

TEST(SourceUrl, SaysWhatIsWrongAndNeverThePassword) {
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"", "does not begin with mysql://"},
      {"postgres://u:hidden@h", "does not begin with mysql://"},
      {"mysql://h", "no user"},
      {"mysql://:hidden@h", "no user"},
      {"mysql://u:hidden@", "no host"},
      {"mysql://u:hidden@h:0", "port"},
      {"mysql://u:hidden@h:65536", "port"},
      {"mysql://u:hidden@h:", "port"},
      {"mysql://u:hidden@h:33x", "port"},
      {"mysql://u:hidden@::1", "brackets"},
      {"mysql://u:hidden@[::1", "]"},
      {"mysql://u:hidden@[::1]x", "]"},
      {"mysql://u:hidden@h/shop", "database"},
      {"mysql://u:hidden@h?ssl=1", "\"ssl\" is no option"},
      {"mysql://u:hidden@h?tls=maybe", "tls=maybe"},
      {"mysql://u:hidden%2@h", "password"},
      {"mysql://u%zz:hidden@h", "user"},
      {"mysql://u:hidden%00@h", "zero byte"},
      {"mysql://u:hidden@a b", "host"},
      {std::string_view("mysql://u:hidden@a\0b", 20), "host"}};
  for (const auto& [url, part] : kCases) {
    const auto options = parse_url(url);
    ASSERT_FALSE(options) << url;
    EXPECT_EQ(options.error().code, Errc::kInvalid);
    EXPECT_NE(options.error().what.find(part), std::string::npos) << options.error().what;
    EXPECT_EQ(options.error().what.find("hidden"), std::string::npos) << options.error().what;
    EXPECT_NE(options.error().what.find("mysql://user[:password]@host"), std::string::npos);
  }
}

TEST(MaskedUrl, ReadsBackWithoutThePassword) {
  for (std::string_view url : {"mysql://u:hidden@h?tls=disabled", "mysql://a%40b:hidden@[::1]:9",
                               "mysql://u:hidden@h?tls=verify-ca"}) {
    ConnectOptions options = *parse_url(url);
    const std::string masked = masked_url(options);
    EXPECT_EQ(masked.find("hidden"), std::string::npos);
    const auto again = parse_url(masked);
    ASSERT_TRUE(again) << masked;
    EXPECT_EQ(again->user, options.user);
    EXPECT_EQ(again->host, options.host);
    EXPECT_EQ(again->port, options.port);
    EXPECT_EQ(again->tls, options.tls);
  }
}

}  // namespace
}  // namespace millrace::mysql
