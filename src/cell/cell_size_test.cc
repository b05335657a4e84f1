// SPDX-License-Identifier: Apache-2.0
#include "cell/cell_size.h"

#include <gtest/gtest.h>

#include <string>

#include "cell/bytes_test_support.h"
#include "cell/integer.h"

namespace millrace::cell {
namespace {

struct Sized {
  CellType type;
  std::string bytes;  // a value that fills them
};

const Sized kSized[] = {
    {{ColumnType::kTiny, 0}, std::string(1, 'x')},
    {{ColumnType::kShort, 0}, std::string(2, 'x')},
    {{ColumnType::kInt24, 0}, std::string(3, 'x')},
    {{ColumnType::kLong, 0}, std::string(4, 'x')},
    {{ColumnType::kLongLong, 0}, std::string(8, 'x')},
    {{ColumnType::kFloat, 0}, std::string(4, 'x')},
    {{ColumnType::kDouble, 0}, std::string(8, 'x')},
    {{ColumnType::kYear, 0}, std::string(1, 'x')},
    {{ColumnType::kDate, 0}, std::string(3, 'x')},
    {{ColumnType::kTime, 0}, std::string(3, 'x')},
    {{ColumnType::kDateTime, 0}, std::string(8, 'x')},
    {{ColumnType::kTimestamp, 0}, std::string(4, 'x')},
    {{ColumnType::kTime2, 0}, std::string(3, 'x')},
    {{ColumnType::kTime2, 1}, std::string(4, 'x')},
    {{ColumnType::kDateTime2, 4}, std::string(7, 'x')},
    {{ColumnType::kTimestamp2, 6}, std::string(7, 'x')},
    {{ColumnType::kNewDecimal, 14 << 8 | 4}, std::string(7, 'x')},
    {{ColumnType::kBit, 1}, std::string(1, 'x')},
    {{ColumnType::kBit, 9}, std::string(2, 'x')},
    {{ColumnType::kBit, 64}, std::string(8, 'x')},
    {{ColumnType::kEnum, 2}, std::string(2, 'x')},
    {{ColumnType::kSet, 8}, std::string(8, 'x')},
    {{ColumnType::kVarchar, 255},
     "\x03"
     "abc"},
    {{ColumnType::kVarchar, 256},
     std::string("\x03\x00"
                 "abc",
                 5)},
    {{ColumnType::kString, 1020},
     std::string("\x03\x00"
                 "abc",
                 5)},
    {{ColumnType::kString, 0}, std::string(1, '\0')},
    {{ColumnType::kBlob, 1},
     "\x03"
     "abc"},
    {{ColumnType::kBlob, 3},
     std::string("\x03\x00\x00"
                 "abc",
                 6)},
    {{ColumnType::kJson, 4},
     std::string("\x03\x00\x00\x00"
                 "abc",
                 7)},
    {{ColumnType::kVector, 4}, std::string("\x00\x00\x00\x00", 4)},
    {{ColumnType::kBlobCompressed, 2},
     std::string("\x01\x00"
                 "a",
                 3)},
    {{ColumnType::kVarcharCompressed, 100},
     "\x01"
     "a"},
};

TEST(CellSize, CountsTheLengthBeforeTheValue) {
  for (const Sized& sized : kSized) {
    const Exact exact(sized.bytes + "more");
    const auto size = cell_size(sized.type, exact.view());
    ASSERT_TRUE(size) << static_cast<int>(sized.type.type);
    EXPECT_EQ(*size, sized.bytes.size()) << static_cast<int>(sized.type.type);
  }
}

TEST(CellSize, EveryTruncationIsAnErrorAndNeverAnOverread) {
  for (const Sized& sized : kSized) {
    for (size_t n = 0; n < sized.bytes.size(); ++n) {
      const Exact exact(sized.bytes.substr(0, n));
      const auto size = cell_size(sized.type, exact.view());
      ASSERT_FALSE(size) << static_cast<int>(sized.type.type) << ", " << n << " bytes";
      EXPECT_EQ(size.error().code, Errc::kTruncated);
    }
  }
}

TEST(CellSize, RefusesWhatNoServerWrites) {
  const Exact bytes(std::string(100, '\1'));
  for (const CellType type :
       {CellType{ColumnType::kTime2, 7}, CellType{ColumnType::kBit, 65},
        CellType{ColumnType::kEnum, 3}, CellType{ColumnType::kSet, 5},
        CellType{ColumnType::kBlob, 5}, CellType{ColumnType::kBlob, 0},
        CellType{ColumnType::kNewDecimal, 66 << 8}, CellType{static_cast<ColumnType>(99), 0}})
    EXPECT_EQ(cell_size(type, bytes.view()).error().code, Errc::kCorrupt);
  for (const ColumnType type : {ColumnType::kDecimal, ColumnType::kTypedArray})
    EXPECT_EQ(cell_size({type, 0}, bytes.view()).error().code, Errc::kUnsupported);
}

TEST(Integer, KeepsTheSignOfEveryWidth) {
  EXPECT_EQ(read_signed(Exact(from_hex("ff")).data(), 1), -1);
  EXPECT_EQ(read_unsigned(Exact(from_hex("ff")).data(), 1), 255U);
  EXPECT_EQ(read_signed(Exact(from_hex("0080")).data(), 2), -32768);
  EXPECT_EQ(read_signed(Exact(from_hex("000080")).data(), 3), -8388608);
  EXPECT_EQ(read_signed(Exact(from_hex("ffff7f")).data(), 3), 8388607);
  EXPECT_EQ(read_unsigned(Exact(from_hex("ffffff")).data(), 3), 16777215U);
  EXPECT_EQ(read_signed(Exact(from_hex("0000000000000080")).data(), 8), INT64_MIN);
  EXPECT_EQ(read_unsigned(Exact(from_hex("ffffffffffffffff")).data(), 8), UINT64_MAX);
}

TEST(Bit, IsBigEndianAndNoWiderThanItsBits) {
  EXPECT_EQ(read_bit(Exact(from_hex("0abc")).data(), 12), 0xABCU);
  EXPECT_EQ(read_bit(Exact(from_hex("fabc")).data(), 12), 0xABCU);
  EXPECT_EQ(read_bit(Exact(from_hex("ffffffffffffffff")).data(), 64), UINT64_MAX);
  EXPECT_EQ(read_bit(Exact(from_hex("01")).data(), 1), 1U);
}

TEST(Year, ZeroIsTheYearZero) {
  EXPECT_EQ(read_year(std::byte{0}), 0);
  EXPECT_EQ(read_year(std::byte{1}), 1901);
  EXPECT_EQ(read_year(std::byte{255}), 2155);
}

}  // namespace
}  // namespace millrace::cell
