// SPDX-License-Identifier: Apache-2.0
#include "mysql/gtid_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "mysql/event_test_support.h"
#include "mysql/mysql_varint.h"

namespace millrace::mysql {
namespace {

constexpr std::string_view kA = "0a0b0c0d-1111-2222-3333-444455556666";
constexpr std::string_view kB = "ff0b0c0d-1111-2222-3333-444455556666";

Uuid uuid(std::string_view text) { return *parse_uuid(text); }
std::string with(std::string_view a, std::string_view rest) {
  return std::string(a) + std::string(rest);
}
GtidSet set_of(std::string_view text) {
  auto set = GtidSet::parse(text);
  EXPECT_TRUE(set) << text << ": " << (set ? "" : set.error().what);
  return set ? *set : GtidSet();
}
Result<GtidSet> through_bytes(const GtidSet& set) {
  Buffer block;
  set.encode(block);
  return GtidSet::decode(block.view());
}

TEST(Uuid, PrintsWhatItReads) {
  EXPECT_EQ(uuid_text(uuid(kA)), kA);
  EXPECT_EQ(uuid_text(uuid("0A0B0C0D-1111-2222-3333-444455556666")), kA);
  for (std::string_view bad :
       {"", "0a0b0c0d", "0a0b0c0d-1111-2222-3333-44445555666x",
        "0a0b0c0d11112222-3333-4444555566661-1", "0a0b0c0d-1111-2222-3333_444455556666"})
    EXPECT_EQ(parse_uuid(bad).error().code, Errc::kInvalid) << bad;
}

TEST(GtidSetText, IsCanonical) {
  const std::string a(kA);
  const std::string b(kB);
  const std::pair<std::string, std::string> kCases[] = {
      {"", ""},
      {" \n ", ""},
      {a + ":1", a + ":1"},
      {a + ":5-7:1-3", a + ":1-3:5-7"},
      {a + ":1-3:4", a + ":1-4"},
      {a + ":1-5:2-3", a + ":1-5"},
      {b + ":9,\n" + a + ":1-2", a + ":1-2," + b + ":9"},
      {a + ":1," + a + ":2", a + ":1-2"},
      {a + " : 1 - 2 : 4 ,", a + ":1-2:4"},
      {a + ":1:Tag_1:7:7-9:other:1", a + ":1:other:1:tag_1:7-9"},
      {a + ":tag:1," + a + ":4", a + ":4:tag:1"},
      {a + ":9223372036854775806", a + ":9223372036854775806"},
  };
  for (const auto& [text, canonical] : kCases) EXPECT_EQ(set_of(text).text(), canonical) << text;
}

TEST(GtidSetText, SaysWhatIsWrong) {
  for (std::string_view rest : {"", ":", ":0", ":3-2", ":1-", ":-1", ":1-2-3",
                                ":9223372036854775807", ":99999999999999999999", ":tag", ":1:tag",
                                ":1tag:1", ":tag!:1", ":a1234567890123456789012345678901234:1"})
    EXPECT_EQ(GtidSet::parse(with(kA, rest)).error().code, Errc::kInvalid) << rest;
  EXPECT_EQ(GtidSet::parse("hello:1").error().code, Errc::kInvalid);
}

TEST(GtidSetBytes, AreThoseOfTheServer) {
  // As 9.7 wrote it in a PREVIOUS_GTIDS: one server, one interval.
  Buffer block;
  set_of(with(kA, ":1-4")).encode(block);
  EXPECT_EQ(as_text(block.view()), from_hex("0100000000000000 0a0b0c0d111122223333444455556666"
                                            "0100000000000000 0100000000000000 0500000000000000"));
}

TEST(GtidSetBytes, WithTagsHaveAMarkAtBothEndsOfTheCount) {
  Buffer block;
  set_of(with(kA, ":1:ab:2-3")).encode(block);
  EXPECT_EQ(as_text(block.view()), from_hex("0102000000000001 0a0b0c0d111122223333444455556666 00"
                                            "0100000000000000 0100000000000000 0200000000000000"
                                            "0a0b0c0d111122223333444455556666 04 6162"
                                            "0100000000000000 0200000000000000 0400000000000000"));
}

TEST(GtidSetBytes, ComeBackAsTheSameSet) {
  for (std::string_view rest : {":1", ":1-3:5-9", ":1:tag:1-3:5:zeta:9", ":tag:4"})
    EXPECT_EQ((*through_bytes(set_of(with(kA, rest)))).text(), with(kA, rest));
  EXPECT_TRUE((*through_bytes(GtidSet())).empty());
}

TEST(GtidSetBytes, EveryTruncationIsAnErrorAndNeverAnOverread) {
  for (std::string_view rest : {":1-3:5-9", ":1:tag:1-3:5"}) {
    Buffer block;
    set_of(with(kA, rest)).encode(block);
    for_each_cut(as_text(block.view()), [](Bytes cut, size_t size) {
      EXPECT_EQ(GtidSet::decode(cut).error().code, Errc::kTruncated) << size;
    });
  }
}

TEST(GtidSetBytes, WhatNoServerWritesIsDamage) {
  const std::string good = from_hex(
      "0100000000000000 0a0b0c0d111122223333444455556666 0200000000000000"
      "0100000000000000 0500000000000000 0700000000000000 0800000000000000");
  const auto code = [](std::string block) { return GtidSet::decode(as_bytes(block)).error().code; };
  ASSERT_TRUE(GtidSet::decode(as_bytes(good)));
  EXPECT_EQ(code(good + "x"), Errc::kCorrupt) << "bytes after the end";
  std::string bad = good;
  bad[48] = 5;  // the second interval touches the first
  EXPECT_EQ(code(bad), Errc::kCorrupt);
  bad = good;
  bad[32] = 0;  // a number 0
  EXPECT_EQ(code(bad), Errc::kCorrupt);
  bad = good;
  bad[40] = 1;  // an interval without numbers
  EXPECT_EQ(code(bad), Errc::kCorrupt);
  bad = good;
  bad[7] = 2;  // neither of the two formats
  EXPECT_EQ(code(bad), Errc::kCorrupt);
  bad = good;
  bad[24] = '\xFF';  // more intervals than bytes
  EXPECT_EQ(code(bad), Errc::kTruncated);
  const std::string entry = good.substr(8);
  EXPECT_EQ(code(from_hex("0200000000000000") + entry + entry), Errc::kCorrupt) << "not in order";
}

TEST(GtidSet, AppendingTheNextNumberKeepsOneInterval) {
  GtidSet set;
  for (int64_t number = 1; number <= 1000; ++number) set.add(uuid(kA), "", number);
  EXPECT_EQ(set.text(), with(kA, ":1-1000"));
  set.add(uuid(kB), "", 5);
  set.add(uuid(kA), "", 1001);
  set.add(uuid(kA), "t", 1);
  set.add(uuid(kA), "", 1002);
  EXPECT_EQ(set.text(), with(kA, ":1-1002:t:1,") + with(kB, ":5"));
}

TEST(GtidSet, ACopyGrowsOnItsOwn) {
  GtidSet set = set_of(with(kA, ":1-5"));
  GtidSet copy = set;
  copy.add(uuid(kA), "", 6);
  EXPECT_EQ(set.text(), with(kA, ":1-5"));
  EXPECT_EQ(copy.text(), with(kA, ":1-6"));
}

TEST(GtidSet, SubtractingFindsWhatIsMissing) {
  GtidSet left = set_of(with(kA, ":1-10:20-30:t:1-3,") + with(kB, ":1"));
  left.subtract(set_of(with(kA, ":3-4:9-22:30:t:1-3,") + with(kB, ":2")));
  EXPECT_EQ(left.text(), with(kA, ":1-2:5-8:23-29,") + with(kB, ":1"));
  left.subtract(left);
  EXPECT_TRUE(left.empty());
}

// Against sets of single numbers: three servers' worth of random additions, seeded.
TEST(GtidSet, AgreesWithANaiveModel) {
  using Model = std::set<std::tuple<std::string, std::string, int64_t>>;
  std::mt19937 random(7);
  const auto pick = [&](uint32_t n) { return static_cast<int64_t>(random() % n); };
  const std::string_view uuids[] = {kA, kB};
  const std::string_view tags[] = {"", "t"};
  const auto make = [&](GtidSet& set, Model& model) {
    for (int64_t i = pick(60); i > 0; --i) {
      const std::string_view server = uuids[pick(2)];
      const std::string_view tag = tags[pick(2)];
      const int64_t start = 1 + pick(40);
      const int64_t end = start + 1 + pick(4);
      if (end == start + 1)
        set.add(uuid(server), tag, start);
      else
        set.add(uuid(server), tag, GtidSet::Interval{start, end});
      for (int64_t n = start; n < end; ++n) model.emplace(server, tag, n);
    }
  };
  const auto same = [&](const GtidSet& set, const Model& model) {
    EXPECT_EQ(set.count(), model.size());
    for (std::string_view server : uuids)
      for (std::string_view tag : tags)
        for (int64_t n = 0; n < 60; ++n)
          EXPECT_EQ(set.contains(uuid(server), tag, n),
                    model.count({std::string(server), std::string(tag), n}) == 1);
  };
  for (int round = 0; round < 200; ++round) {
    GtidSet a;
    GtidSet b;
    Model model_a;
    Model model_b;
    make(a, model_a);
    make(b, model_b);
    same(a, model_a);
    EXPECT_EQ(set_of(a.text()), a);
    EXPECT_EQ(*through_bytes(a), a);
    EXPECT_EQ(a.is_subset_of(b),
              std::includes(model_b.begin(), model_b.end(), model_a.begin(), model_a.end()));
    GtidSet both = a;
    both.unite(b);
    Model model_both = model_a;
    model_both.insert(model_b.begin(), model_b.end());
    same(both, model_both);
    EXPECT_TRUE(a.is_subset_of(both));
    GtidSet rest = a;
    rest.subtract(b);
    Model model_rest;
    std::set_difference(model_a.begin(), model_a.end(), model_b.begin(), model_b.end(),
                        std::inserter(model_rest, model_rest.end()));
    same(rest, model_rest);
  }
}

TEST(MySqlVarint, ComesBackAtEverySize) {
  for (int bits = 0; bits < 64; ++bits)
    for (uint64_t value :
         {uint64_t{1} << bits, (uint64_t{1} << bits) - 1, (uint64_t{1} << bits) + 1}) {
      Buffer out;
      write_mysql_uvarint(out, value);
      ByteReader in(out.view());
      EXPECT_EQ(read_mysql_uvarint(in), value);
      EXPECT_TRUE(in.ok() && in.at_end());
      for_each_cut(as_text(out.view()), [](Bytes cut, size_t) {
        ByteReader short_in(cut);
        read_mysql_uvarint(short_in);
        EXPECT_FALSE(short_in.ok());
      });
    }
}

TEST(MySqlVarint, TheSignIsTheLowestBit) {
  const auto read = [](std::string_view hex) {
    const std::string bytes = from_hex(hex);
    ByteReader in(as_bytes(bytes));
    return read_mysql_varint(in);
  };
  EXPECT_EQ(read("00"), 0);
  EXPECT_EQ(read("02"), -1);
  EXPECT_EQ(read("04"), 1);
  EXPECT_EQ(read("ff ffffffffffffffff"), INT64_MIN);
  EXPECT_EQ(read("ff feffffffffffffff"), INT64_MAX);
}

}  // namespace
}  // namespace millrace::mysql
