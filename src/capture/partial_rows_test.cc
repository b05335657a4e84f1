// SPDX-License-Identifier: Apache-2.0
#include "capture/partial_rows.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "mysql/event_test_support.h"

namespace millrace::capture {
namespace {

using mysql::EventType;
using mysql::from_hex;

// TINYINT a, JSON j, VARCHAR(9) v, JSON k
change::RowShape shape() {
  auto table = std::make_shared<schema::Table>();
  change::RowShape shape;
  const std::pair<const char*, cell::CellType> kColumns[] = {{"a", {ColumnType::kTiny, 0}},
                                                             {"j", {ColumnType::kJson, 4}},
                                                             {"v", {ColumnType::kVarchar, 36}},
                                                             {"k", {ColumnType::kJson, 4}}};
  for (const auto& [name, cell] : kColumns) {
    table->columns.emplace_back().name = name;
    table->columns.back().type = cell.type;
    shape.cells.push_back(cell);
  }
  shape.table = table;
  return shape;
}

// {"a": 1} and {"a": 2} behind their length, and the step from the first to the second behind its.
const std::string kOne = "0d000000 00 0100 0c00 0b00 0100 050100 61";
const std::string kTwo = "0d000000 00 0100 0c00 0b00 0100 050200 61";
const std::string kStep = "09000000 00 03 242e61 03 050200";

Result<std::string> whole(std::string_view columns_before, std::string_view columns_after,
                          const std::string& rows) {
  const std::string body = from_hex("2a0000000000 0100 0200 04" + std::string(columns_before) +
                                    std::string(columns_after) + rows);
  const mysql::ExactCopy exact(as_bytes(body));
  mysql::EventView view;
  view.header.type = EventType::kPartialUpdateRows;
  view.body = exact.view();
  const mysql::RowsEvent event =
      TRY(mysql::decode_rows(view, mysql::format_of("8.0.36", mysql::Checksum::kCrc32)));
  Buffer out;
  const change::RowShape columns = shape();
  TRY(write_whole_rows(event, columns, out));
  return std::string(as_text(out.view()));
}
std::string expected(const std::string& rows) { return from_hex(rows); }

TEST(PartialRows, ADifferenceBecomesTheWholeDocument) {
  const std::string before = "00 07" + kOne + "0178" + kOne;
  const auto rows = whole("0f", "0f", before + "01 03 00 07" + kStep + "0179" + kStep);
  ASSERT_TRUE(rows) << rows.error().what;
  EXPECT_EQ(*rows, expected(before + "00 07" + kTwo + "0179" + kTwo));
}

TEST(PartialRows, DifferencesAndWholeDocumentsMayStandSideBySide) {
  const std::string before = "00 07" + kOne + "0178" + kOne;
  EXPECT_EQ(*whole("0f", "0f", before + "01 02 00 07" + kTwo + "0178" + kStep),
            expected(before + "00 07" + kTwo + "0178" + kTwo));
  EXPECT_EQ(*whole("0f", "0f", before + "01 01 00 07" + kStep + "0178" + kOne),
            expected(before + "00 07" + kTwo + "0178" + kOne));
  EXPECT_EQ(*whole("0f", "0f", before + "01 01 00 07" + "00000000" + "0178" + kOne),
            expected(before + "00 07" + kOne + "0178" + kOne))
      << "no step: unchanged";
}

TEST(PartialRows, EachRowSaysForItselfWhetherItHasDifferences) {
  const std::string before = "00 07" + kOne + "0178" + kOne;
  const std::string nulls = "0a 07 0178";  // j and k are NULL
  EXPECT_EQ(*whole("0f", "0f",
                   before + "00 00 07" + kTwo + "0178" + kTwo + before + "01 01 08 07" + kStep +
                       "0178" + nulls + "01 00 02 07 0178" + kTwo),
            expected(before + "00 07" + kTwo + "0178" + kTwo + before + "08 07" + kTwo + "0178" +
                     nulls + "02 07 0178" + kTwo));
}

TEST(PartialRows, EveryJsonColumnHasItsBitWhetherItIsThereOrNot) {
  // The images hold a and k; the bit of k is still the second.
  EXPECT_EQ(*whole("09", "09", "00 07" + kOne + "01 02 00 07" + kStep),
            expected("00 07" + kOne + "00 07" + kTwo));
  // After: only k.
  EXPECT_EQ(*whole("09", "08", "00 07" + kOne + "01 02 00" + kStep),
            expected("00 07" + kOne + "00" + kTwo));
}

TEST(PartialRows, WithoutTheDocumentBeforeTheyStop) {
  auto rows = whole("01", "03", "00 07 01 01 00 07" + kStep);
  EXPECT_EQ(rows.error().code, Errc::kUnsupported);
  EXPECT_NE(rows.error().what.find("column j"), std::string::npos) << rows.error().what;
  EXPECT_NE(rows.error().what.find("binlog_row_image"), std::string::npos) << rows.error().what;
  EXPECT_TRUE(whole("01", "03", "00 07 01 00 00 07" + kTwo)) << "a whole document needs none";
  rows = whole("03", "03", "02 07 01 01 00 07" + kStep);
  EXPECT_EQ(rows.error().code, Errc::kCorrupt) << "it was NULL";
}

TEST(PartialRows, WhatDoesNotFitTheDocumentIsDamage) {
  const auto rows =
      whole("03", "03", "00 07" + kOne + "01 01 00 07" + "09000000 01 03 242e61 03 050200");
  EXPECT_EQ(rows.error().code, Errc::kCorrupt);
  EXPECT_NE(rows.error().what.find("column j"), std::string::npos) << rows.error().what;
}

TEST(PartialRows, OptionsThatNobodyKnowsStop) {
  for (const std::string_view options : {"02", "03", "fcffff"}) {
    const auto rows = whole("03", "03", "00 07" + kOne + std::string(options) + "01 00 07" + kStep);
    EXPECT_EQ(rows.error().code, Errc::kUnsupported) << options;
  }
}

TEST(PartialRows, EveryTruncationIsAnErrorAndNeverAnOverread) {
  const std::string row = "00 07" + kOne + "0178" + kOne + "01 03 00 07" + kStep + "0179" + kStep;
  const std::string bytes = from_hex(row);
  std::string hex;
  for (const char c : bytes) {
    EXPECT_TRUE(hex.empty() || !whole("0f", "0f", hex)) << hex.size() / 2 << " bytes";
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[static_cast<uint8_t>(c) >> 4];
    hex += kDigits[static_cast<uint8_t>(c) & 15];
  }
  EXPECT_TRUE(whole("0f", "0f", hex));
}

}  // namespace
}  // namespace millrace::capture
