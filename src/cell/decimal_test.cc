// SPDX-License-Identifier: Apache-2.0
#include "cell/decimal.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "cell/bytes_test_support.h"

namespace millrace::cell {
namespace {

std::string text(unsigned precision, unsigned scale, std::string_view hex) {
  const std::string bytes = from_hex(hex);
  EXPECT_EQ(bytes.size(), decimal_size(precision, scale));
  const Exact exact(bytes);
  char out[kMaxDecimalText];
  const auto printed = decimal_text(exact.data(), precision, scale, out);
  return printed ? std::string(out, printed->size) : "damaged";
}

unsigned digits(unsigned precision, unsigned scale, std::string_view hex) {
  const Exact exact(from_hex(hex));
  char out[kMaxDecimalText];
  return decimal_text(exact.data(), precision, scale, out)->digits;
}

// The storage from the digits, as MySQL documents it.
std::string packed(const std::string& all_digits, unsigned scale, bool negative) {
  static constexpr size_t kWidths[] = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
  const size_t before = all_digits.size() - scale;
  std::string bytes;
  size_t at = 0;
  const auto group = [&](size_t count) {
    if (count == 0) return;
    const auto value = static_cast<uint32_t>(std::stoul(all_digits.substr(at, count)));
    for (size_t i = kWidths[count]; i > 0; --i) bytes += static_cast<char>(value >> (8 * (i - 1)));
    at += count;
  };
  group(before % 9);
  for (size_t i = before / 9 + scale / 9; i > 0; --i) group(9);
  group(scale % 9);
  bytes[0] = static_cast<char>(bytes[0] ^ 0x80);
  if (negative)
    for (char& c : bytes) c = static_cast<char>(~c);
  return bytes;
}

TEST(Decimal, PrintsTheManualsExample) {
  EXPECT_EQ(text(14, 4, "810DFB38D204D2"), "1234567890.1234");
  EXPECT_EQ(text(14, 4, "7EF204C72DFB2D"), "-1234567890.1234");
}

TEST(Decimal, PrintsExactlyItsScaleAndAtLeastOneDigitBeforeThePoint) {
  EXPECT_EQ(text(10, 2,
                 "80000000"
                 "00"),
            "0.00");
  EXPECT_EQ(text(10, 2,
                 "80000000"
                 "05"),
            "0.05");
  EXPECT_EQ(text(2, 2, "B2"), "0.50");
  EXPECT_EQ(text(2, 2, "4D"), "-0.50");
  EXPECT_EQ(text(5, 0, "800007"), "7");
}

TEST(Decimal, NeverPrintsMinusZero) {
  EXPECT_EQ(text(10, 2,
                 "7FFFFFFF"
                 "FF"),
            "0.00");
  EXPECT_EQ(text(3, 0, "7FFF"), "0");
}

TEST(Decimal, CountsTheDigitsOfTheValueAsBigDecimalDoes) {
  EXPECT_EQ(digits(10, 2,
                   "8000015C"
                   "00"),
            5U);  // 348.00
  EXPECT_EQ(digits(10, 2,
                   "80000000"
                   "05"),
            1U);
  EXPECT_EQ(digits(10, 2,
                   "80000000"
                   "00"),
            1U);
  EXPECT_EQ(digits(10, 2,
                   "8000000A"
                   "00"),
            4U);  // 10.00
}

TEST(Decimal, SixtyFiveDigitsComeBackForEveryScale) {
  std::mt19937 random(1);
  for (unsigned precision = 1; precision <= kMaxDecimalDigits; ++precision) {
    for (unsigned scale = 0; scale <= std::min(precision, 30U); ++scale) {
      std::string all(precision, '0');
      for (char& c : all) c = static_cast<char>('0' + random() % 10);
      all[0] = '9';  // so that no leading zero is dropped
      const bool negative = random() % 2 == 0;
      const std::string bytes = packed(all, scale, negative);
      ASSERT_EQ(bytes.size(), decimal_size(precision, scale));
      std::string expected = negative ? "-" : "";
      expected += scale == precision ? "0" : all.substr(0, precision - scale);
      if (scale > 0) expected += "." + all.substr(precision - scale);
      const Exact exact(bytes);
      char out[kMaxDecimalText];
      const auto printed = decimal_text(exact.data(), precision, scale, out);
      ASSERT_TRUE(printed);
      EXPECT_EQ(std::string(out, printed->size), expected);
    }
  }
}

TEST(Decimal, AGroupBeyondItsDigitsIsDamage) {
  EXPECT_EQ(text(2, 0, "FF"), "damaged");        // 127 in two digits
  EXPECT_EQ(text(9, 0, "FFFFFFFF"), "damaged");  // 2147483647 in nine
}

TEST(Decimal, HasNoSizeForWhatMySqlHasNot) {
  EXPECT_EQ(decimal_size(0, 0), 0U);
  EXPECT_EQ(decimal_size(66, 0), 0U);
  EXPECT_EQ(decimal_size(5, 6), 0U);
  EXPECT_EQ(decimal_size(65, 30), 30U);
}

}  // namespace
}  // namespace millrace::cell
