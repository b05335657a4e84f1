// SPDX-License-Identifier: Apache-2.0
#include "mysql/compressed_event.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "mysql/event_test_support.h"
#include "mysql/limits.h"
#include "mysql/query_event.h"
#include "mysql/rows_event.h"

namespace millrace::mysql {
namespace {

const EventFormat kFormat = format_of("10.11.6-MariaDB", Checksum::kCrc32);

std::string deflated(std::string_view text) {
  uLongf size = compressBound(text.size());
  std::string out(size, '\0');
  EXPECT_EQ(compress(reinterpret_cast<Bytef*>(out.data()), &size,
                     reinterpret_cast<const Bytef*>(text.data()), text.size()),
            Z_OK);
  out.resize(size);
  return out;
}
std::string container(std::string_view text) {
  Buffer out;
  out.put(0x82);
  out.be(text.size(), 2);
  return std::string(as_text(out.view())) + deflated(text);
}
EventView view_of(EventType type, std::string_view body) {
  EventView view;
  view.header.type = type;
  view.header.size = 99;
  view.body = as_bytes(body);
  return view;
}

const std::string kQueryHead = from_hex("11000000 00000000 04 0000 0300 08 0800") + "shop" + '\0';
const std::string kRowsHead = from_hex("2a0000000000 0100 0a ff03");

TEST(Compressed, AStatementComesOutAsAQuery) {
  const std::string text(3000, 'x');
  const std::string body = kQueryHead + container(text);
  Buffer storage;
  const auto event = decompress_event(view_of(EventType::kQueryCompressed, body), kFormat, storage);
  ASSERT_TRUE(event) << event.error().what;
  EXPECT_EQ(event->header.type, EventType::kQuery);
  EXPECT_EQ(event->header.size, 99U);
  const auto query = decode_query(event->body);
  EXPECT_EQ(query->statement, text);
  EXPECT_EQ(query->database, "shop");
  EXPECT_EQ(query->status.database_collation, 8);
}

TEST(Compressed, RowsComeOutAsRowsOfTheirVersion) {
  const std::string v2_head = from_hex("2a0000000000 0100 0200 0a ff03 ff03");
  using T = EventType;
  const std::tuple<T, T, std::string> kCases[] = {
      {T::kWriteRowsCompressedV1, T::kWriteRowsV1, kRowsHead},
      {T::kDeleteRowsCompressedV1, T::kDeleteRowsV1, kRowsHead},
      {T::kUpdateRowsCompressedV1, T::kUpdateRowsV1, kRowsHead + from_hex("ff03")},
      {T::kUpdateRowsCompressedV2, T::kUpdateRowsV2, v2_head},
      {T::kWriteRowsCompressedV2, T::kWriteRowsV2, v2_head.substr(0, v2_head.size() - 2)},
      {T::kDeleteRowsCompressedV2, T::kDeleteRowsV2, v2_head.substr(0, v2_head.size() - 2)}};
  Buffer storage;
  for (const auto& [type, plain, head] : kCases) {
    const std::string body = head + container("rows of some kind");
    const auto event = decompress_event(view_of(type, body), kFormat, storage);
    ASSERT_TRUE(event) << event.error().what;
    EXPECT_EQ(event->header.type, plain);
    EXPECT_EQ(as_text(decode_rows(*event, kFormat)->rows), "rows of some kind");
  }
}

TEST(Compressed, AnEmptyStatementIsEmpty) {
  const std::string body = kQueryHead + container("");
  Buffer storage;
  const auto event = decompress_event(view_of(EventType::kQueryCompressed, body), kFormat, storage);
  ASSERT_TRUE(event) << event.error().what;
  EXPECT_EQ(decode_query(event->body)->statement, "");
}

TEST(Compressed, RefusesWhatIsNotTheContainer) {
  const auto code = [](std::string_view tail) {
    const std::string body = kRowsHead + std::string(tail);
    Buffer storage;
    return decompress_event(view_of(EventType::kWriteRowsCompressedV1, body), kFormat, storage)
        .error()
        .code;
  };
  EXPECT_EQ(code(""), Errc::kTruncated);
  EXPECT_EQ(code(from_hex("02 0001 78")), Errc::kCorrupt) << "not marked as compressed";
  EXPECT_EQ(code(from_hex("80")), Errc::kCorrupt) << "no length";
  EXPECT_EQ(code(from_hex("85 0000000001 78")), Errc::kCorrupt) << "a length of five bytes";
  EXPECT_EQ(code(from_hex("91 01 78")), Errc::kUnsupported) << "algorithm 1";
  EXPECT_EQ(code(from_hex("82 00")), Errc::kTruncated);
  EXPECT_EQ(code(from_hex("84 ffffffff 78")), Errc::kTooLarge);
  EXPECT_EQ(code(from_hex("84 3fffffff 789c")), Errc::kCorrupt) << "more than zlib can make of it";
  std::string wrong = container("some text of some length");
  wrong[2] = static_cast<char>(wrong[2] + 1);
  EXPECT_EQ(code(wrong), Errc::kCorrupt) << "another length than it has";
  wrong[2] = static_cast<char>(wrong[2] - 2);
  EXPECT_EQ(code(wrong), Errc::kCorrupt);
}

TEST(Compressed, EveryTruncationIsAnErrorAndNeverAnOverread) {
  const std::pair<EventType, std::string> kBodies[] = {
      {EventType::kQueryCompressed, kQueryHead + container("CREATE TABLE")},
      {EventType::kWriteRowsCompressedV1, kRowsHead + container("CREATE TABLE")}};
  for (const auto& [type, body] : kBodies)
    for_each_cut(body, [type = type](Bytes cut, size_t size) {
      Buffer storage;
      EventView view = view_of(type, "");
      view.body = cut;
      EXPECT_FALSE(decompress_event(view, kFormat, storage)) << size;
    });
}

TEST(Compressed, AnEventThatIsPlainIsRefused) {
  Buffer storage;
  EXPECT_EQ(decompress_event(view_of(EventType::kQuery, ""), kFormat, storage).error().code,
            Errc::kRefused);
}

}  // namespace
}  // namespace millrace::mysql
