// SPDX-License-Identifier: Apache-2.0
#include "mysql/control_event.h"

#include <gtest/gtest.h>

#include "mysql/event_test_support.h"

namespace millrace::mysql {
namespace {

TEST(Rotate, GivesPositionAndFile) {
  const std::string body = from_hex("0400000001000000") + "mysql-bin.000123";
  const auto event = decode_rotate(as_bytes(body));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->position, (uint64_t{1} << 32) + 4);
  EXPECT_EQ(event->file, "mysql-bin.000123");
}

TEST(Rotate, ANameWithAZeroByteIsDamage) {
  const std::string body = from_hex("0400000000000000") + std::string("bin\0x", 5);
  EXPECT_EQ(decode_rotate(as_bytes(body)).error().code, Errc::kCorrupt);
}

TEST(Rotate, NeedsItsPositionAndAName) {
  const std::string body = from_hex("0400000000000000") + "b";
  for_each_cut(body, [](Bytes cut, size_t) {
    EXPECT_EQ(decode_rotate(cut).error().code, Errc::kTruncated);
  });
}

TEST(Xid, IsANumberOfEightBytes) {
  const std::string body = from_hex("0102000000000000");
  EXPECT_EQ(*decode_xid(as_bytes(body)), 0x0201U);
  for_each_cut(
      body, [](Bytes cut, size_t) { EXPECT_EQ(decode_xid(cut).error().code, Errc::kTruncated); });
}

EventView heartbeat(std::string_view body, uint32_t log_pos, EventType type) {
  EventView view;
  view.header.type = type;
  view.header.log_pos = log_pos;
  view.body = as_bytes(body);
  return view;
}

TEST(Heartbeat, HasItsPositionInTheHeader) {
  const auto event = decode_heartbeat(heartbeat("bin.000001", 4711, EventType::kHeartbeat));
  EXPECT_EQ(event->position, 4711U);
  EXPECT_EQ(event->file, "bin.000001");
}

TEST(Heartbeat, MariaDbPastFourGigabytesPutsThePositionBeforeTheName) {
  const std::string body = from_hex("0000000002000000") + "bin.000001";
  const auto event = decode_heartbeat(heartbeat(body, 0, EventType::kHeartbeat));
  EXPECT_EQ(event->position, uint64_t{2} << 32);
  EXPECT_EQ(event->file, "bin.000001");
}

TEST(Heartbeat, AtPositionZeroWithoutOneKeepsItsName) {
  const auto event = decode_heartbeat(heartbeat("mysql-bin.000001", 0, EventType::kHeartbeat));
  EXPECT_EQ(event->file, "mysql-bin.000001");
}

TEST(Heartbeat, Version2IsItemsOfTypeAndLength) {
  // file "bin.1", an item that we do not know, position 5 << 32 (as 0xFE and eight bytes), end
  const std::string body = from_hex("01 05 62696e2e31  07 02 ffff  02 09 fe0000000005000000  00");
  const auto event = decode_heartbeat(heartbeat(body, 0, EventType::kHeartbeatV2));
  ASSERT_TRUE(event) << event.error().what;
  EXPECT_EQ(event->position, uint64_t{5} << 32);
  EXPECT_EQ(event->file, "bin.1");
  for_each_cut(body, [](Bytes cut, size_t) {
    (void)decode_heartbeat(heartbeat(as_text(cut), 0, EventType::kHeartbeatV2));
  });
}

TEST(RowsQuery, TheLengthByteIsIgnoredBecauseItSaturates) {
  const std::string text(300, 'x');
  const std::string body = '\xFF' + text;
  EXPECT_EQ(*decode_rows_query(as_bytes(body)), text);
  EXPECT_EQ(decode_rows_query({}).error().code, Errc::kTruncated);
  EXPECT_EQ(decode_annotate_rows(as_bytes(text)), text);
}

TEST(Incident, GivesCodeAndMessage) {
  const std::string body = from_hex("0100 04") + "lost";
  const auto event = decode_incident(as_bytes(body));
  EXPECT_EQ(event->code, 1);
  EXPECT_EQ(event->message, "lost");
  for_each_cut(body, [](Bytes cut, size_t) {
    EXPECT_EQ(decode_incident(cut).error().code, Errc::kTruncated);
  });
}

TEST(XaPrepare, GivesThePhaseAndTheXid) {
  const std::string body = from_hex("01 02000000 03000000 02000000") + "abcde";
  const auto event = decode_xa_prepare(as_bytes(body));
  ASSERT_TRUE(event);
  EXPECT_TRUE(event->one_phase);
  EXPECT_EQ(event->xid.format, 2U);
  EXPECT_EQ(event->xid.gtrid, "abc");
  EXPECT_EQ(event->xid.bqual, "de");
  for_each_cut(body, [](Bytes cut, size_t) {
    EXPECT_EQ(decode_xa_prepare(cut).error().code, Errc::kTruncated);
  });
}

TEST(XaPrepare, AnXidOfMoreThanSixtyFourBytesIsDamage) {
  const std::string body = from_hex("00 02000000 41000000 00000000") + std::string(65, 'a');
  EXPECT_EQ(decode_xa_prepare(as_bytes(body)).error().code, Errc::kCorrupt);
}

TEST(StartEncryption, GivesSchemeAndKeyVersion) {
  const std::string body = from_hex("01 05000000 000102030405060708090a0b");
  EXPECT_EQ(decode_start_encryption(as_bytes(body))->key_version, 5U);
  for_each_cut(body, [](Bytes cut, size_t) {
    EXPECT_EQ(decode_start_encryption(cut).error().code, Errc::kTruncated);
  });
}

}  // namespace
}  // namespace millrace::mysql
