// SPDX-License-Identifier: Apache-2.0
#include "cell/temporal.h"

#include <gtest/gtest.h>

#include <string>

#include "cell/bytes_test_support.h"

namespace millrace::cell {
namespace {

std::string time2(std::string_view hex, unsigned digits) {
  const std::string bytes = from_hex(hex);
  EXPECT_EQ(bytes.size(), 3 + fraction_size(digits));
  const Exact exact(bytes);
  char text[kMaxTemporalText];
  const Time time = read_time2(exact.data(), digits);
  return {text, static_cast<size_t>(print_time(text, time, digits > 0) - text)};
}

std::string datetime2(std::string_view hex, unsigned digits) {
  const Exact exact(from_hex(hex));
  char text[kMaxTemporalText];
  const DateTime value = read_datetime2(exact.data(), digits);
  return {text, static_cast<size_t>(print_datetime(text, value, digits > 0) - text)};
}

TEST(Time2, HoldsItsWholeRange) {
  EXPECT_EQ(time2("800000", 0), "00:00:00");
  EXPECT_EQ(time2("B46EFB", 0), "838:59:59");
  EXPECT_EQ(time2("4B9105", 0), "-838:59:59");
  EXPECT_EQ(time2("7FFFFF", 0), "-00:00:01");
}

TEST(Time2, ReadsNegativeFractionsOfEveryWidth) {
  EXPECT_EQ(time2("7FFFFFCE", 1), "-00:00:00.500000");
  EXPECT_EQ(time2("7FFFFFFF", 2), "-00:00:00.010000");
  EXPECT_EQ(time2("7FFFFECE", 2), "-00:00:01.500000");
  EXPECT_EQ(time2("7FFFFFFFF6", 3), "-00:00:00.001000");
  EXPECT_EQ(time2("7FFFFFFFFF", 4), "-00:00:00.000100");
  EXPECT_EQ(time2("7FFFFFFFFFF6", 5), "-00:00:00.000010");
  EXPECT_EQ(time2("7FFFFFFFFFFF", 6), "-00:00:00.000001");
  EXPECT_EQ(time2("7FFFFEFFFFFF", 6), "-00:00:01.000001");
}

TEST(Time2, ReadsFractionsOfEveryWidth) {
  EXPECT_EQ(time2("80000119", 2), "00:00:01.250000");
  EXPECT_EQ(time2("80000132", 1), "00:00:01.500000");
  EXPECT_EQ(time2("8000011388", 4), "00:00:01.500000");
  EXPECT_EQ(time2("80000107A120", 6), "00:00:01.500000");
}

TEST(OldTime, IsASignedDecimalNumber) {
  const auto read = [](int64_t number) {
    std::string bytes;
    for (int i = 0; i < 3; ++i) bytes += static_cast<char>(number >> (8 * i));
    return read_old_time(Exact(bytes).data());
  };
  EXPECT_EQ(read(123456), (Time{false, 12, 34, 56, 0}));
  EXPECT_EQ(read(-8385959), (Time{true, 838, 59, 59, 0}));
  EXPECT_EQ(read(-1), (Time{true, 0, 0, 1, 0}));
}

TEST(OldDateTime, IsADecimalNumber) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(UINT64_C(20231114221321) >> (8 * i));
  EXPECT_EQ(read_old_datetime(Exact(bytes).data()), (DateTime{2023, 11, 14, 22, 13, 21, 0}));
  EXPECT_EQ(read_old_datetime(Exact(std::string(8, '\0')).data()), DateTime{});
}

TEST(OldTimestamp, IsUnsignedSeconds) {
  EXPECT_EQ(read_old_timestamp(Exact(from_hex("FFFFFFFF")).data()), (Timestamp{4294967295, 0}));
}

TEST(Date, KeepsZeroDatesAndZeroParts) {
  EXPECT_EQ(read_date(Exact(from_hex("000000")).data()), Date{});
  const int packed = 2024 << 9;
  std::string bytes;
  for (int i = 0; i < 3; ++i) bytes += static_cast<char>(packed >> (8 * i));
  EXPECT_EQ(read_date(Exact(bytes).data()), (Date{2024, 0, 0}));
}

TEST(DateTime2, HoldsItsWholeRange) {
  EXPECT_EQ(datetime2("8000000000", 0), "0000-00-00 00:00:00");
  EXPECT_EQ(datetime2("FEF3FF7EFB", 0), "9999-12-31 23:59:59");
  EXPECT_EQ(datetime2("99B19D6355"
                      "01E240",
                      6),
            "2023-11-14 22:13:21.123456");
  EXPECT_EQ(datetime2("99B19D6355"
                      "19",
                      2),
            "2023-11-14 22:13:21.250000");
  EXPECT_EQ(datetime2("99B19D6355"
                      "04D2",
                      3),
            "2023-11-14 22:13:21.123400");
}

TEST(Timestamp2, IsUnsignedBigEndianSeconds) {
  EXPECT_EQ(read_timestamp2(Exact(from_hex("6553F101")).data(), 0), (Timestamp{1700000001, 0}));
  EXPECT_EQ(read_timestamp2(Exact(from_hex("FFFFFFFF0F423F")).data(), 6),
            (Timestamp{4294967295, 999999}));
}

TEST(Timestamp2, PrintsInUtc) {
  EXPECT_EQ(to_utc({1700000001, 5}), (DateTime{2023, 11, 14, 22, 13, 21, 5}));
  EXPECT_EQ(to_utc({1, 0}), (DateTime{1970, 1, 1, 0, 0, 1, 0}));
  EXPECT_EQ(to_utc({951782400, 0}), (DateTime{2000, 2, 29, 0, 0, 0, 0}));
  EXPECT_EQ(to_utc({4294967295, 0}), (DateTime{2106, 2, 7, 6, 28, 15, 0}));
}

TEST(Timestamp2, ZeroIsTheZeroDate) { EXPECT_EQ(to_utc({0, 0}), DateTime{}); }

TEST(Packed, DateTimesAndTimesOfJson) {
  const int64_t whole = ((INT64_C(2020) * 13 + 2) << 5 | 29) << 17 | 12 << 12 | 34 << 6 | 56;
  EXPECT_EQ(unpack_datetime(whole << 24 | 789012), (DateTime{2020, 2, 29, 12, 34, 56, 789012}));
  const int64_t time = (INT64_C(838) << 12 | 59 << 6 | 59) << 24;
  EXPECT_EQ(unpack_time(-time), (Time{true, 838, 59, 59, 0}));
  EXPECT_EQ(unpack_time(-500000), (Time{true, 0, 0, 0, 500000}));
}

TEST(Packed, SurvivesEveryNumber) {
  char text[kMaxTemporalText];
  for (const int64_t value : {INT64_MIN, INT64_MAX, INT64_C(-1)}) {
    EXPECT_LE(print_datetime(text, unpack_datetime(value), true) - text,
              static_cast<ptrdiff_t>(sizeof text));
    EXPECT_LE(print_time(text, unpack_time(value), true) - text,
              static_cast<ptrdiff_t>(sizeof text));
  }
}

}  // namespace
}  // namespace millrace::cell
