// SPDX-License-Identifier: Apache-2.0
// Whole records: what stands around the values (spec 4).
#include "format/dts_avro/encoder.h"

#include <gtest/gtest.h>

#include <map>

#include "cell/bytes_test_support.h"
#include "format/dts_avro/reader.h"

namespace millrace::format::dts_avro {
namespace {

using cell::Exact;

using TagMap = std::map<std::string, std::string>;
TagMap tags_of(const Record& record) {
  TagMap tags;
  for (const auto& [key, value] : record.tags) tags.emplace(key, value);
  return tags;
}
std::vector<std::string> keys_of(const Record& record) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : record.tags) keys.emplace_back(key);
  return keys;
}

change::Transaction transaction() {
  change::Transaction txn;
  txn.commit_time_us = 1700000000999999;
  txn.server_id = 7;
  txn.thread_id = 99;
  txn.gtid = "281c62dc-590c-11ee-a295-00163e390c7c:108156";
  txn.server_version = "8.0.28";
  txn.status.sql_mode = 1168113696;
  txn.status.flags2 = 0;
  txn.status.charset = UINT64_C(33) << 32 | UINT64_C(45) << 16 | 255;
  return txn;
}

// Two tinyint columns, two keys.
struct Pair {
  std::shared_ptr<schema::Table> table = std::make_shared<schema::Table>();
  Pair() {
    table->database = "a.b";
    table->name = "t";
    for (const char* name : {"id", "q\"x"}) {
      schema::Column column;
      column.name = name;
      column.type = ColumnType::kTiny;
      table->columns.push_back(column);
    }
    table->keys = {{"PRIMARY", true, false, false, {{0, 0}}},
                   {"u\\k", false, false, false, {{0, 0}, {1, 3}}}};
  }
  change::RowShape shape() const {
    return {table, {{ColumnType::kTiny, 0}, {ColumnType::kTiny, 0}}};
  }
};

class Encoding {
 public:
  const Record& row(const Pair& pair, change::RowKind kind, const std::string& before,
                    const std::string& after, const std::string& images) {
    const Exact exact(images);
    ByteReader rows(exact.view());
    const change::RowShape shape = pair.shape();
    bytes_.clear();
    const Status status = encoder_.row(place_, transaction(), kind, shape,
                                       {as_bytes(before), as_bytes(after)}, rows, bytes_);
    EXPECT_TRUE(status) << (status ? "" : status.error().what);
    EXPECT_TRUE(rows.at_end());
    return read();
  }
  const Record& begin() {
    bytes_.clear();
    encoder_.begin(place_, transaction(), bytes_);
    return read();
  }
  const Record& commit() {
    bytes_.clear();
    encoder_.commit(place_, transaction(), bytes_);
    return read();
  }
  const Record& ddl(const change::Ddl& ddl, const change::Transaction& txn = transaction()) {
    bytes_.clear();
    encoder_.ddl(place_, txn, ddl, bytes_);
    return read();
  }
  const Record& heartbeat(std::span<const Tag> tags) {
    bytes_.clear();
    encoder_.heartbeat(place_, 1700000005, "8.0.28", tags, bytes_);
    return read();
  }

 private:
  const Record& read() {
    EXPECT_GT(bytes_.size(), kFillerSize);
    auto record = read_record(bytes_.view());
    EXPECT_TRUE(record);
    record_ = *record;
    EXPECT_EQ(record_.id, 5);
    EXPECT_EQ(record_.source_position, "72469@78");
    EXPECT_EQ(record_.safe_source_position, "72347@77");
    EXPECT_EQ(record_.source_txid, "0");
    EXPECT_EQ(record_.born_timestamp, record_.source_timestamp);
    EXPECT_FALSE(record_.process_timestamps);
    return record_;
  }
  change::RecordPlace place_{5, 78, 72469, 77, 72347};
  DtsAvroEncoder encoder_;
  Buffer bytes_;
  Record record_;
};

const std::string kBoth("\x03"), kFirst("\x01"), kSecond("\x02"), kNone(1, '\0');
const std::string kNotNull(1, '\0');

TEST(DtsAvroRecord, AnUpdateHasBothImages) {
  Encoding encoding;
  const Record& record = encoding.row(Pair(), change::RowKind::kUpdate, kBoth, kBoth,
                                      kNotNull + "\x01\x02" + "\x02" + "\x03");
  EXPECT_EQ(record.operation, Operation::kUpdate);
  EXPECT_EQ(record.source_timestamp, 1700000000);
  EXPECT_EQ(record.object_name, "a\\u002Eb.t");
  ASSERT_TRUE(record.before.values && record.after.values);
  EXPECT_EQ((*record.before.values)[1].value, "2");
  EXPECT_EQ((*record.after.values)[0].value, "3");
  EXPECT_EQ((*record.after.values)[1].kind, ValueKind::kNull);
  EXPECT_EQ(keys_of(record), (std::vector<std::string>{"pk_uk_info", "readerThroughoutTime",
                                                       "metaVersion", "thread_id", "server_id"}));
  EXPECT_EQ(tags_of(record)["readerThroughoutTime"], "1700000000000");
  EXPECT_EQ(tags_of(record)["thread_id"], "99");
  EXPECT_EQ(tags_of(record)["server_id"], "7");
}

TEST(DtsAvroRecord, InsertAndDeleteHaveOneImage) {
  Encoding encoding;
  const Record& inserted =
      encoding.row(Pair(), change::RowKind::kInsert, "", kBoth, kNotNull + "\x01\x02");
  EXPECT_FALSE(inserted.before.values);
  EXPECT_TRUE(inserted.after.values);
  const Record& deleted =
      encoding.row(Pair(), change::RowKind::kDelete, kBoth, "", kNotNull + "\x01\x02");
  EXPECT_TRUE(deleted.before.values);
  EXPECT_FALSE(deleted.after.values);
}

TEST(DtsAvroRecord, KeysAreJsonWithEscapes) {
  Encoding encoding;
  const Record& record =
      encoding.row(Pair(), change::RowKind::kInsert, "", kBoth, kNotNull + "\x01\x02");
  EXPECT_EQ(tags_of(record)["pk_uk_info"], R"({"PRIMARY":["id"],"u\\k":["id","q\"x"]})");
}

TEST(DtsAvroRecord, KeysWithColumnsThatAreNotThereAreLeftOut) {
  Encoding encoding;
  const Record& record =
      encoding.row(Pair(), change::RowKind::kInsert, "", kFirst, kNotNull + "\x01");
  EXPECT_EQ(tags_of(record)["pk_uk_info"], R"({"PRIMARY":["id"]})");
  Pair pair;
  pair.table->keys[0].functional = true;
  const Record& keyless =
      encoding.row(pair, change::RowKind::kInsert, "", kFirst, kNotNull + "\x01");
  EXPECT_EQ(tags_of(keyless).count("pk_uk_info"), 0U);
}

TEST(DtsAvroRecord, AColumnOfOneImageIsNoneInTheOther) {
  Encoding encoding;
  const Record& record = encoding.row(Pair(), change::RowKind::kUpdate, kFirst, kSecond,
                                      kNotNull + "\x01" + kNotNull + "\x02");
  ASSERT_EQ(record.fields->size(), 2U);
  EXPECT_EQ((*record.before.values)[0].value, "1");
  EXPECT_TRUE((*record.before.values)[1].absent);
  EXPECT_TRUE((*record.after.values)[0].absent);
  EXPECT_EQ((*record.after.values)[1].value, "2");
}

TEST(DtsAvroRecord, AColumnOfNoImageIsNoField) {
  Encoding encoding;
  const Record& record =
      encoding.row(Pair(), change::RowKind::kInsert, "", kSecond, kNotNull + "\x02");
  ASSERT_EQ(record.fields->size(), 1U);
  EXPECT_EQ((*record.fields)[0].name, "q\"x");
}

TEST(DtsAvroRecord, ARowWithoutAnyColumnListsThemAll) {
  Encoding encoding;
  const Record& record = encoding.row(Pair(), change::RowKind::kInsert, "", kNone, "");
  ASSERT_EQ(record.fields->size(), 2U);
  EXPECT_TRUE((*record.after.values)[0].absent);
}

TEST(DtsAvroRecord, MetaVersionStandsForTheFieldList) {
  Encoding encoding;
  const auto meta = [&](const Pair& pair, const std::string& columns, const std::string& row) {
    return tags_of(encoding.row(pair, change::RowKind::kInsert, "", columns, row))["metaVersion"];
  };
  const std::string both = meta(Pair(), kBoth, kNotNull + "\x01\x02");
  EXPECT_EQ(meta(Pair(), kBoth, kNotNull + "\x03\x04"), both);
  EXPECT_NE(meta(Pair(), kFirst, kNotNull + "\x01"), both);
  Pair renamed;
  renamed.table->columns[1].name = "y";
  EXPECT_NE(meta(renamed, kBoth, kNotNull + "\x01\x02"), both);
  Pair other_keys;
  other_keys.table->keys.pop_back();
  EXPECT_NE(meta(other_keys, kBoth, kNotNull + "\x01\x02"), both);
}

TEST(DtsAvroRecord, ALaterDefinitionAtTheSameAddressIsNotTakenForTheOld) {
  Encoding encoding;
  Pair pair;
  encoding.row(pair, change::RowKind::kInsert, "", kBoth, kNotNull + "\x01\x02");
  for (int i = 0; i < 50; ++i) {
    Pair next;
    next.table->name = "t" + std::to_string(i);
    EXPECT_EQ(
        encoding.row(next, change::RowKind::kInsert, "", kBoth, kNotNull + "\x01\x02").object_name,
        "a\\u002Eb.t" + std::to_string(i));
  }
}

TEST(DtsAvroRecord, BeginCarriesTheGtidAndTheSession) {
  Encoding encoding;
  const Record& record = encoding.begin();
  EXPECT_EQ(record.operation, Operation::kBegin);
  EXPECT_FALSE(record.object_name || record.fields || record.before.values || record.after.values);
  EXPECT_EQ(keys_of(record),
            (std::vector<std::string>{"readerThroughoutTime", "thread_id", "GTID",
                                      "Q_SQL_MODE_CODE", "Q_CHARSET_CODE", "Q_FLAGS2_CODE"}));
  EXPECT_EQ(tags_of(record)["Q_CHARSET_CODE"], "33");
  EXPECT_EQ(tags_of(record)["Q_SQL_MODE_CODE"], "1168113696");
}

TEST(DtsAvroRecord, CommitSaysOnlyItsTime) {
  Encoding encoding;
  const Record& record = encoding.commit();
  EXPECT_EQ(record.operation, Operation::kCommit);
  EXPECT_EQ(keys_of(record), (std::vector<std::string>{"readerThroughoutTime"}));
}

TEST(DtsAvroRecord, DdlIsItsStatementUnderItsDatabase) {
  Encoding encoding;
  const Record& record = encoding.ddl({"my.db", "create table t(a int)", true});
  EXPECT_EQ(record.operation, Operation::kDdl);
  EXPECT_EQ(record.object_name, "my\\u002Edb");
  EXPECT_EQ(record.after.text, "create table t(a int)");
  EXPECT_FALSE(record.fields || record.before.text || record.before.values);
  EXPECT_EQ(keys_of(record),
            (std::vector<std::string>{"readerThroughoutTime", "thread_id", "server_id", "GTID",
                                      "Q_SQL_MODE_CODE", "Q_CHARSET_CODE", "Q_FLAGS2_CODE",
                                      "commitTimestamp", "lowerCaseTableNames"}));
  EXPECT_EQ(tags_of(record)["commitTimestamp"], "1700000000");
  EXPECT_EQ(tags_of(record)["lowerCaseTableNames"], "true");
}

TEST(DtsAvroRecord, WhatTheLogDoesNotSayIsLeftOut) {
  Encoding encoding;
  change::Transaction txn;
  txn.commit_time_us = 1700000000000000;
  txn.server_version = "5.5.62";
  const Record& record = encoding.ddl({"", "drop database x", std::nullopt}, txn);
  EXPECT_FALSE(record.object_name);
  EXPECT_EQ(keys_of(record),
            (std::vector<std::string>{"readerThroughoutTime", "server_id", "commitTimestamp"}));
}

TEST(DtsAvroRecord, HeartbeatsTakeMoreTags) {
  Encoding encoding;
  const Tag tags[] = {{"millrace.event", "gap"}, {"millrace.reason", "disk"}};
  const Record& record = encoding.heartbeat(tags);
  EXPECT_EQ(record.operation, Operation::kHeartbeat);
  EXPECT_EQ(record.source_timestamp, 1700000005);
  EXPECT_EQ(keys_of(record), (std::vector<std::string>{"readerThroughoutTime", "millrace.event",
                                                       "millrace.reason"}));
  EXPECT_EQ(tags_of(record)["readerThroughoutTime"], "1700000005000");
}

TEST(DtsAvroRecord, AShapeThatIsNoShapeIsRefused) {
  DtsAvroEncoder encoder;
  const Exact row(kNotNull + "\x01\x02");
  ByteReader rows(row.view());
  Buffer out;
  change::RowShape shape = Pair().shape();
  EXPECT_EQ(
      encoder.row({}, transaction(), change::RowKind::kInsert, shape, {}, rows, out).error().code,
      Errc::kCorrupt);
  shape.cells.pop_back();
  EXPECT_EQ(
      encoder
          .row({}, transaction(), change::RowKind::kInsert, shape, {{}, as_bytes(kBoth)}, rows, out)
          .error()
          .code,
      Errc::kMismatch);
}

}  // namespace
}  // namespace millrace::format::dts_avro
