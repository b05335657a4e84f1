// SPDX-License-Identifier: Apache-2.0
// Spec 5.2 to 5.5: which record each column's value becomes, and how it is shown.
#include "format/dts_avro/columns.h"

#include <gtest/gtest.h>

#include "format/dts_avro/one_column_test_support.h"

namespace millrace::format::dts_avro {
namespace {

void expect(const OneColumn::Seen& seen, int number, ValueKind kind, std::string_view label,
            std::string_view json) {
  EXPECT_EQ(seen.number, number) << seen.json;
  EXPECT_EQ(seen.kind, kind);
  EXPECT_EQ(seen.label, label);
  EXPECT_EQ(seen.json, json);
}

TEST(Columns, IntegersSayTheirWidth) {
  const struct {
    ColumnType type;
    int number, width;
    const char *hex, *is_signed, *is_unsigned;
  } cases[] = {{ColumnType::kTiny, 1, 1, "ff", "-1", "255"},
               {ColumnType::kShort, 2, 2, "0080", "-32768", "32768"},
               {ColumnType::kInt24, 9, 3, "000080", "-8388608", "8388608"},
               {ColumnType::kLong, 3, 4, "ffffffff", "-1", "4294967295"},
               {ColumnType::kLongLong, 8, 8, "0000000000000080", "-9223372036854775808",
                "9223372036854775808"}};
  for (const auto& c : cases) {
    const auto seen = OneColumn(c.type, 0).seen(c.hex);
    expect(seen, c.number, ValueKind::kInteger, "", c.is_signed);
    EXPECT_EQ(seen.precision, c.width);
    EXPECT_EQ(OneColumn(c.type, 0).is_unsigned().json(c.hex), c.is_unsigned);
  }
  EXPECT_EQ(OneColumn(ColumnType::kLongLong, 0).is_unsigned().json("ffffffffffffffff"),
            "18446744073709551615");
}

TEST(Columns, BitsAreAnUnsignedNumber) {
  expect(OneColumn(ColumnType::kBit, 64).seen("ffffffffffffffff"), 16, ValueKind::kInteger, "",
         "18446744073709551615");
  EXPECT_EQ(OneColumn(ColumnType::kBit, 1).json("01"), "1");
}

TEST(Columns, DecimalsCountTheirOwnDigits) {
  const auto seen = OneColumn(ColumnType::kNewDecimal, 10 << 8 | 2).seen("8000015c00");
  expect(seen, 246, ValueKind::kDecimal, "", "348.00");
  EXPECT_EQ(seen.precision, 5);
  EXPECT_EQ(seen.scale, 2);
  EXPECT_EQ(OneColumn(ColumnType::kNewDecimal, 10 << 8 | 2).json("7fffffffcd"), "-0.50");
}

TEST(Columns, FloatsAreRoundedAsPeopleReadThem) {
  expect(OneColumn(ColumnType::kFloat, 0).seen("cdcccc3d"), 4, ValueKind::kFloat, "", "0.1");
  expect(OneColumn(ColumnType::kDouble, 0).seen("9a9999999999b93f"), 5, ValueKind::kFloat, "",
         "0.1");
  const auto seen = OneColumn(ColumnType::kFloat, 0).seen("00000000");
  EXPECT_EQ(seen.precision, 8);
  EXPECT_EQ(seen.scale, 15);
}

TEST(Columns, DatesKeepTheirZeros) {
  expect(OneColumn(ColumnType::kDate, 0).seen("6ecf0f"), 10, ValueKind::kDateTime, "",
         "\"2023-11-14\"");
  EXPECT_EQ(OneColumn(ColumnType::kDate, 0).json("000000"), "\"0000-00-00\"");
  EXPECT_EQ(OneColumn(ColumnType::kDateTime2, 0).json("8000000000"), "\"0000-00-00 00:00:00\"");
  expect(OneColumn(ColumnType::kYear, 0).seen("7b"), 13, ValueKind::kDateTime, "", "2023");
  EXPECT_EQ(OneColumn(ColumnType::kYear, 0).json("00"), "0");
}

TEST(Columns, TimesAreSignedSpans) {
  expect(OneColumn(ColumnType::kTime2, 0).seen("4b9105"), 11, ValueKind::kDateTime, "",
         "\"-838:59:59\"");
  EXPECT_EQ(OneColumn(ColumnType::kTime2, 1).json("7fffffce"), "\"-00:00:00.500000\"");
  EXPECT_EQ(OneColumn(ColumnType::kTime2, 6).json("7fffffffffff"), "\"-00:00:00.000001\"");
  EXPECT_EQ(OneColumn(ColumnType::kTime2, 2).json("80000119"), "\"00:00:01.250000\"");
  EXPECT_EQ(OneColumn(ColumnType::kTime2, 2).json("80000100"), "\"00:00:01\"");
}

TEST(Columns, NegativeTimesNegateEveryPart) {
  const auto bytes = OneColumn(ColumnType::kTime2, 1).record(cell::from_hex("7fefffce"));
  ASSERT_TRUE(bytes);
  const auto record = read_record(as_bytes(*bytes));
  const auto& parts = (*record->after.values)[0].parts;
  EXPECT_EQ(parts[0], std::nullopt);
  EXPECT_EQ(parts[2], std::nullopt);
  EXPECT_EQ(parts[3], -1);
  EXPECT_EQ(parts[4], 0);
  EXPECT_EQ(parts[5], 0);
  EXPECT_EQ(parts[6], -500000);
}

TEST(Columns, TimestampsAreSecondsAndMicroseconds) {
  expect(OneColumn(ColumnType::kTimestamp2, 6).seen("6553f10101e240"), 7, ValueKind::kTimestamp, "",
         "\"2023-11-14 22:13:21.123456\"");
  EXPECT_EQ(OneColumn(ColumnType::kTimestamp2, 0).json("00000000"), "\"0000-00-00 00:00:00\"");
  EXPECT_EQ(OneColumn(ColumnType::kTimestamp2, 2).error("6553f10164"), Errc::kCorrupt);
}

TEST(Columns, OldStorageHasTheNumbersOfTheNew) {
  const OneColumn time = OneColumn(ColumnType::kTime, 0).declared(ColumnType::kTime2);
  expect(time.seen("40e201"), 11, ValueKind::kDateTime, "", "\"12:34:56\"");
  const OneColumn datetime = OneColumn(ColumnType::kDateTime, 0).declared(ColumnType::kDateTime2);
  expect(datetime.seen("0967606c66120000"), 12, ValueKind::kDateTime, "",
         "\"2023-11-14 22:13:21\"");
  const OneColumn timestamp =
      OneColumn(ColumnType::kTimestamp, 0).declared(ColumnType::kTimestamp2);
  expect(timestamp.seen("01f15365"), 7, ValueKind::kTimestamp, "", "\"2023-11-14 22:13:21\"");
}

TEST(Columns, TextKeepsItsBytesAndSaysItsCharset) {
  expect(OneColumn(ColumnType::kString, 40, "utf8mb4").seen("0370656e"), 254, ValueKind::kCharacter,
         "utf8mb4", "\"pen\"");
  expect(OneColumn(ColumnType::kVarchar, 40, "utf8mb3").seen("00"), 253, ValueKind::kCharacter,
         "utf8", "\"\"");
  expect(OneColumn(ColumnType::kBlob, 2, "utf8mb4").seen("020041c3"), 15, ValueKind::kCharacter,
         "utf8mb4", "\"A\xEF\xBF\xBD\"");
  EXPECT_EQ(OneColumn(ColumnType::kString, 40, "gbk").seen("02c4e3").value, "\xC4\xE3");
}

TEST(Columns, BinariesAreObjects) {
  expect(OneColumn(ColumnType::kString, 4, "binary").seen("020100"), 252, ValueKind::kBinaryObject,
         "BINARY", "\"AQAAAA==\"");
  expect(OneColumn(ColumnType::kVarchar, 4, "binary").seen("020100"), 252, ValueKind::kBinaryObject,
         "BINARY", "\"AQA=\"");
  expect(OneColumn(ColumnType::kBlob, 1, "binary").seen("020100"), 252, ValueKind::kBinaryObject,
         "BLOB", "\"AQA=\"");
  expect(OneColumn(ColumnType::kVector, 4).seen("040000000000803f"), 252, ValueKind::kBinaryObject,
         "BLOB", "\"AACAPw==\"");
  expect(OneColumn(ColumnType::kVarchar, 16, "binary").declared(ColumnType::kVector).seen("0101"),
         252, ValueKind::kBinaryObject, "BLOB", "\"AQ==\"");
}

TEST(Columns, LabelsStandForIndexesAndBits) {
  const OneColumn state = OneColumn(ColumnType::kEnum, 1).labels({"new", "paid"});
  expect(state.seen("02"), 247, ValueKind::kTextObject, "ENUM", "\"paid\"");
  EXPECT_EQ(state.json("00"), "\"\"");
  EXPECT_EQ(state.error("03"), Errc::kMismatch);
  const OneColumn flags = OneColumn(ColumnType::kSet, 1).labels({"a", "b", "c"});
  expect(flags.seen("05"), 248, ValueKind::kTextObject, "SET", "\"a,c\"");
  EXPECT_EQ(flags.json("00"), "\"\"");
  EXPECT_EQ(flags.error("08"), Errc::kMismatch);
  std::vector<std::string> all(64);
  for (size_t i = 0; i < all.size(); ++i) all[i] = std::to_string(i);
  EXPECT_EQ(OneColumn(ColumnType::kSet, 8).labels(all).json("0100000000000080"), "\"0,63\"");
}

TEST(Columns, JsonIsTheServersText) {
  expect(OneColumn(ColumnType::kJson, 4)
             .seen("0d000000"
                   "00"
                   "01000c000b000100050100"
                   "61"),
         245, ValueKind::kTextObject, "JSON", "\"{\\\"a\\\": 1}\"");
  EXPECT_EQ(OneColumn(ColumnType::kJson, 4).json("00000000"), "\"null\"");
  EXPECT_EQ(OneColumn(ColumnType::kJson, 4).error("0100000099"), Errc::kCorrupt);
}

TEST(Columns, GeometryLosesItsSrid) {
  const OneColumn point(ColumnType::kGeometry, 4);
  const auto seen = point.seen(
      "05000000"
      "e6100000"
      "01");
  expect(seen, 255, ValueKind::kBinaryGeometry, "WKB", "\"AQ==\"");
  EXPECT_EQ(point.error("0300000001e610"), Errc::kCorrupt);
  expect(point.seen("00000000"), 255, ValueKind::kBinaryGeometry, "WKB", "\"\"");
}

TEST(Columns, MariaDbsOwnTypes) {
  const OneColumn uuid =
      OneColumn(ColumnType::kString, 16, "binary").special(schema::Special::kUuid);
  expect(uuid.seen("10123e4567e89b12d3a456426655440000"), 254, ValueKind::kCharacter, "ascii",
         "\"123e4567-e89b-12d3-a456-426655440000\"");
  EXPECT_EQ(OneColumn(ColumnType::kString, 4, "binary").special(schema::Special::kInet4).json("00"),
            "\"0.0.0.0\"");
  EXPECT_EQ(
      OneColumn(ColumnType::kString, 16, "binary").special(schema::Special::kInet6).json("00"),
      "\"::\"");
  expect(OneColumn(ColumnType::kBlob, 4, "utf8mb4")
             .special(schema::Special::kMariaDbJson)
             .seen("030000005b315d"),
         15, ValueKind::kCharacter, "utf8mb4", "\"[1]\"");
  expect(OneColumn(ColumnType::kBlob, 4, "latin1")
             .special(schema::Special::kMariaDbJson)
             .seen("0300000022e922"),
         15, ValueKind::kCharacter, "latin1", "\"\\\"é\\\"\"");
  expect(OneColumn(ColumnType::kBlobCompressed, 2, "utf8mb4")
             .seen("0400"
                   "00616263"),
         15, ValueKind::kCharacter, "utf8mb4", "\"abc\"");
  expect(OneColumn(ColumnType::kVarcharCompressed, 100, "binary").seen("0400616263"), 252,
         ValueKind::kBinaryObject, "BINARY", "\"YWJj\"");
}

TEST(Columns, RefusesWhatHasNoPlaceInARecord) {
  EXPECT_EQ(OneColumn(ColumnType::kDecimal, 0).error("00"), Errc::kUnsupported);
  EXPECT_EQ(OneColumn(ColumnType::kVarchar, 10, "").error("00"), Errc::kMismatch);
  EXPECT_EQ(OneColumn(ColumnType::kTime2, 7).error("00"), Errc::kCorrupt);
}

}  // namespace
}  // namespace millrace::format::dts_avro
