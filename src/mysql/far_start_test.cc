// SPDX-License-Identifier: Apache-2.0
#include "mysql/far_start.h"

#include <gtest/gtest.h>

#include <vector>

#include "mysql/control_event.h"
#include "mysql/event_test_support.h"

namespace millrace::mysql {
namespace {

std::string rotate() {
  return make_event({.type = EventType::kRotate, .flags = kFlagArtificial, .log_pos = 0},
                    from_hex("0400000000000000") + "bin.000001");
}
// Its checksum is that of before the file was opened.
std::string format(Checksum checksum) {
  std::string raw =
      make_event({.type = EventType::kFormatDescription}, format_body("8.0.36", checksum, 77));
  raw[17] = kFlagInUse;
  return raw;
}
const std::string kEvent = make_event({.type = EventType::kXid}, "12345678");
const std::string kHeartbeat = make_event({.type = EventType::kHeartbeat}, "bin.000001");

uint64_t after_format() { return 4 + format(Checksum::kCrc32).size(); }

TEST(FarStart, SendsWhatAServerWouldIfItCouldStartThere) {
  FarStart start(after_format() + 2 * kEvent.size());
  auto out = start.filter(as_bytes(rotate()));
  ASSERT_TRUE(out);
  const auto rotated = open_event(*out, format_of("8.0.36", Checksum::kCrc32));
  ASSERT_TRUE(rotated) << rotated.error().what;
  const auto decoded = decode_rotate(rotated->body);
  EXPECT_EQ(decoded->position, after_format() + 2 * kEvent.size());
  EXPECT_EQ(decoded->file, "bin.000001");

  const std::string described = format(Checksum::kCrc32);
  out = start.filter(as_bytes(described));
  ASSERT_TRUE(out);
  const auto opened = open_event(*out, {});
  ASSERT_TRUE(opened) << opened.error().what;
  EXPECT_EQ(opened->header.log_pos, 0U);
  EXPECT_EQ(opened->header.flags, 0);
  EXPECT_EQ(decode_format_description(opened->body)->created, 0U);

  EXPECT_TRUE(start.filter(as_bytes(kEvent))->empty());
  EXPECT_TRUE(start.filter(as_bytes(kHeartbeat))->empty());
  EXPECT_TRUE(start.filter(as_bytes(kEvent))->empty());
  EXPECT_TRUE(start.active());
  EXPECT_EQ(as_text(*start.filter(as_bytes(kEvent))), kEvent);
  EXPECT_FALSE(start.active());
}

TEST(FarStart, AtTheFilesEndTheNextSignOfLifeEndsTheReadingOver) {
  FarStart start(after_format() + kEvent.size());
  (void)start.filter(as_bytes(rotate()));
  (void)start.filter(as_bytes(format(Checksum::kCrc32)));
  EXPECT_TRUE(start.filter(as_bytes(kEvent))->empty());
  EXPECT_EQ(as_text(*start.filter(as_bytes(kHeartbeat))), kHeartbeat);
  EXPECT_FALSE(start.active());
}

TEST(FarStart, AnOffsetInsideAnEventOrPastTheFileIsDivergence) {
  for (const uint64_t more : {uint64_t{1}, kEvent.size() + 1, 10 * kEvent.size()}) {
    FarStart start(after_format() + more);
    (void)start.filter(as_bytes(rotate()));
    (void)start.filter(as_bytes(format(Checksum::kCrc32)));
    std::optional<Errc> code;
    const std::string end =
        make_event({.type = EventType::kRotate}, from_hex("0400000000000000") + "bin.000002");
    for (const std::string& raw : {kEvent, kEvent, end, rotate()}) {
      const auto out = start.filter(as_bytes(raw));
      if (!out) code = out.error().code;
      if (!out) break;
      EXPECT_TRUE(out->empty());
    }
    EXPECT_EQ(code, Errc::kDiverged) << more;
  }
}

TEST(FarStart, TruncatedEventsAreErrorsOrPassedOn) {
  for (const std::string& raw : {rotate(), format(Checksum::kCrc32), kEvent})
    for_each_cut(raw, [](Bytes cut, size_t) {
      FarStart start(1000);
      (void)start.filter(cut);
    });
}

}  // namespace
}  // namespace millrace::mysql
