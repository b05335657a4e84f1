// SPDX-License-Identifier: Apache-2.0
#include "schema/history.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace millrace::schema {
namespace {

Catalog sample() {
  Catalog catalog({"utf8mb4", "utf8mb4_bin", 1});
  ddl::DdlContext context;
  context.database = "d";
  for (const char* sql :
       {"CREATE DATABASE d", "CREATE VIEW v AS SELECT 1",
        "CREATE TABLE t (id BIGINT UNSIGNED PRIMARY KEY, e ENUM('a','b''c') NOT NULL,"
        " d DECIMAL(20,5), b BIT(9), x TIMESTAMP(3) NULL, g INT AS (1) INVISIBLE, j JSON,"
        " s VARCHAR(300) CHARSET latin1, UNIQUE k (s(10), e), UNIQUE f ((id + 1)))",
        "ALTER TABLE t DROP nope"}) {
    catalog.apply_text(sql, context);
  }
  Change helper;
  helper.kind = Change::Kind::kHelperSet;
  helper.database = "d";
  helper.table = "t";
  helper.helper = {HelperTool::kPtOsc, HelperRole::kShadow, "base", "ADD c INT", false, 4};
  catalog.replay(helper);
  return catalog;
}

Catalog decoded(const std::vector<std::string>& entries) {
  Catalog catalog;
  for (const std::string& entry : entries) {
    auto read = decode_history_entry(as_bytes(entry));
    if (!read) {
      ADD_FAILURE() << read.error().what;
      continue;
    }
    EXPECT_TRUE(replay(*read, catalog));
  }
  return catalog;
}

TEST(History, ASnapshotReadBackIsTheSameCatalog) {
  const Catalog catalog = sample();
  ASSERT_TRUE(catalog.in_doubt("d", "t"));
  EXPECT_TRUE(decoded(encode_snapshot(catalog)) == catalog);
}

TEST(History, ASnapshotReplacesAllBeforeIt) {
  std::vector<std::string> entries = encode_snapshot(sample());
  const Catalog small({"latin1", "latin1_bin", 0});
  for (std::string& entry : encode_snapshot(small)) entries.push_back(std::move(entry));
  EXPECT_TRUE(decoded(entries) == small);
}

TEST(History, EveryKindOfChangeComesBack) {
  Catalog catalog = sample();
  ddl::DdlContext context;
  context.database = "d";
  std::vector<std::string> entries = encode_snapshot(catalog);
  for (const char* sql : {"RENAME TABLE t TO u", "CREATE DATABASE e", "DROP DATABASE e",
                          "ALTER TABLE u DROP nope", "CREATE TABLE w (a INT)", "DROP TABLE w"}) {
    for (const Change& change : catalog.apply_text(sql, context)) {
      entries.push_back(encode(change));
    }
  }
  Change certain;
  certain.kind = Change::Kind::kCertain;
  certain.database = "d";
  certain.table = "u";
  catalog.replay(certain);
  entries.push_back(encode(certain));
  EXPECT_TRUE(decoded(entries) == catalog);
}

TEST(History, TheBytesAreAsDocumented) {
  Catalog catalog({"utf8mb4", "utf8mb4_bin", 0});
  ddl::DdlContext context;
  const auto changes = catalog.apply_text("CREATE TABLE d.t (id INT PRIMARY KEY)", context);
  ASSERT_EQ(changes.size(), 1U);
  std::string hex;
  for (const char c : encode(changes[0])) {
    constexpr char kDigits[] = "0123456789abcdef";
    const auto byte = static_cast<uint8_t>(c);
    hex += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  EXPECT_EQ(hex,
            "01040000016401740007757466386d62340b757466386d62345f62696e00"
            "0102696403000000000000000000000001075052494d41525901010000");
}

TEST(History, TheServersDefaultsComeBack) {
  for (const std::optional<bool> timestamps : {std::optional<bool>(), {false}, {true}}) {
    Change change;
    change.kind = Change::Kind::kServer;
    change.server = {"latin1", "latin1_bin", 1, timestamps};
    const auto read = decode_history_entry(as_bytes(encode(change)));
    ASSERT_TRUE(read);
    EXPECT_EQ(std::get<Change>(*read).server, change.server);
  }
}

TEST(History, AnInputComesBack) {
  const Input input{"objects", "shop\ncrm.users"};
  const auto read = decode_history_entry(as_bytes(encode(input)));
  ASSERT_TRUE(read);
  EXPECT_EQ(std::get<Input>(*read), input);
}

Healed sample_healed(Healed::How how) {
  Healed healed;
  healed.how = how;
  healed.file = "bin.000007";
  healed.offset = uint64_t{5} << 32;
  healed.gtid = "0-1-7";
  healed.at_table = "d.t";
  healed.time_ms = 1'700'000'000'123;
  healed.read_at = "bin.000009:4";
  healed.statement = "ALTER TABLE t FROBNICATE";
  healed.table = sample().find("d", "t");
  return healed;
}

TEST(History, AHealedDefinitionComesBack) {
  const Healed healed = sample_healed(Healed::How::kReadAgain);
  const auto read = decode_history_entry(as_bytes(encode(healed)));
  ASSERT_TRUE(read);
  const auto& back = std::get<Healed>(*read);
  EXPECT_EQ(back.offset, healed.offset);
  EXPECT_EQ(back.gtid, healed.gtid);
  EXPECT_EQ(back.statement, healed.statement);
  EXPECT_TRUE(*back.table == *healed.table);
  EXPECT_EQ(encode(back), encode(healed));
}

TEST(History, OnlyADefinitionThatTheLogToldHoldsWhereItStands) {
  for (const auto how : {Healed::How::kReadAgain, Healed::How::kGiven, Healed::How::kMetadata}) {
    Catalog catalog = sample();
    EXPECT_TRUE(replay(HistoryEntry(sample_healed(how)), catalog));
    EXPECT_EQ(catalog.in_doubt("d", "t"), how != Healed::How::kMetadata);
  }
}

TEST(History, AStatementThatLeftDoubtIsKept) {
  const Catalog catalog = decoded(encode_snapshot(sample()));
  EXPECT_EQ(catalog.doubted_by("d", "t"), "ALTER TABLE t DROP nope");
  ASSERT_EQ(catalog.doubted().size(), 1U);
}

// Cut into blocks of exactly their size, so that a read past the end is one past the block.
TEST(History, EveryTruncationIsAnErrorAndNeverAnOverread) {
  std::vector<std::string> entries = encode_snapshot(sample());
  entries.push_back(encode(Input{"a", "b"}));
  entries.push_back(encode(sample_healed(Healed::How::kReadAgain)));
  for (const std::string& entry : entries) {
    for (size_t n = 0; n < entry.size(); ++n) {
      const std::unique_ptr<char[]> block(new char[n]);
      entry.copy(block.get(), n);
      EXPECT_FALSE(decode_history_entry(as_bytes({block.get(), n}))) << n << " bytes";
    }
  }
}

TEST(History, BytesAfterTheEndAreDamage) {
  EXPECT_EQ(decode_history_entry(as_bytes(encode(Input{"a", "b"}) + "x")).error().code,
            Errc::kCorrupt);
}

TEST(History, ALaterVersionIsRefusedAsSuch) {
  std::string entry = encode(Input{"a", "b"});
  entry[0] = 2;
  EXPECT_EQ(decode_history_entry(as_bytes(entry)).error().code, Errc::kUnsupported);
}

TEST(History, AKeyOfAColumnThatIsNotThereIsDamage) {
  Table table;
  table.columns.resize(1);
  table.keys.push_back({.name = "k", .parts = {{.column = 1}}});
  Change change;
  change.after = std::make_shared<const Table>(table);
  EXPECT_EQ(decode_history_entry(as_bytes(encode(change))).error().code, Errc::kCorrupt);
}

// A count of columns that the bytes could not hold must not be believed.
TEST(History, AHugeCountAllocatesNothing) {
  Change change;
  change.after = std::make_shared<const Table>();
  std::string entry = encode(change);
  entry[entry.size() - 2] = '\x7F';
  EXPECT_FALSE(decode_history_entry(as_bytes(entry)));
}

}  // namespace
}  // namespace millrace::schema
