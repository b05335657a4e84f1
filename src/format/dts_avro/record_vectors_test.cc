// SPDX-License-Identifier: Apache-2.0
// The spec's test vectors (section 7), byte for byte.
#include <gtest/gtest.h>

#include "cell/bytes_test_support.h"
#include "format/dts_avro/encoder.h"
#include "format/dts_avro/json_view.h"
#include "format/dts_avro/reader.h"
#include "format/dts_avro/reference_encoder_test_support.h"

namespace millrace::format::dts_avro {
namespace {

using cell::Exact;
using cell::from_hex;

const std::string kHeartbeat = from_hex(
    "000e80c49fd50c0c3334354031320c3334354031320230000c382e302e333610000002287265616465725468726f75"
    "67"
    "686f757454696d651a313730303030303030303132330000000080c49fd50c");
const std::string kInsert = from_hex(
    "001082c49fd50c0c3631324031320c3432304031320230000c382e302e333600021673686f702e6f726465727300"
    "0214706b5f756b5f696e666f247b225052494d415259223a5b226964225d7d00040804696410086e616d65fa03"
    "0a7072696365ec0304617418000004080210043432040e757466386d62340670656e0608312e353006040c02ce1f"
    "0216021c022c021a022a02000082c49fd50c");
const std::string kDdl = from_hex(
    "001284c49fd50c0c3830304031320c3830304031320230000c382e302e333606020873686f7000000000022a6372"
    "65617465207461626c652074286120696e742984c49fd50c");

std::string head(const reference::Parts& parts) { return reference::record(parts); }

TEST(RecordVectors, HaveTheSpecsSizes) {
  EXPECT_EQ(kHeartbeat.size(), 79U);
  EXPECT_EQ(kInsert.size(), 155U);
  EXPECT_EQ(kDdl.size(), 70U);
}

TEST(RecordVectors, TheReferenceWritesThem) {
  reference::Parts heartbeat{7, 1700000000, "345@12", "345@12", "8.0.36", 8};
  heartbeat.tags = {{"readerThroughoutTime", "1700000000123"}};
  EXPECT_EQ(head(heartbeat), kHeartbeat);

  reference::Parts ddl{9, 1700000002, "800@12", "800@12", "8.0.36", 3};
  ddl.object = "shop";
  ddl.after = reference::avro_long(1) + reference::avro_string("create table t(a int)");
  EXPECT_EQ(head(ddl), kDdl);
}

// The table and row of the INSERT.
struct Orders {
  std::shared_ptr<schema::Table> table = std::make_shared<schema::Table>();
  change::RowShape shape;
  std::string columns = "\x0F";
  std::string row = from_hex(
      "00"
      "2a00000000000000"
      "0370656e"
      "8000000132"
      "99B19D6355");
  change::RecordPlace place{8, 12, 612, 12, 420};
  change::Transaction txn;

  Orders() {
    table->database = "shop";
    table->name = "orders";
    add("id", {ColumnType::kLongLong, 0}, "");
    add("name", {ColumnType::kVarchar, 200}, "utf8mb4");
    add("price", {ColumnType::kNewDecimal, 10 << 8 | 2}, "");
    add("at", {ColumnType::kDateTime2, 0}, "");
    table->keys.push_back({"PRIMARY", true, false, false, {{0, 0}}});
    shape.table = table;
    txn.commit_time_us = 1700000001000000;
    txn.server_id = 1;
    txn.server_version = "8.0.36";
  }
  void add(const char* name, cell::CellType type, const char* charset) {
    schema::Column column;
    column.name = name;
    column.type = type.type;
    column.charset = charset;
    table->columns.push_back(column);
    shape.cells.push_back(type);
  }
};

TEST(RecordVectors, TheEncoderWritesTheInsertButForTheTagsThatItAdds) {
  Orders orders;
  DtsAvroEncoder encoder;
  const Exact row(orders.row);
  ByteReader rows(row.view());
  Buffer out;
  const change::RowColumns columns{{}, as_bytes(orders.columns)};
  ASSERT_TRUE(encoder.row(orders.place, orders.txn, change::RowKind::kInsert, orders.shape, columns,
                          rows, out));
  auto written = read_record(out.view());
  const auto expected = read_record(as_bytes(kInsert));
  ASSERT_TRUE(written);
  ASSERT_TRUE(expected);
  ASSERT_EQ(written->tags.size(), 4U);
  EXPECT_EQ(written->tags[0], expected->tags[0]);
  EXPECT_EQ(written->tags[1].first, "readerThroughoutTime");
  EXPECT_EQ(written->tags[1].second, "1700000001000");
  EXPECT_EQ(written->tags[2].first, "metaVersion");
  EXPECT_EQ(written->tags[3].first, "server_id");
  written->tags.resize(1);
  EXPECT_EQ(*written, *expected);
}

TEST(RecordVectors, TheReferenceWritesTheInsertFromItsRow) {
  Orders orders;
  const change::RowColumns columns{{}, as_bytes(orders.columns)};
  Bytes rest = as_bytes(orders.row);
  auto whole = reference::row(orders.place, orders.txn, change::RowKind::kInsert, orders.shape,
                              columns, rest);
  ASSERT_TRUE(whole);
  // One tag instead of four: the map is between objectName and fields.
  const size_t fields = kInsert.find(from_hex("0408046964"));
  const size_t own_fields = whole->find(from_hex("0408046964"));
  ASSERT_NE(own_fields, std::string::npos);
  EXPECT_EQ(whole->substr(own_fields), kInsert.substr(fields));
  const size_t tags = kInsert.find("pk_uk_info") - 2;
  EXPECT_EQ(whole->substr(0, tags), kInsert.substr(0, tags));
}

TEST(RecordVectors, ReadBackAsWhatTheyAre) {
  const auto heartbeat = read_record(as_bytes(kHeartbeat));
  ASSERT_TRUE(heartbeat);
  EXPECT_EQ(heartbeat->operation, Operation::kHeartbeat);
  EXPECT_EQ(heartbeat->id, 7);
  EXPECT_EQ(heartbeat->source_position, "345@12");
  EXPECT_FALSE(heartbeat->object_name);
  const auto ddl = read_record(as_bytes(kDdl));
  ASSERT_TRUE(ddl);
  EXPECT_EQ(ddl->after.text, "create table t(a int)");
  EXPECT_FALSE(ddl->fields);
}

TEST(RecordVectors, EveryTruncationIsAnErrorAndNeverAnOverread) {
  for (const std::string& whole : {kHeartbeat, kInsert, kDdl}) {
    for (size_t n = 0; n < whole.size(); ++n) {
      const Exact cut(whole.substr(0, n));
      EXPECT_FALSE(read_record(cut.view())) << n << " of " << whole.size();
    }
    EXPECT_EQ(read_record(as_bytes(whole + "x")).error().code, Errc::kCorrupt);
  }
}

TEST(RecordVectors, AnyChangedByteIsSurvived) {
  for (std::string whole : {kHeartbeat, kInsert, kDdl}) {
    for (char& c : whole) {
      const char kept = c;
      for (int byte = 0; byte < 256; ++byte) {
        c = static_cast<char>(byte);
        const Exact exact(whole);
        Buffer out;
        const Status status = append_json(exact.view(), out);
        EXPECT_TRUE(!status || out.size() > 2);
      }
      c = kept;
    }
  }
}

TEST(RecordVectors, ShowAsJson) {
  Buffer out;
  ASSERT_TRUE(append_json(as_bytes(kInsert), out));
  EXPECT_EQ(
      as_text(out.view()),
      "{\"version\":0,\"id\":8,\"sourceTimestamp\":1700000001,\"sourcePosition\":\"612@12\","
      "\"safeSourcePosition\":\"420@12\",\"sourceTxid\":\"0\","
      "\"source\":{\"sourceType\":\"MySQL\",\"version\":\"8.0.36\"},\"operation\":\"INSERT\","
      "\"objectName\":\"shop.orders\",\"processTimestamps\":null,"
      "\"tags\":{\"pk_uk_info\":\"{\\\"PRIMARY\\\":[\\\"id\\\"]}\"},"
      "\"fields\":[{\"name\":\"id\",\"dataTypeNumber\":8},"
      "{\"name\":\"name\",\"dataTypeNumber\":253},{\"name\":\"price\",\"dataTypeNumber\":246},"
      "{\"name\":\"at\",\"dataTypeNumber\":12}],\"beforeImages\":null,"
      "\"afterImages\":{\"id\":42,\"name\":\"pen\",\"price\":1.50,"
      "\"at\":\"2023-11-14 22:13:21\"},\"bornTimestamp\":1700000001}");
}

}  // namespace
}  // namespace millrace::format::dts_avro
