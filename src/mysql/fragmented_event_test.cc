// SPDX-License-Identifier: Apache-2.0
#include "mysql/fragmented_event.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "mysql/event_test_support.h"
#include "mysql/limits.h"

namespace millrace::mysql {
namespace {

std::string fragment(uint32_t count, uint32_t number, std::string_view piece,
                     std::optional<uint64_t> size = {}) {
  Buffer out;
  out.le(count, 4);
  out.le(number, 4);
  out.put(size ? 1 : 0);
  if (size) out.le(*size, 8);
  out.append(piece);
  return std::string(as_text(out.view()));
}
EventView view_of(std::string_view body) {
  EventView view;
  view.header.type = EventType::kPartialRowData;
  view.body = as_bytes(body);
  return view;
}
std::string rows_event(bool checksum, EventType type = EventType::kWriteRowsV1) {
  return make_event({.type = type, .checksum = checksum},
                    from_hex("2a0000000000 0100 02 03") + std::string(100, 'r'));
}
// Cut into pieces of `step` bytes, as fragments' bodies.
std::vector<std::string> pieces(const std::string& event, size_t step, bool tell_size = true) {
  std::vector<std::string> out;
  const auto count = static_cast<uint32_t>((event.size() + step - 1) / step);
  for (uint32_t i = 0; i < count; ++i) {
    const bool first = i == 0 && tell_size;
    out.push_back(fragment(count, i + 1, event.substr(i * step, step),
                           first ? std::optional<uint64_t>(event.size()) : std::nullopt));
  }
  return out;
}
Errc code_of(FragmentedEvent& event, const std::string& body) {
  const auto added = event.add(view_of(body));
  EXPECT_FALSE(added);
  return added ? Errc::kCancelled : added.error().code;
}

TEST(FragmentedEvent, ComesTogetherInPiecesOfAnySize) {
  const std::string plain = rows_event(false);
  for (const bool tell_size : {true, false}) {
    for (size_t step = 1; step <= plain.size(); ++step) {
      FragmentedEvent event;
      const auto bodies = pieces(plain, step, tell_size);
      for (size_t i = 0; i < bodies.size(); ++i) {
        const auto whole = event.add(view_of(bodies[i]));
        ASSERT_TRUE(whole) << whole.error().what;
        ASSERT_EQ(whole->has_value(), i + 1 == bodies.size()) << step;
        EXPECT_EQ(event.pending(), i + 1 != bodies.size());
        if (!whole->has_value()) continue;
        EXPECT_EQ((*whole)->header.type, EventType::kWriteRowsV1);
        EXPECT_EQ(as_text((*whole)->body), plain.substr(kEventHeaderSize));
      }
    }
  }
}

TEST(FragmentedEvent, TheWholesChecksumIsNoPartOfItsRows) {
  const std::string with = rows_event(true);
  const std::string body = rows_event(false).substr(kEventHeaderSize);
  // With the checksum, and with a header that counts one that is not there.
  for (const std::string& bytes : {with, with.substr(0, with.size() - 4)}) {
    FragmentedEvent event;
    const auto whole = event.add(view_of(fragment(1, 1, bytes)));
    ASSERT_TRUE(whole && whole->has_value());
    EXPECT_EQ(as_text((*whole)->body), body);
  }
}

TEST(FragmentedEvent, OneFollowsAnother) {
  FragmentedEvent event;
  for (const EventType type : {EventType::kWriteRowsV1, EventType::kUpdateRowsCompressedV1}) {
    const auto bodies = pieces(rows_event(false, type), 50);
    for (size_t i = 0; i + 1 < bodies.size(); ++i) ASSERT_TRUE(event.add(view_of(bodies[i])));
    const auto whole = event.add(view_of(bodies.back()));
    ASSERT_TRUE(whole && whole->has_value());
    EXPECT_EQ((*whole)->header.type, type);
  }
}

TEST(FragmentedEvent, WhatDoesNotFollowIsDamage) {
  const std::string plain = rows_event(false);
  const auto bodies = pieces(plain, 50);
  ASSERT_EQ(bodies.size(), 3U);
  const auto after_first = [&](const std::string& body) {
    FragmentedEvent event;
    EXPECT_TRUE(event.add(view_of(bodies[0])));
    return code_of(event, body);
  };
  EXPECT_EQ(after_first(bodies[0]), Errc::kCorrupt);                          // again
  EXPECT_EQ(after_first(bodies[2]), Errc::kCorrupt);                          // one is left out
  EXPECT_EQ(after_first(fragment(4, 2, "x")), Errc::kCorrupt);                // of another whole
  EXPECT_EQ(after_first(fragment(3, 2, "x", plain.size())), Errc::kCorrupt);  // a size again
  EXPECT_EQ(after_first(fragment(3, 2, "")), Errc::kCorrupt);
  EXPECT_EQ(after_first(fragment(3, 2, std::string(plain.size(), 'x'))), Errc::kCorrupt);
  FragmentedEvent event;
  EXPECT_EQ(code_of(event, bodies[1]), Errc::kCorrupt);
  EXPECT_EQ(code_of(event, fragment(0, 0, "x")), Errc::kCorrupt);
  EXPECT_EQ(code_of(event, fragment(0, 1, "x")), Errc::kCorrupt);
}

TEST(FragmentedEvent, AWholeThatIsNoRowsEventIsDamage) {
  for (const std::string& bytes :
       {rows_event(false, EventType::kQuery), rows_event(false, EventType::kQueryCompressed),
        rows_event(false, EventType::kPartialRowData), std::string(10, 'x'),
        rows_event(false) + "x", rows_event(false).substr(0, 60)}) {
    FragmentedEvent event;
    const auto whole = event.add(view_of(fragment(1, 1, bytes)));
    ASSERT_FALSE(whole);
    EXPECT_TRUE(whole.error().code == Errc::kCorrupt || whole.error().code == Errc::kTruncated);
  }
  FragmentedEvent event;
  EXPECT_EQ(code_of(event, fragment(1, 1, rows_event(false), 500)), Errc::kCorrupt)
      << "shorter than was told";
}

TEST(FragmentedEvent, SizesHaveALimitAndNothingIsReservedForWhatIsOnlyTold) {
  FragmentedEvent event;
  EXPECT_EQ(code_of(event, fragment(2, 1, "x", kMaxEventSize + 1)), Errc::kTooLarge);
  EXPECT_EQ(code_of(event, fragment(2, 1, "x", ~uint64_t{0})), Errc::kTooLarge);
  EXPECT_TRUE(event.add(view_of(fragment(0xFFFFFFFF, 1, "x", kMaxEventSize))));
  EXPECT_TRUE(event.pending());
  event.clear();
  EXPECT_FALSE(event.pending());
  EXPECT_EQ(code_of(event, from_hex("01000000 01000000 02") + "x"), Errc::kUnsupported);
}

TEST(FragmentedEvent, EveryTruncationIsAnErrorAndNeverAnOverread) {
  const std::string event = rows_event(true);
  for_each_cut(fragment(1, 1, event, event.size()), [](Bytes cut, size_t size) {
    FragmentedEvent fragmented;
    EventView view;
    view.header.type = EventType::kPartialRowData;
    view.body = cut;
    EXPECT_FALSE(fragmented.add(view)) << size;
  });
}

}  // namespace
}  // namespace millrace::mysql
