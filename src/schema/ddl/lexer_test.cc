// SPDX-License-Identifier: Apache-2.0
#include "schema/ddl/lexer.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::schema::ddl {
namespace {

DdlContext mysql(uint32_t version = 80034) {
  DdlContext context;
  context.version = version;
  return context;
}
DdlContext mariadb(uint32_t version = 101106) {
  DdlContext context;
  context.flavour = Flavour::kMariaDb;
  context.version = version;
  return context;
}

// The tokens' values with a letter for their kind: w(ord), q(uoted), s(tring), b(ytes), n(umber).
std::string tokens(std::string_view text, const DdlContext& context = mysql()) {
  constexpr char kLetters[] = {'!', 'w', 'q', 's', 'b', 'n', ' '};
  Lexer lexer(text, context);
  std::string out;
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    if (!out.empty()) out += ' ';
    if (token.kind != TokenKind::kSymbol) {
      out += kLetters[static_cast<size_t>(token.kind)];
      out += ':';
    }
    out += token_value(token, context);
  }
  return out;
}

TEST(Lexer, NamesMayBeAnything) {
  EXPECT_EQ(tokens("`a``b` ünï $x 1a 2 3e4x _u.`q`"),
            "q:a`b w:ünï w:$x w:1a n:2 w:3e4x w:_u . q:q");
  EXPECT_EQ(tokens("db.1t . 2"), "w:db . w:1t . n:2");
}

TEST(Lexer, NumbersEndWhereTheyEnd) {
  EXPECT_EQ(tokens("1.5e-3,.5 10.25) -1e+2"), "n:1.5e-3 , n:.5 n:10.25 ) - n:1e+2");
}

TEST(Lexer, BytesAreRead) {
  EXPECT_EQ(tokens("x'6162' X'6' 0x41 0xg b'01000001' 0b1000010"), "b:ab b:\x06 b:A w:0xg b:A b:B");
}

TEST(Lexer, QuotesAndBackslashesAreTheModes) {
  EXPECT_EQ(tokens(R"('a''b' 'c\'d' "e""f" N'n' '\%\n')"), "s:a'b s:c'd s:e\"f s:n s:\\%\n");
  DdlContext context = mysql();
  context.sql_mode = kAnsiQuotes | kNoBackslashEscapes;
  EXPECT_EQ(tokens(R"("a""b" 'c\' 'd')", context), "q:a\"b s:c\\ s:d");
}

TEST(Lexer, CommentsAreSteppedOver) {
  EXPECT_EQ(tokens("a/* ' */b -- c\nd # e\nf --g"), "w:a w:b w:d w:f - - w:g");
  EXPECT_EQ(tokens("a --"), "w:a");
}

TEST(Lexer, ExecutableCommentsAreCodeFromTheirVersionOn) {
  EXPECT_EQ(tokens("/*! a */ /*!50100 b */ /*!080034 c */ /*!80035 d */ /*!999999 e */ f"),
            "w:a w:b w:c w:f");
  EXPECT_EQ(tokens("/*!50100b*/ /*!99999 a /* b */ c */ d"), "w:b w:d");
}

TEST(Lexer, EachFlavourHasExecutableCommentsOfItsOwn) {
  const char* text = "/*M! a */ /*M!100301 b */ /*M!110000 c */ /*!50701 d */ /*!50600 e */";
  EXPECT_EQ(tokens(text, mariadb()), "w:a w:b w:e");
  EXPECT_EQ(tokens(text, mysql()), "w:d w:e");
}

TEST(Lexer, WhatDoesNotEndGoesToTheEnd) {
  for (const char* text : {"'abc", "`abc", "/* abc", "/*! abc", "/*!99999 abc", "x'ab", "'abc\\",
                           "-- abc", "/*", "/*!", "/*M!", "N'", "0x"}) {
    tokens(text, mysql());
    tokens(text, mariadb());
  }
  EXPECT_EQ(tokens("'abc"), "s:abc");
}

TEST(Lexer, ANulByteIsSpace) { EXPECT_EQ(tokens(std::string_view("a\0b", 3)), "w:a w:b"); }

TEST(DdlContext, VersionsAreNumbersAsInExecutableComments) {
  EXPECT_EQ(version_number("8.0.34"), 80034U);
  EXPECT_EQ(version_number("5.6.24-log"), 50624U);
  EXPECT_EQ(version_number("10.11.19-MariaDB-0+deb12u1-log"), 101119U);
  EXPECT_EQ(version_number("5.5.5-10.4.1-MariaDB"), 100401U);
  EXPECT_EQ(version_number("none"), 0U);
}

}  // namespace
}  // namespace millrace::schema::ddl
