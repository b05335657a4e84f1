// SPDX-License-Identifier: Apache-2.0
#include "mysql/rows_event.h"

#include <gtest/gtest.h>

#include "mysql/event_test_support.h"

namespace millrace::mysql {
namespace {

const EventFormat kFormat = format_of("8.0.36", Checksum::kCrc32);

EventView view_of(EventType type, Bytes body) {
  EventView view;
  view.header.type = type;
  view.body = body;
  return view;
}
Result<RowsEvent> decode(EventType type, std::string_view hex,
                         const EventFormat& format = kFormat) {
  static std::string body;  // the event holds views of it
  body = from_hex(hex);
  return decode_rows(view_of(type, as_bytes(body)), format);
}

TEST(Rows, AWriteHasOnlyAnImageAfter) {
  const auto rows = decode(EventType::kWriteRowsV1, "2a0000000000 0100 0a ff03 aabbcc");
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->kind, RowsKind::kWrite);
  EXPECT_EQ(rows->table_id, 42U);
  EXPECT_TRUE(rows->statement_end);
  EXPECT_EQ(rows->width, 10U);
  EXPECT_TRUE(rows->before.empty());
  EXPECT_EQ(as_text(rows->after), from_hex("ff03"));
  EXPECT_EQ(as_text(rows->rows), from_hex("aabbcc"));
}

TEST(Rows, AnUpdateHasBothAndADeleteTheOneBefore) {
  auto rows = decode(EventType::kUpdateRowsV2, "2a0000000000 0000 0200 03 07 05 aa");
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->kind, RowsKind::kUpdate);
  EXPECT_FALSE(rows->statement_end);
  EXPECT_EQ(as_text(rows->before), "\7");
  EXPECT_EQ(as_text(rows->after), "\5");
  rows = decode(EventType::kDeleteRowsV2, "2a0000000000 0000 0200 03 07 aa");
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->kind, RowsKind::kDelete);
  EXPECT_EQ(as_text(rows->before), "\7");
  EXPECT_TRUE(rows->after.empty());
}

TEST(Rows, EveryVersionOfEveryKindIsKnown) {
  using T = EventType;
  const std::pair<T, RowsKind> kKinds[] = {
      {T::kWriteRowsV0, RowsKind::kWrite},   {T::kUpdateRowsV0, RowsKind::kUpdate},
      {T::kDeleteRowsV0, RowsKind::kDelete}, {T::kWriteRowsV1, RowsKind::kWrite},
      {T::kUpdateRowsV1, RowsKind::kUpdate}, {T::kDeleteRowsV1, RowsKind::kDelete},
      {T::kWriteRowsV2, RowsKind::kWrite},   {T::kUpdateRowsV2, RowsKind::kUpdate},
      {T::kDeleteRowsV2, RowsKind::kDelete}, {T::kPartialUpdateRows, RowsKind::kUpdate}};
  for (const auto& [type, kind] : kKinds) {
    EXPECT_TRUE(is_rows_event(type));
    const bool v2 = static_cast<int>(type) >= 30;
    const auto rows =
        decode(type, v2 ? "2a0000000000 0000 0200 01 01 01" : "2a0000000000 0000 01 01 01");
    ASSERT_TRUE(rows) << static_cast<int>(type);
    EXPECT_EQ(rows->kind, kind);
    EXPECT_EQ(rows->has_partial_documents, type == T::kPartialUpdateRows);
  }
  EXPECT_FALSE(is_rows_event(T::kTableMap) || is_rows_event(T::kIncident) ||
               is_rows_event(T::kGtid) || is_rows_event(T::kWriteRowsCompressedV1));
  EXPECT_EQ(decode(T::kTableMap, "").error().code, Errc::kRefused);
}

TEST(Rows, ExtraInformationNamesPartitions) {
  auto rows = decode(EventType::kUpdateRowsV2, "2a0000000000 0000 0700 01 0300 0500 01 01 01");
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->partition, 3);
  EXPECT_EQ(rows->source_partition, 5);
  rows = decode(EventType::kWriteRowsV2, "2a0000000000 0000 0a00 00 04 00 ffff 01 0300 01 01");
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->partition, 3) << "after NDB's item";
  rows = decode(EventType::kWriteRowsV2, "2a0000000000 0000 0600 09 ffffff 01 01");
  ASSERT_TRUE(rows) << "an item that nobody knows is skipped with the rest of the block";
  EXPECT_EQ(rows->width, 1U);
}

TEST(Rows, OldServersHaveTableIdsOfFourBytes) {
  EventFormat old = kFormat;
  old.post_header_lengths[static_cast<size_t>(EventType::kWriteRowsV0)] = 6;
  EXPECT_EQ(decode(EventType::kWriteRowsV0, "05000000 0000 01 01", old)->table_id, 5U);
}

TEST(Rows, AWidthBeyondTheBodyIsCutAndNeverComputedWith) {
  for (std::string_view width :
       {"fc ffff", "fe ffffffffffffffff", "fe f9ffffffffffffff", "fb", "ff"})
    EXPECT_EQ(decode(EventType::kWriteRowsV1, "2a0000000000 0000 " + std::string(width) + "01")
                  .error()
                  .code,
              Errc::kTruncated)
        << width;
}

TEST(Rows, AnExtraLengthUnderItsOwnTwoBytesIsCut) {
  EXPECT_EQ(decode(EventType::kWriteRowsV2, "2a0000000000 0000 0100 01 01").error().code,
            Errc::kTruncated);
}

TEST(Rows, EveryTruncationIsAnErrorAndNeverAnOverread) {
  const std::string body = from_hex("2a0000000000 0000 0700 01 0300 0500 0a ff03 ff03");
  for_each_cut(body, [](Bytes cut, size_t size) {
    EXPECT_EQ(decode_rows(view_of(EventType::kUpdateRowsV2, cut), kFormat).error().code,
              Errc::kTruncated)
        << size;
  });
}

}  // namespace
}  // namespace millrace::mysql
