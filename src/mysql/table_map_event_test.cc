// SPDX-License-Identifier: Apache-2.0
#include "mysql/table_map_event.h"

#include <gtest/gtest.h>

#include "mysql/event_test_support.h"

namespace millrace::mysql {
namespace {

using C = ColumnType;
using cell::CellType;

const EventFormat kMySql = format_of("9.7.0", Checksum::kCrc32);
const EventFormat kMariaDb = format_of("11.8.6-MariaDB", Checksum::kCrc32);

// The same table on both servers, with binlog_row_metadata=FULL (fixtures full_metadata): id INT
// UNSIGNED, VARCHAR(20) latin1, ENUM('a','ß','日本'), SET('x','y'), TINYINT, BIGINT UNSIGNED,
// DECIMAL(5,2) UNSIGNED, FLOAT UNSIGNED, POINT, GEOMETRY, CHAR(5) ucs2, BINARY(3), VARBINARY(9),
// TEXT cp1251, BLOB, YEAR, TIMESTAMP(3), BIT(9).
constexpr std::string_view kHead =
    "5f0800000000 0100 02667800 017400 12 030ffefe0108f604fffffefe0ffcfc0d1110"
    "16 1400f701f8010502040404fe0afe0309000202030101 feff03";
constexpr std::string_view kNames =
    "042f 026964 056ec3a46d65 0165 0173 0169 026275 0164 0166 0170 0167 0163 0162 027662 027478 "
    "02626c 0179 027473 026274";
constexpr std::string_view kLabels = "0505 02 0178 0179  060d 03 0161 02c39f 06e697a5e69cac";

std::string mysql_body() {
  return from_hex(std::string(kHead) + "0101bc 0306 08233f3f333f 07020100" + std::string(kNames) +
                  "0b04fcff0008" + std::string(kLabels) + "080100 0c03ffffc0");
}
std::string mariadb_body() {
  return from_hex(std::string(kHead) + "0101bc 02093f000803fc000a0633 07020100" +
                  std::string(kNames) + "0b04fc000908" + std::string(kLabels) + "080100");
}

void expect_common(const TableMapEvent& map) {
  EXPECT_EQ(map.table_id, 0x085FU);
  EXPECT_EQ(map.database, "fx");
  EXPECT_EQ(map.table, "t");
  const std::vector<CellType> cells = {{C::kLong, 0},
                                       {C::kVarchar, 20},
                                       {C::kEnum, 1},
                                       {C::kSet, 1},
                                       {C::kTiny, 0},
                                       {C::kLongLong, 0},
                                       {C::kNewDecimal, 5 << 8 | 2},
                                       {C::kFloat, 0},
                                       {C::kGeometry, 4},
                                       {C::kGeometry, 4},
                                       {C::kString, 10},
                                       {C::kString, 3},
                                       {C::kVarchar, 9},
                                       {C::kBlob, 2},
                                       {C::kBlob, 2},
                                       {C::kYear, 0},
                                       {C::kTimestamp2, 3},
                                       {C::kBit, 9}};
  EXPECT_EQ(map.cells, cells);
  EXPECT_FALSE(map.is_nullable(0));
  for (size_t i = 1; i < cells.size(); ++i) EXPECT_TRUE(map.is_nullable(i)) << i;
  const std::vector<bool> is_unsigned = {true,  false, false, false, false, true,
                                         true,  true,  false, false, false, false,
                                         false, false, false, true,  false, false};
  EXPECT_EQ(map.is_unsigned, is_unsigned);
  ASSERT_EQ(map.names.size(), 18U);
  EXPECT_EQ(map.names[1], "n\xC3\xA4me");
  EXPECT_EQ(map.names[17], "bt");
  EXPECT_EQ(map.labels[2], (TableMapEvent::Labels{"a", "\xC3\x9F", "\xE6\x97\xA5\xE6\x9C\xAC"}));
  EXPECT_EQ(map.labels[3], (TableMapEvent::Labels{"x", "y"}));
  EXPECT_TRUE(map.labels[4].empty());
  EXPECT_EQ(map.geometry_types[8], 1U);
  EXPECT_EQ(map.geometry_types[9], 0U);
  EXPECT_EQ(map.primary_key, (std::vector<TableMapEvent::KeyPart>{{0, 0}}));
  EXPECT_TRUE(map.dropped.empty());
}

TEST(TableMap, ReadsMySqlsFullMetadata) {
  const std::string body = mysql_body();
  const auto map = decode_table_map(as_bytes(body), kMySql);
  ASSERT_TRUE(map) << map.error().what;
  expect_common(*map);
  const std::vector<uint32_t> collations = {0, 8,  255, 8,  0,  0,  0, 0, 0,
                                            0, 35, 63,  63, 51, 63, 0, 0, 0};
  EXPECT_EQ(map->collations, collations);
  EXPECT_EQ(map->visible, std::vector<bool>(18, true));
}

// GEOMETRY counts as a character column there: the list is longer.
TEST(TableMap, ReadsMariaDbsFullMetadata) {
  const std::string body = mariadb_body();
  const auto map = decode_table_map(as_bytes(body), kMariaDb);
  ASSERT_TRUE(map) << map.error().what;
  expect_common(*map);
  const std::vector<uint32_t> collations = {0,  8,    2304, 8,  0,  0,  0, 0, 63,
                                            63, 2560, 63,   63, 51, 63, 0, 0, 0};
  EXPECT_EQ(map->collations, collations);
  EXPECT_TRUE(map->visible.empty());
}

TEST(TableMap, AListOfTheOtherFlavoursColumnsIsTakenByItsLength) {
  const std::string body = mysql_body();
  const auto map = decode_table_map(as_bytes(body), kMariaDb);
  ASSERT_TRUE(map);
  EXPECT_EQ(map->collations[10], 35U);
  EXPECT_TRUE(map->dropped.empty());
}

// One INT, then the metadata given as hex.
std::string small_body(std::string_view types, std::string_view meta, std::string_view items) {
  const std::string type_bytes = from_hex(types);
  const std::string meta_bytes = from_hex(meta);
  std::string body = from_hex("010000000000 0000 0164 00 0174 00");
  body += static_cast<char>(type_bytes.size());
  body += type_bytes;
  body += static_cast<char>(meta_bytes.size());
  body += meta_bytes;
  body += std::string((type_bytes.size() + 7) / 8, '\0');
  return body + from_hex(items);
}

TEST(TableMap, AListThatDoesNotFitIsLeftOutAndNamedNotShifted) {
  struct Case {
    std::string_view items;
    TableMetadata dropped;
  };
  // INT, VARCHAR(10), ENUM
  constexpr Case kCases[] = {
      {"01 02 8000", TableMetadata::kSignedness},
      {"03 02 0808", TableMetadata::kColumnCharset},
      {"02 03 08 05 09", TableMetadata::kDefaultCharset},
      {"04 06 0161 0162 0163", static_cast<TableMetadata>(0)},
      {"04 04 0161 0162", TableMetadata::kColumnName},
      {"04 08 0161 0162 0163 0164", TableMetadata::kColumnName},
      {"06 03 02 0161", TableMetadata::kEnumLabels},
      {"05 03 01 0161", TableMetadata::kSetLabels},
      {"07 01 00", TableMetadata::kGeometryType},
      {"08 01 03", TableMetadata::kSimplePrimaryKey},
      {"09 01 00", TableMetadata::kPrimaryKeyWithPrefix},
      {"0b 02 0808", TableMetadata::kLabelColumnCharset},
      {"0c 02 ffff", TableMetadata::kVisibility},
      {"0d 01 02", TableMetadata::kVectorDimension},
  };
  for (const Case& c : kCases) {
    const std::string body = small_body("03 0f fe", "0a00 f701", c.items);
    const auto map = decode_table_map(ExactCopy(as_bytes(body)).view(), kMySql);
    ASSERT_TRUE(map) << c.items;
    if (c.dropped == static_cast<TableMetadata>(0))
      EXPECT_TRUE(map->dropped.empty()) << c.items;
    else
      EXPECT_EQ(map->dropped, std::vector<TableMetadata>{c.dropped}) << c.items;
  }
}

TEST(TableMap, UnknownItemsAreSkippedAndACutOneIsIgnored) {
  const std::string body = small_body("03", "", "63 02 ffff  01 01 80  08 05 00");
  const auto map = decode_table_map(as_bytes(body), kMySql);
  ASSERT_TRUE(map);
  EXPECT_EQ(map->is_unsigned, std::vector<bool>{true});
  EXPECT_TRUE(map->primary_key.empty());
  EXPECT_TRUE(map->dropped.empty());
}

TEST(TableMap, PrefixesOfAPrimaryKeyAreInCharactersAndInKeyOrder) {
  const std::string body = small_body("0f fc 03", "c800 02", "09 06 0200 0107 0003");
  const auto map = decode_table_map(as_bytes(body), kMySql);
  EXPECT_EQ(map->primary_key, (std::vector<TableMapEvent::KeyPart>{{2, 0}, {1, 7}, {0, 3}}));
}

TEST(TableMap, LongStringsHideTwoBitsOfTheirLengthInTheType) {
  struct Case {
    std::string_view meta;
    CellType cell;
  };
  constexpr Case kCases[] = {{"fe 0a", {C::kString, 10}},   {"fe ff", {C::kString, 255}},
                             {"ee 00", {C::kString, 256}},  {"de 20", {C::kString, 0x220}},
                             {"ce ff", {C::kString, 1023}}, {"f7 02", {C::kEnum, 2}},
                             {"f8 08", {C::kSet, 8}}};
  for (const Case& c : kCases) {
    const std::string body = small_body("fe", c.meta, "");
    const auto map = decode_table_map(as_bytes(body), kMySql);
    ASSERT_TRUE(map) << c.meta;
    EXPECT_EQ(map->cells[0], c.cell) << c.meta;
  }
}

TEST(TableMap, MetadataThatNoServerWritesNamesTheColumn) {
  constexpr std::string_view kCases[][2] = {{"fe", "0300"}, {"fe", "f703"}, {"fe", "f805"},
                                            {"fe", "f900"}, {"f6", "4201"}, {"f6", "0306"},
                                            {"12", "07"},   {"fc", "05"},   {"fc", "00"},
                                            {"10", "0802"}, {"10", "0108"}};
  for (const auto& [types, meta] : kCases) {
    const std::string body = small_body(types, meta, "");
    const auto map = decode_table_map(as_bytes(body), kMySql);
    ASSERT_FALSE(map) << types << " " << meta;
    EXPECT_EQ(map.error().code, Errc::kCorrupt);
    EXPECT_NE(map.error().what.find("d.t, column 1"), std::string::npos) << map.error().what;
  }
  const std::string unknown = small_body("0e", "", "");
  EXPECT_EQ(decode_table_map(as_bytes(unknown), kMySql).error().code, Errc::kUnsupported);
}

// 8.0.17 wrote type bytes for hidden columns of multi-valued indexes.
TEST(TableMap, HiddenArrayColumnsMayLackMetadata) {
  const std::string body = small_body("03 14", "", "");
  const auto map = decode_table_map(as_bytes(body), kMySql);
  ASSERT_TRUE(map) << map.error().what;
  EXPECT_EQ(map->cells[1].type, C::kTypedArray);
  const std::string with_element = small_body("14 0f", "0f0a00 1400", "");
  EXPECT_EQ(decode_table_map(as_bytes(with_element), kMySql)->cells[1].meta, 20);
}

TEST(TableMap, OldServersHaveTableIdsOfFourBytes) {
  EventFormat old = kMySql;
  old.post_header_lengths[static_cast<size_t>(EventType::kTableMap)] = 6;
  const std::string body = from_hex("05000000 0000 0164 00 0174 00 01 03 00 00");
  EXPECT_EQ(decode_table_map(as_bytes(body), old)->table_id, 5U);
  EXPECT_EQ(*table_map_id(as_bytes(body), old), 5U);
}

TEST(TableMap, EveryTruncationIsAnErrorOrLosesOnlyOptionalItems) {
  const size_t needed = from_hex(kHead).size();
  for (const auto& [body, format] :
       {std::pair{mysql_body(), kMySql}, std::pair{mariadb_body(), kMariaDb}})
    for_each_cut(body, [&](Bytes cut, size_t size) {
      const auto map = decode_table_map(cut, format);
      EXPECT_EQ(bool(map), size >= needed) << size;
      if (!map) {
        EXPECT_EQ(map.error().code, Errc::kTruncated);
      }
      EXPECT_EQ(bool(table_map_id(cut, format)), size >= 6);
    });
}

TEST(TableMap, ANameWithoutItsZeroByteIsCut) {
  const std::string body = from_hex("010000000000 0000 0164 01 0174 00 01 03 00 00");
  EXPECT_FALSE(decode_table_map(as_bytes(body), kMySql));
}

TEST(TableMap, MoreColumnsThanATableCanHaveAreRefused) {
  std::string body = from_hex("010000000000 0000 0164 00 0174 00 fc 0110");  // 4097
  body += std::string(4097, '\3') + '\0' + std::string(513, '\0');
  EXPECT_EQ(decode_table_map(as_bytes(body), kMySql).error().code, Errc::kTooLarge);
}

}  // namespace
}  // namespace millrace::mysql
