// SPDX-License-Identifier: Apache-2.0
#include "mysql/gtid_event.h"

#include <gtest/gtest.h>

#include "mysql/event_test_support.h"

namespace millrace::mysql {
namespace {

constexpr std::string_view kUuidHex = "0a0b0c0d111122223333444455556666";

EventView view_of(EventType type, Bytes body, uint32_t server_id = 7) {
  EventView view;
  view.header.type = type;
  view.header.server_id = server_id;
  view.body = body;
  return view;
}
Result<GtidEvent> decode(EventType type, std::string_view hex) {
  static std::string body;  // the event holds views of it
  body = from_hex(hex);
  return decode_gtid(view_of(type, as_bytes(body)));
}
std::string plain(std::string_view rest, std::string_view number = "0700000000000000") {
  return "00" + std::string(kUuidHex) + std::string(number) + std::string(rest);
}

TEST(Gtid, OfMySql56IsUuidAndNumber) {
  const auto event = decode(EventType::kGtid, plain(""));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->text(), "0a0b0c0d-1111-2222-3333-444455556666:7");
  EXPECT_EQ(event->immediate_commit_us, 0);
}

TEST(Gtid, WithoutOriginalTheImmediateTimeAndVersionAreMeant) {
  const auto event =
      decode(EventType::kGtid, plain("02 0100000000000000 0200000000000000"
                                     "40e20100000000 fc1a01 80380100 0900000000000000"));
  ASSERT_TRUE(event) << event.error().what;
  EXPECT_EQ(event->last_committed, 1);
  EXPECT_EQ(event->sequence_number, 2);
  EXPECT_EQ(event->immediate_commit_us, 123456);
  EXPECT_EQ(event->original_commit_us, 123456);
  EXPECT_EQ(event->transaction_length, 282U);
  EXPECT_EQ(event->immediate_server_version, 80000U);
  EXPECT_EQ(event->original_server_version, 80000U);
  EXPECT_EQ(event->commit_group_ticket, 9U);
}

TEST(Gtid, TheHighestBitsSayThatTheOriginalFollows) {
  const auto event =
      decode(EventType::kGtid,
             plain("02 0100000000000000 0200000000000000"
                   "40e20100000080 01000000000000 fe0000000001000000 80380180 44070100"));
  ASSERT_TRUE(event) << event.error().what;
  EXPECT_EQ(event->immediate_commit_us, 123456);
  EXPECT_EQ(event->original_commit_us, 1);
  EXPECT_EQ(event->transaction_length, uint64_t{1} << 32);
  EXPECT_EQ(event->immediate_server_version, 80000U);
  EXPECT_EQ(event->original_server_version, 67396U);
}

TEST(Gtid, TreatsNumberZeroAsDamageUnlessItIsAnonymous) {
  EXPECT_EQ(decode(EventType::kGtid, plain("", "0000000000000000")).error().code, Errc::kCorrupt);
  EXPECT_EQ(decode(EventType::kGtid, plain("", "ffffffffffffffff")).error().code, Errc::kCorrupt);
  const auto event = decode(EventType::kAnonymousGtid, plain("", "0000000000000000"));
  ASSERT_TRUE(event);
  EXPECT_TRUE(event->anonymous);
  EXPECT_EQ(event->text(), "");
}

TEST(Gtid, EveryTruncationIsAnErrorOrEndsBetweenTwoOfItsItems) {
  const std::string body =
      from_hex(plain("02 0100000000000000 0200000000000000 40e20100000080 01000000000000 fc1a01 "
                     "80380180 44070100"));
  const size_t whole[] = {25, 42, 56, 59};  // after number, clocks, times, length
  for_each_cut(body, [&](Bytes cut, size_t size) {
    const auto event = decode_gtid(view_of(EventType::kGtid, cut));
    const bool between = std::find(std::begin(whole), std::end(whole), size) != std::end(whole);
    EXPECT_EQ(bool(event), between) << size;
    if (!event) {
      EXPECT_EQ(event.error().code, Errc::kTruncated);
    }
  });
}

// As MySQL 9.7 wrote it (fixture tagged_gtid).
constexpr std::string_view kTagged =
    "02 72 00 00 00 02 d903a502343a9903ee22c50349021004f1030000 0002 04 04 06 0a 616c706861"
    "08 08 0a 0c 0c 7fab7c23e5dd6006 10 7d04 12 83120b";

TEST(GtidTagged, ReadsTheServersMessage) {
  const auto event = decode(EventType::kGtidTagged, kTagged);
  ASSERT_TRUE(event) << event.error().what;
  EXPECT_EQ(event->text(), "f6a91a1d-e677-11f1-9208-02fc00000001:alpha:1");
  EXPECT_EQ(event->tag, "alpha");
  EXPECT_EQ(event->number, 1);
  EXPECT_EQ(event->last_committed, 2);
  EXPECT_EQ(event->sequence_number, 3);
  EXPECT_EQ(event->immediate_commit_us, 1795356008610987);
  EXPECT_EQ(event->transaction_length, 287U);
  EXPECT_EQ(event->original_commit_us, event->immediate_commit_us);
  EXPECT_EQ(event->immediate_server_version, 90704U);
  EXPECT_EQ(event->original_server_version, 90704U);
}

TEST(GtidTagged, AFieldThatIsNewerThanWeAreIsSkippedIfItMayBe) {
  // version 1, size 24, field 12 with a value after the number
  const std::string fields = "04 08  18 02";
  const auto ignorable = decode(EventType::kGtidTagged, "02 0e 00" + fields);
  ASSERT_TRUE(ignorable) << ignorable.error().what;
  EXPECT_EQ(ignorable->number, 2);
  // the same, but the last field that may not be ignored is number 12 (plus one)
  EXPECT_EQ(decode(EventType::kGtidTagged, "02 0e 1a" + fields).error().code, Errc::kUnsupported);
}

TEST(GtidTagged, RefusesWhatContradictsItself) {
  EXPECT_EQ(decode(EventType::kGtidTagged, "04 0a 00 04 08").error().code, Errc::kUnsupported);
  EXPECT_EQ(decode(EventType::kGtidTagged, "02 02 00 04 08").error().code, Errc::kCorrupt);
  EXPECT_EQ(decode(EventType::kGtidTagged, "02 0a 00 04 00").error().code, Errc::kCorrupt);
  EXPECT_EQ(decode(EventType::kGtidTagged, "02 0e 00 04 08 04 08").error().code, Errc::kCorrupt)
      << "a field twice";
}

TEST(GtidTagged, EveryTruncationIsAnErrorAndNeverAnOverread) {
  for_each_cut(from_hex(kTagged), [](Bytes cut, size_t size) {
    EXPECT_EQ(decode_gtid(view_of(EventType::kGtidTagged, cut)).error().code, Errc::kTruncated)
        << size;
  });
}

// As MariaDB wrote them (fixtures xa and two_phase_alter).
TEST(MariaDbGtidEvent, ReadsWhatItsFlagsAnnounce) {
  auto event = decode(EventType::kMariaDbGtid, "0100000000000000 03000000 29 000000000000");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->text(), "3-7-1") << "the server is the header's";
  EXPECT_TRUE(event->standalone && event->ddl && !event->transactional);
  EXPECT_EQ(event->thread_id, 0U);

  event =
      decode(EventType::kMariaDbGtid, "0400000000000000 00000000 4c 01000000 03 00 74776f 01ff");
  ASSERT_TRUE(event);
  EXPECT_TRUE(event->xa_prepared && !event->xa_completed && !event->standalone);
  EXPECT_EQ(event->xid.format, 1U);
  EXPECT_EQ(event->xid.gtrid, "two");

  event = decode(EventType::kMariaDbGtid, "0900000000000000 00000000 8d 03000000 03 01 00ff2762");
  ASSERT_TRUE(event);
  EXPECT_TRUE(event->xa_completed && event->standalone);
  EXPECT_EQ(event->xid.bqual, "b");

  event = decode(EventType::kMariaDbGtid, "0400000000000000 00000000 29 12 f6000000 00");
  EXPECT_EQ(event->alter, AlterPhase::kStart);
  EXPECT_EQ(event->thread_id, 0xF6U);

  event =
      decode(EventType::kMariaDbGtid, "0500000000000000 00000000 29 14 0400000000000000 f6000000");
  EXPECT_EQ(event->alter, AlterPhase::kCommit);
  EXPECT_EQ(event->start_alter_sequence, 4U);

  event =
      decode(EventType::kMariaDbGtid, "0c00000000000000 00000000 29 18 0b00000000000000 f6000000");
  EXPECT_EQ(event->alter, AlterPhase::kRollback);

  event = decode(EventType::kMariaDbGtid, "0c00000000000000 00000000 06 0b00000000000000");
  EXPECT_EQ(event->commit_id, 11U);
}

TEST(MariaDbGtidEvent, EveryTruncationIsAnErrorOrEndsBetweenTwoOfItsItems) {
  const std::string body = from_hex("0400000000000000 00000000 4c 01000000 03 00 74776f 01ff");
  for_each_cut(body, [&](Bytes cut, size_t size) {
    const auto event = decode_gtid(view_of(EventType::kMariaDbGtid, cut));
    EXPECT_EQ(bool(event), size == body.size() - 2) << size;
  });
}

TEST(Gtid, AnEventOfAnotherTypeIsRefused) {
  EXPECT_EQ(decode(EventType::kXid, plain("")).error().code, Errc::kRefused);
}

}  // namespace
}  // namespace millrace::mysql
