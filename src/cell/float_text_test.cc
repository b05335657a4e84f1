// SPDX-License-Identifier: Apache-2.0
#include "cell/float_text.h"

#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

namespace millrace::cell {
namespace {

std::string print(double value) {
  char text[kMaxDoubleText];
  return {text, static_cast<size_t>(print_json_double(text, value) - text)};
}

double through_float(float value) {
  std::byte bytes[4];
  std::memcpy(bytes, &value, 4);
  return read_float(bytes);
}

TEST(JsonDouble, KeepsThePointOfWholeNumbers) {
  EXPECT_EQ(print(1.0), "1.0");
  EXPECT_EQ(print(-0.0), "-0.0");
  EXPECT_EQ(print(100000000000000.0), "100000000000000.0");
}

TEST(JsonDouble, ChangesToExponentsWhereMySqlDoes) {
  EXPECT_EQ(print(1e14), "100000000000000.0");
  EXPECT_EQ(print(1e15), "1e15");
  EXPECT_EQ(print(1e20), "1e20");
  EXPECT_EQ(print(1234567890123456.0), "1.234567890123456e15");
  EXPECT_EQ(print(1234567890123456.8), "1234567890123456.8");
  EXPECT_EQ(print(1e-7), "0.0000001");
  EXPECT_EQ(print(1e-15), "0.000000000000001");
  EXPECT_EQ(print(1e-16), "1e-16");
  EXPECT_EQ(print(1.5e300), "1.5e300");
  EXPECT_EQ(print(-2.5e-300), "-2.5e-300");
}

TEST(JsonDouble, EveryMagnitudeReadsBackTheSame) {
  for (double value = DBL_MIN; value < DBL_MAX / 10; value *= 9.7) {
    EXPECT_EQ(std::stod(print(value)), value);
    EXPECT_EQ(std::stod(print(-value)), -value);
  }
  EXPECT_EQ(std::stod(print(DBL_MAX)), DBL_MAX);
}

TEST(JsonDouble, PrintsNoInfinity) {
  EXPECT_EQ(print(std::numeric_limits<double>::infinity()), "0.0");
  EXPECT_EQ(print(std::numeric_limits<double>::quiet_NaN()), "0.0");
}

TEST(Float, IsTheDoubleOfItsShortestDecimal) {
  EXPECT_EQ(through_float(0.1F), 0.1);
  EXPECT_EQ(through_float(3.4028235e38F), 3.4028235e38);
  EXPECT_EQ(through_float(1.17549435e-38F), 1.1754944e-38);
  EXPECT_EQ(through_float(1e-45F), 1e-45);
  EXPECT_EQ(through_float(16777216.0F), 16777216.0);
  EXPECT_EQ(through_float(-2.5F), -2.5);
  EXPECT_TRUE(std::signbit(through_float(-0.0F)));
}

// std::to_chars() gives the exact digits of these where it is free to leave out the exponent.
TEST(Float, LargeWholeNumbersHaveTheirFewestDigitsToo) {
  EXPECT_EQ(through_float(289715716096.0F), 289715700000.0);
  EXPECT_EQ(through_float(-33554432.0F), -33554432.0);
  for (float value = 1e7F; value < 1e38F; value *= 1.37F) {
    char text[32];
    int digits = 1;
    do {
      std::snprintf(text, sizeof text, "%.*g", digits, static_cast<double>(value));
    } while (std::strtof(text, nullptr) != value && ++digits <= 9);
    EXPECT_EQ(through_float(value), std::strtod(text, nullptr)) << text;
  }
}

TEST(Float, SurvivesWhatIsNotFinite) {
  EXPECT_TRUE(std::isinf(through_float(std::numeric_limits<float>::infinity())));
  EXPECT_TRUE(std::isnan(through_float(std::numeric_limits<float>::quiet_NaN())));
}

}  // namespace
}  // namespace millrace::cell
