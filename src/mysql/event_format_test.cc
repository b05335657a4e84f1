// SPDX-License-Identifier: Apache-2.0
#include "mysql/event_format.h"

#include <gtest/gtest.h>

#include "mysql/event_test_support.h"

namespace millrace::mysql {
namespace {

const EventFormat kCrc = format_of("8.0.36", Checksum::kCrc32);
const EventFormat kPlain = format_of("8.0.36", Checksum::kOff);

TEST(OpenEvent, GivesHeaderAndBodyWithoutChecksum) {
  const std::string raw = make_event({.type = EventType::kXid, .flags = 0x80}, "12345678");
  const auto event = open_event(as_bytes(raw), kCrc);
  ASSERT_TRUE(event) << event.error().what;
  EXPECT_EQ(as_text(event->body), "12345678");
  EXPECT_EQ(event->header.type, EventType::kXid);
  EXPECT_EQ(event->header.timestamp, 1700000000U);
  EXPECT_EQ(event->header.server_id, 7U);
  EXPECT_EQ(event->header.size, raw.size());
  EXPECT_EQ(event->header.log_pos, 1000U);
  EXPECT_EQ(event->header.flags, 0x80);
}

TEST(OpenEvent, LeavesTheBodyWholeWhereAFileHasNoChecksums) {
  const std::string raw = make_event({.type = EventType::kXid, .checksum = false}, "12345678");
  EXPECT_EQ(as_text(open_event(as_bytes(raw), kPlain)->body), "12345678");
}

TEST(OpenEvent, NoticesEveryFlippedBit) {
  const std::string raw = make_event({.type = EventType::kXid}, "12345678");
  for (size_t bit = 0; bit < raw.size() * 8; ++bit) {
    std::string damaged = raw;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    const auto event = open_event(as_bytes(damaged), kCrc);
    // The type of FORMAT_DESCRIPTION has rules of its own; it fails too, being too short.
    EXPECT_FALSE(event) << "bit " << bit;
  }
}

TEST(OpenEvent, SaysBothChecksumsWhenTheyDiffer) {
  std::string raw = make_event({.type = EventType::kXid}, "12345678");
  raw[20] = '!';
  const auto event = open_event(as_bytes(raw), kCrc);
  EXPECT_EQ(event.error().code, Errc::kCorrupt);
  EXPECT_NE(event.error().what.find("XID event: its checksum is"), std::string::npos);
}

TEST(OpenEvent, EveryTruncationIsAnErrorAndNeverAnOverread) {
  const std::string raw = make_event({.type = EventType::kXid}, "12345678");
  for (const EventFormat& format : {kCrc, kPlain, EventFormat{}})
    for_each_cut(raw, [&](Bytes cut, size_t size) {
      const auto event = open_event(cut, format);
      ASSERT_FALSE(event) << size;
      EXPECT_EQ(event.error().code, Errc::kTruncated) << size;
    });
}

TEST(OpenEvent, RefusesASizeThatIsNotThatOfTheBytes) {
  const std::string raw = make_event({.type = EventType::kXid}, "12345678") + "x";
  EXPECT_EQ(open_event(as_bytes(raw), kCrc).error().code, Errc::kCorrupt);
  EXPECT_EQ(open_inner_event(as_bytes(raw)).error().code, Errc::kCorrupt);
}

TEST(OpenEvent, RefusesASizeUnderThatOfTheHeader) {
  std::string raw = make_event({.type = EventType::kXid}, "12345678");
  raw[9] = 18;
  EXPECT_EQ(open_event(as_bytes(raw), kCrc).error().code, Errc::kCorrupt);
}

TEST(OpenEvent, AnEventWithoutRoomForItsChecksumIsCut) {
  const std::string raw = make_event({.type = EventType::kStop, .checksum = false}, "abc");
  EXPECT_EQ(open_event(as_bytes(raw), kCrc).error().code, Errc::kTruncated);
}

// Handled wrongly this gives file names with four bytes of garbage.
TEST(OpenEvent, AnArtificialRotateIsJudgedByItsOwnBytes) {
  const std::string body = std::string(8, '\4') + "bin.000007";
  for (const bool checksum : {false, true})
    for (const EventFormat& format : {kCrc, kPlain, EventFormat{}}) {
      const std::string raw = make_event(
          {.type = EventType::kRotate, .flags = kFlagArtificial, .checksum = checksum}, body);
      const auto event = open_event(as_bytes(raw), format);
      ASSERT_TRUE(event);
      EXPECT_EQ(as_text(event->body), body);
    }
}

TEST(OpenEvent, BeforeAnyFormatDescriptionTheBytesTellWhetherThereIsAChecksum) {
  for (const bool checksum : {false, true}) {
    const std::string raw = make_event({.type = EventType::kXid, .checksum = checksum}, "12345678");
    EXPECT_EQ(as_text(open_event(as_bytes(raw), {})->body), "12345678");
  }
}

TEST(OpenEvent, AnInnerEventHasNoChecksum) {
  const std::string raw = make_event({.type = EventType::kXid, .checksum = false}, "12345678");
  EXPECT_EQ(as_text(open_inner_event(as_bytes(raw))->body), "12345678");
  for_each_cut(raw, [](Bytes cut, size_t) {
    EXPECT_EQ(open_inner_event(cut).error().code, Errc::kTruncated);
  });
}

TEST(FormatDescription, TheChecksumIsThatOfAFileThatIsNotInUse) {
  std::string raw =
      make_event({.type = EventType::kFormatDescription}, format_body("9.7.0", Checksum::kCrc32));
  raw[17] = kFlagInUse;
  EXPECT_TRUE(open_event(as_bytes(raw), {}));
  raw[30] = '!';
  EXPECT_EQ(open_event(as_bytes(raw), {}).error().code, Errc::kCorrupt);
}

TEST(FormatDescription, IsReadFieldByField) {
  const std::string raw = make_event({.type = EventType::kFormatDescription},
                                     format_body("8.0.36-log", Checksum::kCrc32, 99));
  const auto event = open_event(as_bytes(raw), {});
  ASSERT_TRUE(event);
  const auto format = decode_format_description(event->body);
  ASSERT_TRUE(format) << format.error().what;
  EXPECT_EQ(format->server_version, "8.0.36-log");
  EXPECT_EQ(format->version_number(), 80036U);
  EXPECT_EQ(format->created, 99U);
  EXPECT_EQ(format->flavour, Flavour::kMySql);
  EXPECT_EQ(format->checksum, Checksum::kCrc32);
  EXPECT_EQ(format->post_header_lengths[static_cast<size_t>(EventType::kWriteRowsV2)], 10);
}

TEST(FormatDescription, WhoKnowsChecksumsIsAMatterOfVersionAndFlavour) {
  struct Case {
    std::string_view version;
    Checksum told;  // by the byte that a server which knows checksums puts at the end
    Checksum expected;
    Flavour flavour;
  };
  constexpr Case kCases[] = {
      {"5.5.62-log", Checksum::kCrc32, Checksum::kOff, Flavour::kMySql},
      {"5.6.0", Checksum::kCrc32, Checksum::kOff, Flavour::kMySql},
      {"5.6.1", Checksum::kCrc32, Checksum::kCrc32, Flavour::kMySql},
      {"5.7.44", Checksum::kOff, Checksum::kOff, Flavour::kMySql},
      {"26.1.0", Checksum::kCrc32, Checksum::kCrc32, Flavour::kMySql},
      {"5.2.10-MariaDB", Checksum::kCrc32, Checksum::kOff, Flavour::kMariaDb},
      {"5.3.0-MariaDB", Checksum::kCrc32, Checksum::kCrc32, Flavour::kMariaDb},
      {"5.5.68-MariaDB-log", Checksum::kCrc32, Checksum::kCrc32, Flavour::kMariaDb},
      {"11.8.6-MariaDB", Checksum::kOff, Checksum::kOff, Flavour::kMariaDb},
      // No number: 42 types are more than any server without checksums knew.
      {"PolarDB", Checksum::kCrc32, Checksum::kCrc32, Flavour::kMySql},
      {"", Checksum::kCrc32, Checksum::kCrc32, Flavour::kMySql},
      {"8.0.36", Checksum::kUndefined, Checksum::kOff, Flavour::kMySql},
  };
  for (const Case& c : kCases) {
    const std::string body = format_body(c.version, c.told);
    const auto format = decode_format_description(as_bytes(body));
    ASSERT_TRUE(format) << c.version;
    EXPECT_EQ(format->checksum, c.expected) << c.version;
    EXPECT_EQ(format->flavour, c.flavour) << c.version;
  }
}

TEST(FormatDescription, OldServersHaveTableIdsOfFourBytes) {
  std::string body = format_body("5.1.12", Checksum::kOff);
  body[57 + 18] = 6;  // TABLE_MAP is type 19
  const auto format = decode_format_description(as_bytes(body));
  EXPECT_EQ(format->table_id_width(EventType::kTableMap), 4U);
  EXPECT_EQ(kCrc.table_id_width(EventType::kTableMap), 6U);
}

TEST(FormatDescription, RefusesWhatItDoesNotKnow) {
  std::string body = format_body("4.0.1", Checksum::kOff);
  body[0] = 3;
  EXPECT_EQ(decode_format_description(as_bytes(body)).error().code, Errc::kUnsupported);
  body = format_body("8.0.36", static_cast<Checksum>(7));
  EXPECT_EQ(decode_format_description(as_bytes(body)).error().code, Errc::kUnsupported);
  body = format_body("8.0.36", Checksum::kOff);
  body[56] = 27;
  EXPECT_EQ(decode_format_description(as_bytes(body)).error().code, Errc::kUnsupported);
}

TEST(FormatDescription, EveryTruncationIsAnErrorOrKeepsToItsBytes) {
  const std::string body = format_body("8.0.36", Checksum::kCrc32);
  for_each_cut(body, [](Bytes cut, size_t size) {
    const auto format = decode_format_description(cut);
    if (size < 58) {
      EXPECT_EQ(format.error().code, Errc::kTruncated) << size;
    }
  });
  const std::string raw = make_event({.type = EventType::kFormatDescription}, body);
  for_each_cut(raw, [](Bytes cut, size_t) { EXPECT_FALSE(open_event(cut, {})); });
}

TEST(WhatToDo, UnknownEventsStopUnlessTheyAreMarkedIgnorable) {
  const auto unknown = static_cast<EventType>(250);
  EXPECT_EQ(what_to_do(unknown, Flavour::kMySql, 0), EventAction::kRefuse);
  EXPECT_EQ(what_to_do(unknown, Flavour::kMySql, kFlagIgnorable), EventAction::kSkip);
  EXPECT_EQ(event_type_name(unknown), "UNKNOWN");
}

TEST(WhatToDo, TheOtherFlavoursEventsAreUnknown) {
  EXPECT_EQ(what_to_do(EventType::kMariaDbGtid, Flavour::kMariaDb, 0), EventAction::kDecode);
  EXPECT_EQ(what_to_do(EventType::kMariaDbGtid, Flavour::kMySql, 0), EventAction::kRefuse);
  EXPECT_EQ(what_to_do(EventType::kGtidTagged, Flavour::kMariaDb, 0), EventAction::kRefuse);
  EXPECT_EQ(what_to_do(static_cast<EventType>(100), Flavour::kMySql, 0), EventAction::kSkip);
}

TEST(WhatToDo, AChangeThatWeCannotReadIsNeverSkipped) {
  for (EventType type : {EventType::kExecuteLoadQuery, EventType::kPartialUpdateRows,
                         EventType::kTransactionPayload, EventType::kIncident})
    EXPECT_EQ(what_to_do(type, Flavour::kMySql, 0), EventAction::kDecode);
  EXPECT_EQ(what_to_do(EventType::kPartialRowData, Flavour::kMariaDb, 0), EventAction::kDecode);
  EXPECT_EQ(what_to_do(EventType::kPartialRowData, Flavour::kMySql, 0), EventAction::kRefuse);
}

}  // namespace
}  // namespace millrace::mysql
