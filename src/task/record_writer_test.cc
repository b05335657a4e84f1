// SPDX-License-Identifier: Apache-2.0
#include "task/record_writer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/batch_reader.h"

namespace millrace::task {
namespace {

// Values that name themselves: "begin 1", "row 2 x" ...; a row's image is one byte.
class NamingEncoder final : public format::RecordEncoder {
 public:
  void begin(const change::RecordPlace& place, const change::Transaction&, Buffer& out) override {
    out.append("begin " + std::to_string(place.id));
  }
  void commit(const change::RecordPlace& place, const change::Transaction&, Buffer& out) override {
    out.append("commit " + std::to_string(place.id));
  }
  void ddl(const change::RecordPlace& place, const change::Transaction&, const change::Ddl& ddl,
           Buffer& out) override {
    out.append("ddl " + std::to_string(place.id) + " " + std::string(ddl.statement));
  }
  Status row(const change::RecordPlace& place, const change::Transaction&, change::RowKind,
             const change::RowShape&, const change::RowColumns&, ByteReader& rows,
             Buffer& out) override {
    const std::string value(rows.text(1));
    if (value == "!") return Error{Errc::kCorrupt, "broken"};
    out.append("row " + std::to_string(place.id) + " " + value);
    if (value == "L") out.append(std::string(3000, '.'));
    return Done{};
  }
  void heartbeat(const change::RecordPlace& place, int64_t time_s, std::string_view,
                 std::span<const format::Tag>, Buffer& out) override {
    out.append("heartbeat " + std::to_string(place.id) + " at " + std::to_string(time_s));
  }
};

// A log that a reader would see: pieces are hidden until their transaction ends.
struct Log {
  std::vector<std::string> visible;
  std::vector<std::string> hidden;
  std::vector<std::string> history;
  std::string gtids;
  size_t batches = 0;

  static std::vector<std::string> values(storage::Batches& batches) {
    std::vector<std::string> values;
    EXPECT_TRUE(storage::seal(batches, storage::Compression::kNone));
    Bytes rest = batches.bytes.view();
    storage::BatchReader reader;
    int64_t offset = 0;
    while (!rest.empty()) {
      EXPECT_TRUE(reader.open(rest));
      EXPECT_EQ(reader.header().base_offset, offset) << "offsets count from 0 in each piece";
      offset = reader.header().next_offset();
      for (;;) {
        auto record = reader.next();
        EXPECT_TRUE(record);
        if (!*record) break;
        std::string value((as_text(*(*record)->value)));
        if (value.size() > 100) value.resize(7);
        values.push_back(value);
      }
      rest = rest.subspan(reader.header().size());
    }
    return values;
  }

  Status take(sink::Batch batch) {
    ++batches;
    for (std::string& entry : batch.history) history.push_back(entry);
    std::vector<std::string> values = Log::values(batch.records);
    if (!batch.progress.gtids.empty()) gtids += "[" + batch.progress.gtids + "]";
    switch (batch.part) {
      case sink::Part::kPiece:
        hidden.insert(hidden.end(), values.begin(), values.end());
        break;
      case sink::Part::kAbandon:
        hidden.clear();
        break;
      case sink::Part::kBackTo:
        EXPECT_LE(batch.keep, static_cast<int64_t>(hidden.size()));
        hidden.resize(static_cast<size_t>(batch.keep));
        break;
      case sink::Part::kEnd:
        visible.insert(visible.end(), hidden.begin(), hidden.end());
        hidden.clear();
        [[fallthrough]];
      case sink::Part::kWhole:
      case sink::Part::kProgress:
        visible.insert(visible.end(), values.begin(), values.end());
        break;
    }
    return Done{};
  }
};

class RecordWriterTest : public testing::Test {
 protected:
  RecordWriter make(WriterOptions options = {}) {
    return RecordWriter(encoder_, options, 0, {}, {},
                        [this](sink::Batch batch) { return log_.take(std::move(batch)); });
  }
  Status rows(RecordWriter& writer, std::string_view values) {
    ByteReader reader(as_bytes(values));
    return writer.rows(txn_, {}, change::RowKind::kInsert, shape_, {}, reader);
  }
  Status border(RecordWriter& writer, std::string_view gtid = "",
                std::span<const std::string> earlier = {}) {
    capture::Border border;
    border.file = "bin.000001";
    border.offset = 100;
    border.transaction = true;
    border.gtid = gtid;
    border.earlier_gtids = earlier;
    return writer.border(border);
  }

  NamingEncoder encoder_;
  change::Transaction txn_;
  change::RowShape shape_;
  Log log_;
};

TEST_F(RecordWriterTest, HandsOnOnlyCompleteTransactions) {
  RecordWriter writer = make();
  ASSERT_TRUE(writer.begin(txn_, {}));
  ASSERT_TRUE(rows(writer, "ab"));
  ASSERT_TRUE(writer.flush());
  EXPECT_TRUE(log_.visible.empty());
  ASSERT_TRUE(writer.commit(txn_, {}));
  ASSERT_TRUE(border(writer, "u:1"));
  ASSERT_TRUE(writer.flush());
  EXPECT_EQ(log_.visible, (std::vector<std::string>{"begin 1", "row 2 a", "row 3 b", "commit 4"}));
  EXPECT_EQ(log_.gtids, "[u:1]");
}

TEST_F(RecordWriterTest, ARollbackLeavesNothingAndItsIdsAreUsedAgain) {
  RecordWriter writer = make();
  ASSERT_TRUE(writer.ddl(txn_, {}, {"", "x", {}}));
  ASSERT_TRUE(border(writer));
  ASSERT_TRUE(writer.begin(txn_, {}));
  ASSERT_TRUE(rows(writer, "ab"));
  writer.roll_back();
  ASSERT_TRUE(border(writer));
  ASSERT_TRUE(writer.ddl(txn_, {}, {"", "y", {}}));
  ASSERT_TRUE(border(writer));
  ASSERT_TRUE(writer.flush());
  EXPECT_EQ(log_.visible, (std::vector<std::string>{"ddl 1 x", "ddl 2 y"}));
}

TEST_F(RecordWriterTest, SavepointsGoBackInMemory) {
  RecordWriter writer = make();
  ASSERT_TRUE(writer.begin(txn_, {}));
  ASSERT_TRUE(rows(writer, "a"));
  writer.savepoint("one");
  ASSERT_TRUE(rows(writer, "b"));
  writer.savepoint("two");
  ASSERT_TRUE(rows(writer, "c"));
  EXPECT_TRUE(writer.roll_back_to("one"));
  ASSERT_TRUE(rows(writer, "d"));
  ASSERT_TRUE(writer.commit(txn_, {}));
  ASSERT_TRUE(border(writer));
  ASSERT_TRUE(writer.flush());
  EXPECT_EQ(log_.visible, (std::vector<std::string>{"begin 1", "row 2 a", "row 3 d", "commit 4"}));
}

TEST_F(RecordWriterTest, ASavepointOfBeforeTheFirstRowTakesTheWholeTransactionBack) {
  RecordWriter writer = make();
  ASSERT_TRUE(writer.begin(txn_, {}));
  ASSERT_TRUE(rows(writer, "a"));
  EXPECT_FALSE(writer.roll_back_to("earlier"));
  ASSERT_TRUE(writer.begin(txn_, {}));
  ASSERT_TRUE(rows(writer, "b"));
  ASSERT_TRUE(writer.commit(txn_, {}));
  ASSERT_TRUE(border(writer));
  ASSERT_TRUE(writer.flush());
  EXPECT_EQ(log_.visible, (std::vector<std::string>{"begin 1", "row 2 b", "commit 3"}));
}

TEST_F(RecordWriterTest, ALargeTransactionGoesOutInPiecesAndShowsAtItsEnd) {
  WriterOptions options;
  options.transaction_bytes = 10'000;
  options.batch_bytes = 6'000;
  RecordWriter writer = make(options);
  ASSERT_TRUE(writer.ddl(txn_, {}, {"", "before", {}}));
  ASSERT_TRUE(border(writer));
  ASSERT_TRUE(writer.begin(txn_, {}));
  writer.history({"own"});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(rows(writer, "L"));
  EXPECT_EQ(log_.visible, (std::vector<std::string>{"ddl 1 before"}));
  EXPECT_FALSE(log_.hidden.empty());
  EXPECT_TRUE(log_.history.empty()) << "what the transaction brought belongs to its end";
  ASSERT_TRUE(writer.flush());
  EXPECT_EQ(log_.visible.size(), 1U) << "a flush shows nothing of an open transaction";
  ASSERT_TRUE(writer.heartbeat(5000, "v", {}));
  ASSERT_TRUE(writer.commit(txn_, {}));
  ASSERT_TRUE(border(writer, "u:2"));
  std::vector<std::string> expected{"ddl 1 before", "heartbeat 12 at 5", "begin 2"};
  for (int i = 3; i < 13; ++i)
    expected.push_back(("row " + std::to_string(i) + " L....").substr(0, 7));
  expected.push_back("commit 13");
  EXPECT_EQ(log_.visible, expected);
  EXPECT_EQ(log_.history, (std::vector<std::string>{"own"}));
}

TEST_F(RecordWriterTest, SavepointsGoBackAcrossPieces) {
  WriterOptions options;
  options.transaction_bytes = 10'000;
  options.batch_bytes = 6'000;
  RecordWriter writer = make(options);
  ASSERT_TRUE(writer.begin(txn_, {}));
  ASSERT_TRUE(rows(writer, "a"));
  writer.savepoint("small");
  ASSERT_TRUE(rows(writer, "LLLLLL"));
  writer.savepoint("large");
  ASSERT_TRUE(rows(writer, "LL"));
  EXPECT_TRUE(writer.roll_back_to("large"));
  EXPECT_TRUE(writer.roll_back_to("small"));
  ASSERT_TRUE(rows(writer, "z"));
  ASSERT_TRUE(writer.commit(txn_, {}));
  ASSERT_TRUE(border(writer));
  EXPECT_EQ(log_.visible, (std::vector<std::string>{"begin 1", "row 2 a", "row 3 z", "commit 4"}));
}

TEST_F(RecordWriterTest, AnAbandonedLargeTransactionLeavesNothing) {
  WriterOptions options;
  options.transaction_bytes = 10'000;
  RecordWriter writer = make(options);
  ASSERT_TRUE(writer.begin(txn_, {}));
  ASSERT_TRUE(rows(writer, "LLLLLL"));
  EXPECT_FALSE(log_.hidden.empty());
  writer.roll_back();
  ASSERT_TRUE(border(writer));
  ASSERT_TRUE(writer.flush());
  EXPECT_TRUE(log_.visible.empty());
  EXPECT_TRUE(log_.hidden.empty());
}

TEST_F(RecordWriterTest, WhatIsCompleteStaysWhenReadingEndsInsideATransaction) {
  RecordWriter writer = make();
  ASSERT_TRUE(writer.begin(txn_, {}));
  ASSERT_TRUE(rows(writer, "a"));
  ASSERT_TRUE(writer.commit(txn_, {}));
  ASSERT_TRUE(border(writer, "u:1"));
  writer.history({"of the open one"});
  ASSERT_TRUE(writer.ddl(txn_, {}, {}));
  ASSERT_TRUE(writer.begin(txn_, {}));
  ASSERT_TRUE(rows(writer, "b"));
  ASSERT_TRUE(writer.abandon());
  EXPECT_EQ(log_.visible, (std::vector<std::string>{"begin 1", "row 2 a", "commit 3"}));
  EXPECT_TRUE(log_.history.empty());
  EXPECT_EQ(log_.gtids, "[u:1]");
}

TEST_F(RecordWriterTest, TheStatementOfACreateSelectGoesOutWithItsRows) {
  WriterOptions options;
  options.transaction_bytes = 10'000;
  for (const char* more : {"b", "LLLLLL"}) {
    log_ = {};
    RecordWriter writer = make(options);
    writer.history({"table"});
    ASSERT_TRUE(writer.ddl(txn_, {}, {}));
    ASSERT_TRUE(writer.flush());
    ASSERT_TRUE(writer.begin(txn_, {}));
    ASSERT_TRUE(rows(writer, more));
    ASSERT_TRUE(writer.flush());
    EXPECT_TRUE(log_.visible.empty()) << "its transaction is open";
    EXPECT_TRUE(log_.history.empty());
    ASSERT_TRUE(writer.commit(txn_, {}));
    ASSERT_TRUE(border(writer));
    ASSERT_TRUE(writer.flush());
    ASSERT_FALSE(log_.visible.empty());
    EXPECT_EQ(log_.visible.front(), "ddl 1 ");
    EXPECT_EQ(log_.visible[1], "begin 2");
    EXPECT_EQ(log_.history, (std::vector<std::string>{"table"}));
  }
}

TEST_F(RecordWriterTest, ARecordOverTheLimitStops) {
  WriterOptions options;
  options.max_record_bytes = 1000;
  RecordWriter writer = make(options);
  ASSERT_TRUE(writer.begin(txn_, {}));
  EXPECT_EQ(rows(writer, "L").error().code, Errc::kTooLarge);
}

TEST_F(RecordWriterTest, FilteredTrafficIsProgressOnly) {
  RecordWriter writer = make();
  for (int i = 1; i < 4; ++i) ASSERT_TRUE(border(writer, "u:" + std::to_string(i)));
  ASSERT_TRUE(writer.flush());
  EXPECT_TRUE(log_.visible.empty());
  EXPECT_EQ(log_.gtids, "[u:1-3]");
  EXPECT_EQ(log_.batches, 1U);
  ASSERT_TRUE(writer.flush());
  EXPECT_EQ(log_.batches, 1U) << "nothing new, nothing to say";
}

TEST_F(RecordWriterTest, ABorderMayTellTransactionsBeforeItsOwn) {
  RecordWriter writer = make();
  const std::vector<std::string> earlier = {"u:2", "u:3"};
  ASSERT_TRUE(border(writer, "u:1"));
  ASSERT_TRUE(border(writer, "u:4", earlier));
  ASSERT_TRUE(writer.flush());
  EXPECT_EQ(log_.gtids, "[u:1-4]");
}

}  // namespace
}  // namespace millrace::task
