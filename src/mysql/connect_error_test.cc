// SPDX-License-Identifier: Apache-2.0
#include "mysql/connect_error.h"

#include <gtest/gtest.h>

#include "mysql/event_test_support.h"

namespace millrace::mysql {
namespace {

ConnectOptions options() {
  ConnectOptions options;
  options.host = "db.example";
  options.user = "tracker";
  options.password = "hidden";
  return options;
}

std::string packet(std::string_view payload) {
  return std::string{static_cast<char>(payload.size()), 0, 0, 0} + std::string(payload);
}
// The begin of a real greeting; the capabilities' low half is `capabilities`.
std::string greeting(uint16_t capabilities) {
  Buffer out;
  out.put(10);
  out.append(std::string_view("8.0.36", 7));
  out.le(77, 4);
  out.append("12345678");
  out.put(0);
  out.le(capabilities, 2);
  out.append("more of it");
  return packet(as_text(out.view()));
}

struct Case {
  unsigned code;
  std::string_view message;
  Errc expected;
  std::string_view advice;  // part of what is said
};

TEST(ConnectError, SaysWhatWhyAndWhatToDo) {
  constexpr Case kCases[] = {
      {2005, "Unknown server host 'db.example' (-2)", Errc::kUnavailable, "name cannot be found"},
      {2002, "Can't connect to server on 'db.example' (111)", Errc::kUnavailable,
       "nothing listens"},
      {2002, "Can't connect to server on 'db.example' (115)", Errc::kUnavailable,
       "nothing listens"},
      {2002, "Can't connect to server on 'db.example' (110)", Errc::kUnavailable, "within 10 s"},
      {2002, "Can't connect to server on 'db.example' (113)", Errc::kUnavailable, "no route"},
      {2013, "Lost connection to server", Errc::kUnavailable, "sent no greeting within 10 s"},
      {1045, "Access denied for user 'tracker'@'10.0.0.7' (using password: YES)", Errc::kDenied,
       "check user and password"},
      {1698, "Access denied for user 'tracker'@'localhost'", Errc::kDenied,
       "check user and password"},
      {1130, "Host '10.0.0.7' is not allowed to connect", Errc::kDenied, "the address 10.0.0.7"},
      {1129, "Host '10.0.0.7' is blocked", Errc::kDenied, "FLUSH HOSTS"},
      {1040, "Too many connections", Errc::kUnavailable, "max_connections"},
      {1203, "User tracker already has more than 'max_user_connections'", Errc::kUnavailable,
       "limit"},
      {1820, "You must reset your password", Errc::kDenied, "has expired"},
      {1862, "Your password has expired", Errc::kDenied, "has expired"},
      {3118, "Access denied for user 'tracker'@'%'. Account is locked.", Errc::kDenied, "UNLOCK"},
      {4151, "Access denied, this account is locked", Errc::kDenied, "UNLOCK"},
      {3159, "Connections using insecure transport are prohibited", Errc::kDenied, "tls=required"},
      {2026, "TLS/SSL error: self-signed certificate in certificate chain", Errc::kDenied,
       "--tls-ca"},
      {2026, "TLS/SSL error: Validation of SSL server certificate failed", Errc::kDenied,
       "verify-ca"},
      {2026, "TLS/SSL error: No such file or directory (2)", Errc::kInvalid, "--tls-ca"},
      {2026, "TLS/SSL error: unsafe legacy renegotiation disabled", Errc::kUnavailable, "too old"},
      {2059, "Authentication plugin 'auth_gssapi_client' cannot be loaded", Errc::kUnsupported,
       "caching_sha2_password"},
      {1251, "Client does not support authentication protocol", Errc::kUnsupported,
       "use an account"},
      {5010, "Authentication plugin 'mysql_clear_password' couldn't be found in restricted_auth",
       Errc::kUnsupported, "verify-ca"},
      {2007, "Protocol mismatch", Errc::kUnavailable, "check the port"},
      {9999, "Something new", Errc::kUnavailable, "Something new (error 9999)"},
  };
  for (const Case& c : kCases) {
    const Error error = connect_error({c.code, std::string(c.message), "", false}, options());
    EXPECT_EQ(error.code, c.expected) << error.what;
    EXPECT_NE(error.what.find(c.advice), std::string::npos) << error.what;
    EXPECT_EQ(error.what.find("cannot connect to db.example:3306 as 'tracker': "), 0U)
        << error.what;
    EXPECT_EQ(error.what.find("hidden"), std::string::npos);
    EXPECT_EQ(error.what.find('\n'), std::string::npos);
  }
}

// Instead of a greeting; the library wraps the words when it was going to use TLS.
TEST(ConnectError, ARefusalInPlaceOfAGreetingIsReadFromItsBytes) {
  const std::string refusal = packet(from_hex("ff 6904") + "Host '10.1.2.3' is blocked");
  Error error =
      connect_error({2002, "Received error packet before ...", refusal, false}, options());
  EXPECT_EQ(error.code, Errc::kDenied);
  EXPECT_NE(error.what.find("has blocked 10.1.2.3"), std::string::npos) << error.what;
  const std::string with_state = packet(from_hex("ff 1004") + "#08004Too many connections");
  error = connect_error({2002, "...", with_state, false}, options());
  EXPECT_NE(error.what.find(": Too many connections; raise"), std::string::npos) << error.what;
}

TEST(ConnectError, WhatIsNoMySqlServerIsSaidSo) {
  for (std::string_view bytes :
       {"SSH-2.0-OpenSSH_9.2p1\r\n", "HTTP/1.1 400 Bad Request\r\n", "x"}) {
    const Error error = connect_error({2013, "Lost", std::string(bytes), true}, options());
    EXPECT_NE(error.what.find("is not a MySQL server"), std::string::npos) << error.what;
  }
}

TEST(ConnectError, AServerWithoutTlsIsNamedWhenTlsIsAMust) {
  const Error error = connect_error({2013, "Lost", greeting(0xF7FF), true}, options());
  EXPECT_EQ(error.code, Errc::kDenied);
  EXPECT_NE(error.what.find("TLS is required"), std::string::npos);
}

TEST(ConnectError, WithoutTlsThatMayBeWhyAccessIsDenied) {
  ConnectOptions plain = options();
  plain.tls = TlsMode::kDisabled;
  EXPECT_NE(connect_error({1045, "Access denied", "", false}, plain).what.find("tls=required"),
            std::string::npos);
}

// Whoever answers there decides what the words are.
TEST(ConnectError, WordsOfTheServerAreMadeFitToBeShown) {
  const Error error = connect_error({1045, "no\x1b[31m\xff\n\tway", "", false}, options());
  EXPECT_NE(error.what.find(": no [31m\xEF\xBF\xBD  way;"), std::string::npos) << error.what;
}

TEST(Greeting, TellsWhetherItOffersTls) {
  EXPECT_TRUE(greeting_offers_tls(as_bytes(greeting(0x0800))));
  EXPECT_FALSE(greeting_offers_tls(as_bytes(greeting(0xF7FF))));
  for_each_cut(std::string_view(greeting(0x0800)).substr(0, 27),
               [](Bytes cut, size_t size) { EXPECT_FALSE(greeting_offers_tls(cut)) << size; });
}

TEST(StatementError, IsSortedByWhatMayBeDone) {
  EXPECT_EQ(statement_error(1064, "You have an error", "SELEC 1", false).code, Errc::kRefused);
  EXPECT_EQ(statement_error(1227, "Access denied; you need", "SHOW", false).code, Errc::kDenied);
  EXPECT_EQ(statement_error(2013, "Lost connection", "SELECT 1", false).code, Errc::kUnavailable);
  EXPECT_EQ(statement_error(2013, "Lost connection", "SELECT 1", true).code, Errc::kCancelled);
  EXPECT_EQ(statement_error(1064, "near ''", "SELECT\n1", false).what,
            "\"SELECT\": near '' (error 1064)");
}

}  // namespace
}  // namespace millrace::mysql
