// SPDX-License-Identifier: Apache-2.0
#include "base/charset.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

std::string utf8(std::string_view charset, std::string_view text) {
  return to_utf8(charset, as_bytes(text));
}

TEST(Charset, OldNamesOfUtf8mb3AreKnown) {
  EXPECT_EQ(find_charset("UTF8")->name, "utf8mb3");
  EXPECT_EQ(find_collation("utf8_bin")->name, "utf8mb3_bin");
  EXPECT_EQ(find_collation(33)->name, "utf8mb3_general_ci");
  EXPECT_EQ(find_charset("utf9"), nullptr);
}

TEST(Charset, EveryDefaultAndBinaryCollationIsOfItsCharset) {
  for (uint32_t id = 1; id < 4096; ++id) {
    const Collation* collation = find_collation(id);
    if (collation == nullptr) continue;
    const Charset& charset = *collation->charset;
    EXPECT_EQ(find_collation(charset.default_collation)->charset, &charset) << charset.name;
    EXPECT_EQ(find_collation(charset.binary_collation)->charset, &charset) << charset.name;
    EXPECT_EQ(find_charset(charset.name), &charset);
  }
}

TEST(Charset, EveryIdIsFoundByItsNameAgain) {
  int known = 0;
  for (uint32_t id = 1; id < 4096; ++id) {
    for (const bool is_mariadb : {false, true}) {
      const Collation* collation = find_collation(id, is_mariadb);
      if (collation == nullptr) continue;
      ++known;
      const bool shared = collation->name.find("_croatian_ci") != std::string_view::npos &&
                          collation->charset->name.rfind("u", 0) == 0;
      if (shared && (id >= 576) != is_mariadb) continue;  // the other flavour's number
      EXPECT_EQ(find_collation(collation->name, is_mariadb)->id, id) << collation->name;
    }
  }
  EXPECT_GT(known, 2 * 1300);
}

TEST(Charset, IdsThatNeedTwoBytesAreKnown) {
  EXPECT_EQ(find_collation(255)->name, "utf8mb4_0900_ai_ci");
  EXPECT_EQ(find_collation(309)->name, "utf8mb4_0900_bin");
  EXPECT_EQ(find_collation(2304)->name, "utf8mb4_uca1400_ai_ci");
  EXPECT_EQ(find_collation(3271)->name, "utf32_uca1400_croatian_nopad_as_cs");
  EXPECT_EQ(find_collation(65535), nullptr);
}

TEST(Charset, FlavoursDisagreeAboutCroatian) {
  EXPECT_EQ(find_collation(245)->name, "utf8mb4_croatian_ci");
  EXPECT_EQ(find_collation(245, true)->name, "utf8mb4_croatian_mysql561_ci");
  EXPECT_EQ(find_collation("utf8mb4_croatian_ci")->id, 245);
  EXPECT_EQ(find_collation("utf8mb4_croatian_ci", true)->id, 608);
}

TEST(Charset, ANameForAllCharsetsIsFoundWithinOne) {
  const Charset& utf16 = *find_charset("utf16");
  EXPECT_EQ(find_collation("uca1400_ai_ci", utf16, true)->name, "utf16_uca1400_ai_ci");
  EXPECT_EQ(find_collation("latin1_bin", utf16), nullptr);
}

TEST(ToUtf8, Latin1IsWindows1252WithTheFiveHolesFilled) {
  EXPECT_EQ(utf8("latin1", "\x80\xE9"), "€é");
  EXPECT_EQ(utf8("latin1", "\x81\x8D\x8F\x90\x9D"), "\u0081\u008D\u008F\u0090\u009D");
}

TEST(ToUtf8, OneByteSetsAreTheServers) {
  EXPECT_EQ(utf8("swe7", "[\\]{|}"), "ÄÖÅäöå");
  EXPECT_EQ(utf8("dec8", "\xD7\xF7"), "Œœ");
  EXPECT_EQ(utf8("keybcs2", "\x80\x81"), "Čü");
  EXPECT_EQ(utf8("koi8r", "\xF0\xD2"), "Пр");
  EXPECT_EQ(utf8("tis620", "\xA1"), "ก");
  EXPECT_EQ(utf8("ascii", "a\x80"), "a\uFFFD");
}

TEST(ToUtf8, SetsOfSeveralBytesAreTheServersWhereGlibcDiffers) {
  EXPECT_EQ(utf8("gbk", "\xC4\xE3\xBA\xC3"), "你好");
  EXPECT_EQ(utf8("cp932", "\x81\x60"), "～");  // the same bytes are another dash in sjis
  EXPECT_EQ(utf8("sjis", "\x81\x60\x81\x5F"), "〜\\");
  EXPECT_EQ(utf8("ujis", "\xA1\xC1"), "〜");
  EXPECT_EQ(utf8("eucjpms", "\xA1\xC1"), "～");
  EXPECT_EQ(utf8("big5", "\xA1\x45"), "•");
  EXPECT_EQ(utf8("euckr", "\x81\x41"), "갂");
  EXPECT_EQ(utf8("gb18030", "\x81\x30\x81\x30"), "\u0080");
  EXPECT_EQ(utf8("gb18030", "\x82\x35\x90\x37"), "\u9FB4");
}

TEST(ToUtf8, UnicodeEncodings) {
  const std::string_view pair("\xD8\x3D\xDE\x00", 4);
  EXPECT_EQ(utf8("utf16", pair), "😀");
  EXPECT_EQ(utf8("ucs2", pair), "\uFFFD\uFFFD");
  EXPECT_EQ(utf8("utf16le", std::string_view("A\0\xAC\x20", 4)), "A€");
  EXPECT_EQ(utf8("utf32", std::string_view("\0\1\xF6\0", 4)), "😀");
  EXPECT_EQ(utf8("utf32", std::string_view("\0\x11\0\0", 4)), "\uFFFD");
  EXPECT_EQ(utf8("utf16", std::string_view("\0A\0", 3)), "A\uFFFD");
}

TEST(ToUtf8, WhatIsNoCharacterIsReplacedAndTheRestIsKept) {
  EXPECT_EQ(utf8("utf8mb4", "a\xFF\xC0\x80z"), "a\uFFFD\uFFFD\uFFFDz");
  EXPECT_EQ(utf8("utf8mb4", "\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(utf8("utf8mb4", "\xF0\x9F\x98"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(utf8("gbk", "\xFF\xC4\xE3\xC4"), "\uFFFD你\uFFFD");
  EXPECT_EQ(utf8("sjis", "\x81 x"), "\uFFFD x");
  EXPECT_EQ(utf8("binary", "\xE9"), "\uFFFD");
  EXPECT_EQ(utf8("no such set", "ü"), "ü");
}

TEST(ToUtf8, AnyBytesInAnyCharsetGiveValidUtf8) {
  uint32_t state = 1;
  for (uint32_t id = 1; id < 330; ++id) {
    const Collation* collation = find_collation(id);
    if (collation == nullptr) continue;
    std::string text;
    for (int i = 0; i < 999; ++i) {
      state = state * 1664525 + 1013904223;
      text += static_cast<char>(state >> 24);
    }
    EXPECT_TRUE(is_valid_utf8(utf8(collation->charset->name, text))) << collation->name;
  }
}

}  // namespace
}  // namespace millrace
