// SPDX-License-Identifier: Apache-2.0
// Documents are bytes that MySQL 9.7 wrote, texts are what it printed for them.
#include "cell/json.h"

#include <gtest/gtest.h>

#include <string>

#include "cell/bytes_test_support.h"
#include "cell/limits.h"

namespace millrace::cell {
namespace {

std::string text(std::string_view document) {
  const Exact exact(document);
  Buffer out;
  const Status status = append_json_text(exact.view(), out);
  return status ? std::string(as_text(out.view())) : "error " + status.error().what;
}
std::string hex_text(std::string_view hex) { return text(from_hex(hex)); }

Errc error(std::string_view document) {
  const Exact exact(document);
  Buffer out;
  const Status status = append_json_text(exact.view(), out);
  return status ? Errc::kCancelled : status.error().code;
}

constexpr std::string_view kMixed =
    "0208002e000400000401000402000501000c1c000b1e00022600002a000178000000000000f83f000004000000040"
    "0";
constexpr std::string_view kOpaques =
    "0006005d002e0001002f000100300001003100010032000300350003000f38000b42000400000f4a000f54000f5700"
    "6466"
    "6e7462696e6465630a080000000000c66719000000000000f03f0b08801a0683100000000f0101f6040302810a";

TEST(Json, PrintsScalars) {
  EXPECT_EQ(hex_text("0400"), "null");
  EXPECT_EQ(hex_text("0401"), "true");
  EXPECT_EQ(hex_text("0402"), "false");
  EXPECT_EQ(hex_text("050080"), "-32768");
  EXPECT_EQ(hex_text("0700800000"), "32768");
  EXPECT_EQ(hex_text("0700000080"), "-2147483648");
  EXPECT_EQ(hex_text("090000000000000080"), "-9223372036854775808");
  EXPECT_EQ(hex_text("0affffffffffffffff"), "18446744073709551615");
  EXPECT_EQ(hex_text("06ffff"), "65535");
  EXPECT_EQ(hex_text("08ffffffff"), "4294967295");
}

TEST(Json, PrintsDoublesAsTheServerDoes) {
  EXPECT_EQ(hex_text("0b000000000000f043"), "1.8446744073709552e19");
  EXPECT_EQ(hex_text("0b000000000000f83f"), "1.5");
  EXPECT_EQ(hex_text("0b0000000000000080"), "-0.0");
  EXPECT_EQ(hex_text("0ba0c8eb85f3cce17f"), "1e308");
  EXPECT_EQ(hex_text("0b9a9999999999b93f"), "0.1");
  EXPECT_EQ(hex_text("0b182d4454fb210940"), "3.141592653589793");
}

TEST(Json, PrintsStrings) {
  EXPECT_EQ(hex_text("0c00"), "\"\"");
  EXPECT_EQ(hex_text("0c0ae697a5e69cacf09f9880"), "\"日本😀\"");
  EXPECT_EQ(hex_text("0c117122756f7465205c200a20002074616209"),
            "\"q\\\"uote \\\\ \\n \\u0000 tab\\t\"");
  EXPECT_EQ(text("\x0C\x80\x01" + std::string(128, 's')), '"' + std::string(128, 's') + '"');
}

TEST(Json, PrintsContainers) {
  EXPECT_EQ(hex_text("0200000400"), "[]");
  EXPECT_EQ(hex_text("0000000400"), "{}");
  EXPECT_EQ(hex_text(kMixed), "[null, true, false, 1, \"x\", 1.5, [], {}]");
  EXPECT_EQ(hex_text("00040024002000000020000100210001002200020005040005020005010005030061626161"),
            "{\"\": 4, \"a\": 2, \"b\": 1, \"aa\": 3}");
  EXPECT_EQ(
      hex_text("00010037000b000100000c006101002b000b000100000c006201001f000b000100020c00630100"
               "130000070001000c000b00010004000064"),
      "{\"a\": {\"b\": {\"c\": [{\"d\": null}]}}}");
}

TEST(Json, PrintsOpaqueValues) {
  EXPECT_EQ(hex_text("0ff6080c038000000c0154"), "12.340");
  EXPECT_EQ(hex_text("0ff61224097ffffff3eb655bcaf204c72df8a432ea"),
            "-12345678901234567890.123456789");
  EXPECT_EQ(hex_text("0f0a080000000000baa519"), "\"2020-02-29\"");
  EXPECT_EQ(hex_text("0f0b08000000b8c8000000"), "\"12:34:56.000000\"");
  EXPECT_EQ(hex_text("0f0b080000000591cbffff"), "\"-838:59:59.000000\"");
  EXPECT_EQ(hex_text("0f0c08140a0cb8c8baa519"), "\"2020-02-29 12:34:56.789012\"");
  EXPECT_EQ(hex_text("0f0f0300ff10"), "\"base64:type15:AP8Q\"");
  EXPECT_EQ(hex_text("020600240006e4070f16000f19000f1e000401000400000f01050f03616263f60403028132"),
            "[2020, \"base64:type15:BQ==\", \"base64:type15:YWJj\", 1.50, true, null]");
  EXPECT_EQ(hex_text(kOpaques),
            "{\"d\": \"2001-02-03\", \"f\": 1.0, \"n\": null, \"t\": \"01:02:03.400000\", "
            "\"bin\": \"base64:type15:AQ==\", \"dec\": 1.10}");
}

TEST(Json, BreaksLongBase64WhereMySqlBreaksIt) {
  const std::string zeros(60, '\0');  // 80 digits: a line of 76, then 4
  EXPECT_EQ(text("\x0F\x0F\x3C" + zeros),
            "\"base64:type15:" + std::string(76, 'A') + "\\n" + std::string(4, 'A') + "\"");
  EXPECT_EQ(text("\x0F\x0F\x39" + zeros.substr(3)),
            "\"base64:type15:" + std::string(76, 'A') + "\"");
}

TEST(Json, AnEmptyDocumentIsNull) { EXPECT_EQ(text(""), "null"); }

TEST(Json, EveryTruncationIsAnErrorAndNeverAnOverread) {
  for (const std::string_view hex : {kMixed, kOpaques}) {
    const std::string whole = from_hex(hex);
    for (size_t n = 1; n < whole.size(); ++n)
      EXPECT_NE(error(whole.substr(0, n)), Errc::kCancelled) << n << " bytes";
  }
}

TEST(Json, AnyChangedByteIsSurvived) {
  std::string whole = from_hex(kOpaques);
  for (char& c : whole) {
    const char kept = c;
    for (int byte = 0; byte < 256; ++byte) {
      c = static_cast<char>(byte);
      Buffer out;
      const Exact exact(whole);
      const Status status = append_json_text(exact.view(), out);
      EXPECT_TRUE(!status || !out.empty());
    }
    c = kept;
  }
}

// An array of one array of one array ...: seven bytes each, which say that the next lies behind
// them.
std::string nested(int depth) {
  std::string document("\x02");
  for (int left = depth; left > 0; --left) {
    const int size = 7 * left;
    document += {'\x01', '\0', static_cast<char>(size), static_cast<char>(size >> 8)};
    document += left == 1 ? std::string("\x04\x00\x00", 3) : std::string("\x02\x07\x00", 3);
  }
  return document;
}

TEST(Json, AHundredLevelsAreReadAndNoMore) {
  EXPECT_EQ(text(nested(3)), "[[[null]]]");
  EXPECT_EQ(text(nested(kMaxJsonDepth)),
            std::string(kMaxJsonDepth, '[') + "null" + std::string(kMaxJsonDepth, ']'));
  EXPECT_EQ(error(nested(kMaxJsonDepth + 1)), Errc::kCorrupt);
}

TEST(Json, PartsThatManyOffsetsLeadToEnd) {
  // Ten arrays of 20 items, all of which are the next array: 20 to the tenth values in 640 bytes.
  std::string document("\x02");
  constexpr size_t kItems = 20, kLevels = 10, kSize = 4 + 3 * kItems;
  for (size_t level = 1; level <= kLevels; ++level) {
    const size_t left = kSize * (kLevels - level + 1);
    document +=
        {static_cast<char>(kItems), 0, static_cast<char>(left), static_cast<char>(left >> 8)};
    for (size_t i = 0; i < kItems; ++i) {
      const char type = level == kLevels ? '\x04' : '\x02';
      document += {type, level == kLevels ? '\0' : static_cast<char>(kSize), '\0'};
    }
  }
  EXPECT_EQ(error(document), Errc::kCorrupt);
}

}  // namespace
}  // namespace millrace::cell
