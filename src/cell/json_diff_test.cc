// SPDX-License-Identifier: Apache-2.0
// Documents and differences are bytes that MySQL 9.7 wrote, texts are what it then showed.
#include "cell/json_diff.h"

#include <gtest/gtest.h>

#include <string>

#include "cell/bytes_test_support.h"
#include "cell/json.h"
#include "cell/limits.h"

namespace millrace::cell {
namespace {

Result<std::string> applied(std::string_view document, std::string_view diffs) {
  const Exact exact_document(document), exact_diffs(diffs);
  Buffer out;
  TRY(apply_json_diffs(exact_document.view(), exact_diffs.view(), out));
  return std::string(as_text(out.view()));
}

std::string text_of(std::string_view document) {
  const Exact exact(document);
  Buffer out;
  const Status status = append_json_text(exact.view(), out);
  return status ? std::string(as_text(out.view())) : "error " + status.error().what;
}
std::string text(std::string_view document, std::string_view diffs) {
  const auto after = applied(document, diffs);
  return after ? text_of(*after) : "error " + after.error().what;
}
Errc error(std::string_view document, std::string_view diffs) {
  const auto after = applied(document, diffs);
  return after ? Errc::kCancelled : after.error().code;
}

std::string lenenc(std::string_view bytes) {
  std::string out;
  if (bytes.size() < 0xFB) {
    out += static_cast<char>(bytes.size());
  } else {
    out = {'\xFD', static_cast<char>(bytes.size()), static_cast<char>(bytes.size() >> 8),
           static_cast<char>(bytes.size() >> 16)};
  }
  return out.append(bytes);
}
std::string replace(std::string_view path, std::string_view value_hex) {
  return std::string(1, '\0') + lenenc(path) + lenenc(from_hex(value_hex));
}
std::string insert(std::string_view path, std::string_view value_hex) {
  return '\1' + lenenc(path) + lenenc(from_hex(value_hex));
}
std::string remove(std::string_view path) { return '\2' + lenenc(path); }

// {"a": 1, "b": [1, 2], "cc": {"d": null}}
const std::string kDocument = from_hex(
    "0003003300190001001a0001001b000200050100021d000027006162636302000a0005010005020001000c000b0001"
    "00"
    "04000064");

struct Case {
  std::string_view document, diffs, text;
};
constexpr Case kCases[] = {
    // replace member
    {"0004006d00200001002100010022000100230003000501000026000c3f000c4400616273626967010019000b"
     "000100020c006303000d00050100050200050300047465787428585858585858585858585858585858585858"
     "58585858585858585858585858585858585858585858",
     "0003242e6103050a00", R"({"a": 10, "b": {"c": [1, 2, 3]}, "s": "text", "big": "X"})"},
    // insert object
    {"0003004800190001001a0002001c0003000501000502000c1f00616262706164285858585858585858585858"
     "5858585858585858585858585858585858585858585858585858585858",
     "0103242e63030503000104242e6161030504000104242e222203050500",
     R"({"": 5, "a": 1, "c": 3, "aa": 4, "bb": 2, "pad": "X"})"},
    // remove
    {"000200590012000100130001000214000c3000616208001c0005010005020005030005040005050005060005"
     "0700050800285858585858585858585858585858585858585858585858585858585858585858585858585858"
     "5858",
     "0206242e615b305d0206242e615b305d0203242e62", R"({"a": [3, 4, 5, 6, 7, 8]})"},
    // append
    {"0002004c0012000100130003000216000c23006170616403000d000501000502000503002858585858585858"
     "585858585858585858585858585858585858585858585858585858585858585858",
     "0106242e615b395d030563000106242e615b395d03056200", R"({"a": [1, 2, 3, 99, 98], "pad": "X"})"},
    // last
    {"000200520012000100130003000216000c290061706164050013000501000502000503000504000505002858"
     "585858585858585858585858585858585858585858585858585858585858585858585858585858",
     "0009242e615b6c6173745d030c017a000b242e615b6c6173742d315d030c0179010b242e615b6c6173742d39"
     "5d070c056669727374",
     R"({"a": ["first", 1, 2, 3, "y", "z"], "pad": "X"})"},
    // quoted
    {"0005008600270003002a0004002e000600340008003c0009000c4500050000050100050200006e0070616474"
     "61620971206b226579d0bad0bbd18ed18774776f20776f726473285858585858585858585858585858585858"
     "5858585858585858585858585858585858585858585858010018000b000600021100612e625b305d01000700"
     "050100",
     "000b242e2271206b5c2265792203050a00000c242e22d0bad0bbd18ed18722030514000019242e2274776f20"
     "776f726473222e22612e625b305d225b305d03051e000009242e227461625c7422030505000108242e22d0b9"
     "d0ba2203050100",
     R"({"pad": "X", "tab\t": 5, "йк": 1, "q k\"ey": 10, "ключ": 20, "two words": {"a.b[)"
     R"(0]": [30]}})"},
    // nested new
    {"0002003f0012000100130003000501000c160061706164285858585858585858585858585858585858585858"
     "5858585858585858585858585858585858585858",
     "0103242e6e1400010013000b000100020c0078010007000501000008242e6e2e785b305d030502000105242e"
     "6e2e790500000004000107242e6e2e792e7a0b0f0c0820a1078310baa519",
     R"({"a": 1, "n": {"x": [2], "y": {"z": "2020-02-29 01:02:03.500000"}}, "pad": "X"})"},
    // types
    {"000200ae0012000100130003000216000c35006170616409001f000500000500000500000500000500000500"
     "0005000005000005000078585858585858585858585858585858585858585858585858585858585858585858"
     "5858585858585858585858585858585858585858585858585858585858585858585858585858585858585858"
     "58585858585858585858585858585858585858585858585858585858585858585858585858585858585858",
     "0006242e615b305d0a0ff6070b0280000001320006242e615b315d090b000000000000f83f0006242e615b32"
     "5d090affffffffffffffff0006242e615b335d050790eefeff0006242e615b345d0204010006242e615b355d"
     "0204000006242e615b365d050f0f0200ff0006242e615b375d0b0f0b0800000000c00000000006242e615b38"
     "5d0d0c0be697a5e69cacf09f98800a",
     R"({"a": [1.50, 1.5, 18446744073709551615, -70000, true, null, "base64:type15:AP8=")"
     R"(, "12:00:00.000000", "日本😀\n"], "pad": "X"})"},
    // autowrap
    {"0003005300190001001a0001001b000300001e000505000c2a00617370616401000c000b0001000501006b28"
     "58585858585858585858585858585858585858585858585858585858585858585858585858585858",
     "0003242e61030507000003242e73030508000003242e730b0202000a00050800050900",
     R"({"a": 7, "s": [8, 9], "pad": "X"})"},
    // replace only
    {"0203005f00000d00021b000c360001000e000b0001000c0c006b017602001b00050100020a00020011000502"
     "00020a0001000700050300285858585858585858585858585858585858585858585858585858585858585858"
     "5858585858585858",
     "0006245b305d2e6b040c027676000d245b315d5b315d5b315d5b305d03052100",
     R"([{"k": "vv"}, [1, [2, [33]]], "X"])"},
    // remove last
    {"02050048000501000502000503000013000c1f0001000c000b00010005010061285858585858585858585858"
     "5858585858585858585858585858585858585858585858585858585858",
     "0207245b6c6173745d0209245b6c6173745d2e610209245b6c6173742d315d", R"([1, 2, {}])"},
};

// The servers' documents were padded with runs of X to make a difference worth its while.
std::string without_padding(const std::string& text) {
  std::string out;
  for (const char c : text)
    if (c != 'X' || !out.ends_with('X')) out += c;
  return out;
}

TEST(JsonDiff, MakesWhatTheServerMade) {
  for (const Case& c : kCases)
    EXPECT_EQ(without_padding(text(from_hex(c.document), from_hex(c.diffs))), c.text);
}

TEST(JsonDiff, NoStepsLeaveTheDocument) {
  EXPECT_EQ(*applied(kDocument, ""), kDocument);
  EXPECT_EQ(*applied("", ""), "");
}

TEST(JsonDiff, EachStepIsMadeInWhatTheStepsBeforeItLeft) {
  EXPECT_EQ(text(kDocument, insert("$.b[0]", "0401") + remove("$.b[1]") + insert("$.b[1]", "0402")),
            R"({"a": 1, "b": [true, false, 2], "cc": {"d": null}})");
  EXPECT_EQ(text(kDocument, replace("$.a", "0000000400") + insert("$.a.x", "0200000400") +
                                insert("$.a.x[7]", "050900") + remove("$.cc.d")),
            R"({"a": {"x": [9]}, "b": [1, 2], "cc": {}})");
  EXPECT_EQ(text(kDocument, remove("$.a") + insert("$.a", "0401") + remove("$.b") + remove("$.cc")),
            R"({"a": true})");
}

TEST(JsonDiff, MembersAreOrderedByLengthAndThenByBytes) {
  std::string diffs;
  for (const std::string_view key : {"c", "ba", "aaa", "dd", "\xC3\xA4"})
    diffs += insert("$." + std::string(key), "0400");
  diffs += insert("$.\"\"", "0400");
  EXPECT_EQ(
      text(kDocument, diffs),
      R"({"": null, "a": 1, "b": [1, 2], "c": null, "ba": null, "cc": {"d": null}, "dd": null, )"
      "\"\xC3\xA4\": null, \"aaa\": null}");
}

TEST(JsonDiff, ACellOutsideOfAnArrayIsInsertedAtItsNearerEnd) {
  EXPECT_EQ(text(kDocument, insert("$.b[2]", "0401")),
            text(kDocument, insert("$.b[4294967295]", "0401")));
  EXPECT_EQ(text(kDocument, insert("$.b[9]", "0401")),
            R"({"a": 1, "b": [1, 2, true], "cc": {"d": null}})");
  EXPECT_EQ(text(kDocument, insert("$.b[last]", "0401")),
            R"({"a": 1, "b": [1, true, 2], "cc": {"d": null}})");
  EXPECT_EQ(text(kDocument, insert("$.b[last-2]", "0401")),
            R"({"a": 1, "b": [true, 1, 2], "cc": {"d": null}})");
}

TEST(JsonDiff, AStepThatDoesNotFitTheDocumentIsDamage) {
  for (const std::string& diff :
       {replace("$.x", "0400"), replace("$[0]", "0400"), replace("$.b.x", "0400"),
        replace("$.b[2]", "0400"), replace("$.b[last-2]", "0400"), replace("$.a.x", "0400"),
        replace("$.a[0]", "0400"), replace("$.x.y", "0400"), insert("$.a", "0400"),
        insert("$[0]", "0400"), insert("$.b.x", "0400"), insert("$.a[0]", "0400"),
        insert("$.x.y", "0400"), remove("$.x"), remove("$.b[2]"), remove("$.b[last-2]"),
        remove("$.cc[0]"), remove("$.cc.d.e")})
    EXPECT_EQ(error(kDocument, diff), Errc::kCorrupt) << diff;
  EXPECT_EQ(error("", replace("$.a", "0400")), Errc::kCorrupt) << "an empty document is null";
}

TEST(JsonDiff, TheRootIsNeverChanged) {
  for (const std::string& diff : {replace("$", "0400"), insert("$", "0400"), remove("$")})
    EXPECT_EQ(error(kDocument, diff), Errc::kCorrupt);
}

TEST(JsonDiff, PathsThatNoServerWritesAreDamage) {
  for (const std::string_view path : {"",
                                      "a",
                                      "$a",
                                      "$.",
                                      "$..a",
                                      "$.*",
                                      "$**.a",
                                      "$.b[*]",
                                      "$.b[0 to 1]",
                                      "$.b[",
                                      "$.b[]",
                                      "$.b[0",
                                      "$.b[-1]",
                                      "$.b[last-]",
                                      "$.b[lst]",
                                      "$.b[99999999999]",
                                      "$.\"a",
                                      "$.\"",
                                      "$.\"a\\",
                                      "$.\"\\x\"",
                                      "$.\"\\u00\"",
                                      "$.\"\\ud800\"",
                                      "$.\"\\ud800\\u0041\"",
                                      "$.\"\\udc00\"",
                                      "$.\"\\u+061\"",
                                      "$ .a",
                                      "$.a ",
                                      "$.\\u0061",
                                      "$.a\"b\""})
    EXPECT_EQ(error(kDocument, remove(path)), Errc::kCorrupt) << path;
  std::string deep("$");
  for (int i = 0; i <= kMaxJsonDepth; ++i) deep += "[0]";
  EXPECT_EQ(error(kDocument, remove(deep)), Errc::kCorrupt);
}

TEST(JsonDiff, NamesMayHaveEscapes) {
  EXPECT_EQ(
      text(kDocument, insert(R"($."\"\\\/\b\f\n\r\t")", "0400") + remove("$.b") + remove("$.cc")),
      R"({"a": 1, "\"\\/\b\f\n\r\t": null})");
  EXPECT_EQ(text(kDocument, remove(R"($."\u0061")") + remove("$.\"b\"") + remove("$.cc") +
                                insert(R"($."\u00e9\u20ac\ud83d\ude00")", "0400")),
            "{\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\": null}");
}

TEST(JsonDiff, AnUnknownOperationIsDamage) {
  EXPECT_EQ(error(kDocument, '\3' + lenenc("$.a") + lenenc(from_hex("0400"))), Errc::kCorrupt);
}

std::string string_value(size_t size) {
  return "\x0C" +
         std::string{static_cast<char>(0x80 | (size & 0x7F)),
                     static_cast<char>(0x80 | (size >> 7 & 0x7F)), static_cast<char>(size >> 14)} +
         std::string(size, 's');
}
std::string replace_bytes(std::string_view path, std::string_view value) {
  return std::string(1, '\0') + lenenc(path) + lenenc(value);
}

TEST(JsonDiff, AContainerIsLargeOnceItIsOver64KiBAndSmallAgain) {
  const std::string with_int = replace("$.cc.d", "0790eefeff");  // -70000: in a large one inlined
  for (const size_t size : {65'000U, 65'450U, 65'473U, 65'474U, 65'475U, 65'535U, 70'000U}) {
    const auto grown = applied(kDocument, replace_bytes("$.a", string_value(size)) + with_int);
    ASSERT_TRUE(grown);
    EXPECT_EQ(text_of(*grown), "{\"a\": \"" + std::string(size, 's') +
                                   "\", \"b\": [1, 2], \"cc\": {\"d\": -70000}}");
    EXPECT_EQ(grown->front() == 1, grown->size() - 1 > 65'535) << size;
    const auto back = applied(*grown, replace("$.a", "050100") + replace("$.cc.d", "0400"));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, kDocument) << size;
  }
  const auto large = applied(
      kDocument, replace_bytes("$.cc.d", string_value(70'000)) + replace("$.a", "0790eefeff"));
  ASSERT_TRUE(large);
  const auto inlined = applied(*large, insert("$.n", "08ffffffff") + remove("$.b"));
  EXPECT_EQ(text_of(*inlined), "{\"a\": -70000, \"n\": 4294967295, \"cc\": {\"d\": \"" +
                                   std::string(70'000, 's') + "\"}}");
}

TEST(JsonDiff, MoreThan65535ItemsAreALargeArray) {
  // 65535 cells of null take more than 64 KiB; both counts are read back.
  std::string cells("\x03\xFF\xFF\x00\x00", 5);
  const uint32_t size = 8 + 5 * 65'535;
  for (int shift = 0; shift < 32; shift += 8) cells += static_cast<char>(size >> shift);
  for (int i = 0; i < 65'535; ++i) cells += std::string("\4\0\0\0\0", 5);
  const auto after = applied(cells, insert("$[0]", "0401") + insert("$[65536]", "0402"));
  ASSERT_TRUE(after);
  const std::string shown = text_of(*after);
  EXPECT_TRUE(shown.starts_with("[true, null, ") && shown.ends_with(", null, false]"));
  EXPECT_EQ(shown.size(), 65'535 * 6 + 6 + 7U);
}

TEST(JsonDiff, EveryTruncationIsAnErrorAndNeverAnOverread) {
  for (const Case& c : kCases) {
    const std::string document = from_hex(c.document), diffs = from_hex(c.diffs);
    for (size_t n = 1; n < document.size(); ++n)
      EXPECT_NE(error(document.substr(0, n), diffs), Errc::kCancelled) << n << " bytes";
    // What ends between two steps is whole; any other end is not.
    size_t whole = 0;
    for (size_t n = 0; n <= diffs.size(); ++n)
      whole += error(document, diffs.substr(0, n)) == Errc::kCancelled ? 1 : 0;
    EXPECT_LE(whole, 10U) << c.text;
    EXPECT_GE(whole, 2U) << c.text;
  }
}

TEST(JsonDiff, AnyChangedByteIsSurvived) {
  for (const Case& c : kCases) {
    for (const bool in_document : {true, false}) {
      std::string document = from_hex(c.document), diffs = from_hex(c.diffs);
      for (char& byte : in_document ? document : diffs) {
        const char kept = byte;
        for (const int value : {0, 1, 2, 3, 4, 5, 7, 11, 12, 15, 0x24, 0x7F, 0x80, 0xFB, 0xFF}) {
          byte = static_cast<char>(value);
          const auto after = applied(document, diffs);
          EXPECT_TRUE(!after || !text_of(*after).empty());
        }
        byte = kept;
      }
    }
  }
}

TEST(JsonDiff, PartsThatManyOffsetsLeadToAreNotMultiplied) {
  // An array of 2000 arrays that are all the same one of 2000 bytes: copied, it would be 4 MB.
  constexpr size_t kItems = 2000, kInner = 4 + 3 * 666, kSize = 4 + 3 * kItems + kInner;
  std::string document("\x02");
  const auto le = [&](size_t value) {
    document += static_cast<char>(value);
    document += static_cast<char>(value >> 8);
  };
  le(kItems);
  le(kSize);
  for (size_t i = 0; i < kItems; ++i) {
    document += '\x02';
    le(4 + 3 * kItems);
  }
  le(666);
  le(kInner);
  for (size_t i = 0; i < 666; ++i) document += std::string("\4\0\0", 3);
  EXPECT_EQ(error(document, replace("$[0]", "0400")), Errc::kCorrupt) << "written out many times";
  std::string diffs;
  for (size_t i = 0; i < kItems; ++i) diffs += remove("$[" + std::to_string(i) + "][0]");
  EXPECT_EQ(error(document, diffs), Errc::kCorrupt) << "opened many times";
}

}  // namespace
}  // namespace millrace::cell
