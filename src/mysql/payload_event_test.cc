// SPDX-License-Identifier: Apache-2.0
#include "mysql/payload_event.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <vector>

#include "mysql/event_test_support.h"

namespace millrace::mysql {
namespace {

std::string inner(EventType type, std::string_view body) {
  return make_event({.type = type, .log_pos = 0, .checksum = false}, body);
}
std::string packed(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}
void put_lenenc(Buffer& out, uint64_t number) {
  out.put(0xFE);
  out.le(number, 8);
}
std::string payload_body(std::string_view payload, uint64_t size, uint64_t unpacked,
                         uint8_t compression = 0) {
  Buffer out;
  out.put(1);
  out.put(9);
  put_lenenc(out, size);
  out.put(2);
  out.put(1);
  out.put(compression);
  if (compression == 255) {  // 0xFF is no length-encoded number: 255 takes three bytes
    out.truncate(out.size() - 2);
    out.put(3);
    out.put(0xFC);
    out.le(255, 2);
  }
  out.put(3);
  out.put(9);
  put_lenenc(out, unpacked);
  out.put(0);
  out.append(payload);
  return std::string(as_text(out.view()));
}
std::string zstd_body(std::string_view events) {
  const std::string payload = packed(events);
  return payload_body(payload, payload.size(), events.size());
}

struct ReadOut {
  std::vector<std::string> events;
  std::optional<Error> error;
};
ReadOut read_all(Bytes body) {
  ReadOut out;
  auto reader = PayloadReader::open(body);
  if (!reader) {
    out.error = reader.error();
    return out;
  }
  for (;;) {
    auto raw = reader->next();
    if (!raw) {
      out.error = raw.error();
      return out;
    }
    if (raw->empty()) return out;
    out.events.emplace_back(as_text(*raw));
  }
}
ReadOut read_all(const std::string& body) { return read_all(as_bytes(body)); }

TEST(Payload, GivesItsEventsOneAfterAnother) {
  const std::string events[] = {
      inner(EventType::kQuery, "BEGIN"), inner(EventType::kWriteRowsV2, std::string(300000, 'r')),
      inner(EventType::kTableMap, ""), inner(EventType::kXid, "12345678")};
  const std::string all = events[0] + events[1] + events[2] + events[3];
  for (const std::string& body : {zstd_body(all), payload_body(all, all.size(), all.size(), 255)}) {
    const ReadOut out = read_all(body);
    ASSERT_FALSE(out.error) << out.error->what;
    EXPECT_EQ(out.events, std::vector<std::string>(std::begin(events), std::end(events)));
  }
}

TEST(Payload, MayBeSeveralZstdFrames) {
  const std::string event = inner(EventType::kQuery, std::string(1000, 'q'));
  const std::string payload =
      packed(event.substr(0, 10)) + packed(event.substr(10)) + packed(event);
  const ReadOut out = read_all(payload_body(payload, payload.size(), 2 * event.size()));
  ASSERT_FALSE(out.error) << out.error->what;
  EXPECT_EQ(out.events, (std::vector<std::string>{event, event}));
}

TEST(Payload, StaysUsableWhenItIsMoved) {
  const std::string event = inner(EventType::kQuery, "BEGIN");
  const std::string body = zstd_body(event + event);
  auto reader = PayloadReader::open(as_bytes(body));
  ASSERT_TRUE(reader);
  EXPECT_EQ(as_text(*reader->next()), event);
  PayloadReader moved = std::move(*reader);
  EXPECT_EQ(as_text(*moved.next()), event);
  EXPECT_TRUE(moved.next()->empty());
  EXPECT_EQ(moved.unpacked(), 2 * event.size());
}

TEST(Payload, WhatBelongsOutsideIsDamage) {
  for (EventType type :
       {EventType::kTransactionPayload, EventType::kGtid, EventType::kGtidTagged,
        EventType::kFormatDescription, EventType::kRotate, EventType::kPreviousGtids}) {
    const ReadOut out = read_all(zstd_body(inner(EventType::kQuery, "BEGIN") + inner(type, "x")));
    EXPECT_EQ(out.events.size(), 1U);
    EXPECT_EQ(out.error->code, Errc::kCorrupt) << event_type_name(type);
  }
}

TEST(Payload, TheSizeUnpackedIsALimitAndNeverAnAllocation) {
  const std::string event = inner(EventType::kQuery, "BEGIN");
  const std::string payload = packed(event);
  EXPECT_FALSE(read_all(payload_body(payload, payload.size(), UINT64_MAX)).error);
  const ReadOut out = read_all(payload_body(payload, payload.size(), event.size() - 1));
  EXPECT_EQ(out.error->code, Errc::kCorrupt);
}

TEST(Payload, AnInnerSizeThatLiesCostsNoMemory) {
  std::string event = inner(EventType::kQuery, "BEGIN");
  event[9] = event[10] = event[11] = '\xFF';
  event[12] = '\x3F';
  EXPECT_EQ(read_all(zstd_body(event)).error->code, Errc::kTruncated);
  event[12] = '\x7F';
  EXPECT_EQ(read_all(zstd_body(event)).error->code, Errc::kTooLarge);
  event[9] = 18;
  event[10] = event[11] = event[12] = 0;
  EXPECT_EQ(read_all(zstd_body(event)).error->code, Errc::kCorrupt);
}

TEST(Payload, RefusesWhatContradictsItself) {
  const std::string event = inner(EventType::kQuery, "BEGIN");
  const std::string payload = packed(event);
  EXPECT_EQ(read_all(payload_body(payload, payload.size() + 1, 9)).error->code, Errc::kTruncated);
  EXPECT_EQ(read_all(payload_body(payload, payload.size() - 1, 9)).error->code, Errc::kCorrupt);
  EXPECT_EQ(read_all(payload_body(payload, payload.size(), 9, 7)).error->code, Errc::kUnsupported);
  std::string damaged = payload;
  damaged[0] = 'x';
  EXPECT_EQ(read_all(payload_body(damaged, damaged.size(), 99)).error->code, Errc::kCorrupt);
}

TEST(Payload, EveryTruncationIsAnErrorAndNeverAnOverread) {
  const std::string events = inner(EventType::kQuery, "BEGIN") + inner(EventType::kXid, "12345678");
  for_each_cut(zstd_body(events),
               [](Bytes cut, size_t size) { EXPECT_TRUE(read_all(cut).error) << size; });
  // The announced size fits each cut: only zstd, or the events, can tell.
  const std::string payload = packed(events);
  for (size_t size = 0; size < payload.size(); ++size) {
    const std::string body = payload_body(payload.substr(0, size), size, events.size());
    const ReadOut out = read_all(ExactCopy(as_bytes(body)).view());
    EXPECT_EQ(bool(out.error), size > 0) << size;
  }
  for (size_t size = 1; size < events.size(); ++size) {
    const std::string body = payload_body(events.substr(0, size), size, size, 255);
    const ReadOut out = read_all(ExactCopy(as_bytes(body)).view());
    EXPECT_EQ(bool(out.error), size != 24) << size;  // 24: after the first event
  }
}

}  // namespace
}  // namespace millrace::mysql
