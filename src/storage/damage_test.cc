// SPDX-License-Identifier: Apache-2.0
// Damage below the durable mark is refused or reported, above it is cut; and what a person who
// accepts the loss gets.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "storage/recovery.h"
#include "storage/test_log.h"

namespace millrace::storage {
namespace {

using Values = std::vector<std::string>;

TEST(Recovery, EveryCaseHasOneVerdict) {
  static_assert(one_row_for_each_case());
  EXPECT_EQ(judge({true, true, true, true}), Verdict::kKeep);
  EXPECT_EQ(judge({true, true, true, false}), Verdict::kTruncateHere);
  EXPECT_EQ(judge({false, false, false, false}), Verdict::kTruncateHere);
  EXPECT_EQ(judge({false, true, true, true}), Verdict::kRefuseToOpen);
  EXPECT_EQ(judge({true, false, true, true}), Verdict::kRefuseToOpen);
  EXPECT_EQ(judge({true, true, false, true}), Verdict::kRefuseToOpen);
}

// Three commits, then a fourth one that never got its journal entry.
struct SmallLog : TestLog {
  SmallLog() {
    options.segment_bytes = 250;  // two segments
    open();
    EXPECT_TRUE(log->append_history(as_bytes("objects"), HistoryKind::kInput));
    EXPECT_TRUE(log->append_history(as_bytes("table"), HistoryKind::kDerived));
    append({{1, "aaaaaaaaaaaaaaaaaaaa"}, {1, "bbbbbbbbbbbbbbbbbbbb"}});
    commit(1);
    append({{2, "cccccccccccccccccccc"}});
    commit(2);
    append({{3, "dddddddddddddddddddd"}});
    commit(3);
    log.reset();
  }
};
const Values kWhole{"aaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbb", "cccccccccccccccccccc",
                    "dddddddddddddddddddd"};

std::map<std::string, std::string> contents(TestLog& t) {
  std::map<std::string, std::string> all;
  for (const std::string& path : t.files.all_files())
    all["/" + path] = *t.files.content("/" + path);
  return all;
}

TEST(Recovery, EveryFlippedByteBelowTheMarkIsRefusedOrFoundByVerify) {
  SmallLog t;
  ASSERT_EQ(t.paths(".log").size(), 2U);
  size_t refused = 0;
  for (const auto& [path, good] : contents(t)) {
    for (size_t at = 0; at < good.size(); ++at) {
      SCOPED_TRACE(testing::Message() << path << " at " << at);
      std::string broken = good;
      broken[at] = static_cast<char>(broken[at] ^ 0x40);
      const auto before = contents(t);
      ASSERT_TRUE(t.files.set_content(path, as_bytes(broken)));
      const auto opened = t.try_open();
      if (!opened) {
        ++refused;
        EXPECT_TRUE(opened.error().code == Errc::kCorrupt ||
                    opened.error().code == Errc::kUnsupported)
            << opened.error().what;
        EXPECT_NE(opened.error().what.find('/'), std::string::npos) << opened.error().what;
      } else if (path.ends_with(".index")) {
        EXPECT_EQ(t.values(), kWhole) << "an index decides nothing";
      } else if (path.ends_with(".journal") && t.values() != kWhole) {
        // The last entry itself: the one before it is the mark then.
        EXPECT_EQ(t.log->committed()->offset, 2U);
        EXPECT_EQ(t.values(), (Values{kWhole[0], kWhole[1], kWhole[2]}));
      } else if (!path.ends_with(".journal")) {
        const auto report = t.log->verify(nullptr);
        ASSERT_TRUE(report);
        EXPECT_FALSE(report->damage.empty());
      }
      t.log.reset();
      for (const auto& [other, bytes] : before) {
        if (!*io::exists(t.files, other)) {
          ASSERT_TRUE(t.files.open(other, io::OpenMode::kCreate));
        }
        ASSERT_TRUE(t.files.set_content(other, as_bytes(other == path ? good : bytes)));
      }
    }
  }
  EXPECT_GT(refused, 300U);
}

TEST(Recovery, ARefusalNamesFilePositionAndBothChecksums) {
  SmallLog t;
  const std::string path = t.paths(".log").back();
  std::string bytes = *t.files.content(path);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ASSERT_TRUE(t.files.set_content(path, as_bytes(bytes)));
  const auto opened = t.try_open();
  ASSERT_FALSE(opened);
  const std::string& what = opened.error().what;
  EXPECT_NE(what.find(path), std::string::npos) << what;
  EXPECT_NE(what.find(" at 0: CRC-32C "), std::string::npos) << what;
  EXPECT_NE(what.find(", the batch says "), std::string::npos) << what;
  EXPECT_EQ(*t.files.content(path), bytes) << "a refused log is left as it is";
}

TEST(Recovery, EveryLossOfBytesBelowTheMarkIsRefused) {
  SmallLog t;
  for (const std::string ending : {".log", ".history"}) {
    const std::string path = t.paths(ending).back();
    const std::string good = *t.files.content(path);
    for (size_t size = 0; size < good.size(); ++size) {
      ASSERT_TRUE(t.files.set_content(path, as_bytes(good.substr(0, size))));
      const auto opened = t.try_open();
      ASSERT_FALSE(opened) << path << " of " << size << " bytes";
      EXPECT_TRUE(opened.error().code == Errc::kCorrupt || opened.error().code == Errc::kTruncated);
      ASSERT_TRUE(t.files.set_content(path, as_bytes(good)));
    }
  }
  const std::string path = t.paths(".log").front();
  ASSERT_TRUE(t.files.unlink(path));
  t.open();  // the oldest one: as retention removes it
  EXPECT_EQ(t.log->reader(0)->view().start.value, 3);
  ASSERT_TRUE(t.files.unlink(t.paths(".log").back()));
  EXPECT_EQ(t.try_open().error().code, Errc::kCorrupt);
}

TEST(Recovery, WhateverStandsAboveTheMarkIsCut) {
  SmallLog t;
  const std::string path = t.paths(".log").back();
  const std::string good = *t.files.content(path);
  Batches next = batches_of({{9, "never promised"}});
  const std::string whole(as_text(next.bytes.view()));
  for (const std::string& tail :
       {whole, whole.substr(0, 30), std::string(100, '\0'), std::string("x"), good}) {
    ASSERT_TRUE(t.files.set_content(path, as_bytes(good + tail)));
    t.open();
    EXPECT_EQ(t.values(), kWhole);
    EXPECT_EQ(t.files.info(path)->size, good.size());
    t.log.reset();
  }
}

TEST(Recovery, ATornEndOfTheJournalIsCutAndAHoleInItIsRefused) {
  SmallLog t;
  const std::string path = t.paths(".journal").at(0);
  const std::string good = *t.files.content(path);
  size_t third = good.rfind("MRje");
  for (size_t size = third; size < good.size(); ++size) {
    ASSERT_TRUE(t.files.set_content(path, as_bytes(good.substr(0, size))));
    const auto logs = contents(t);
    t.open();
    EXPECT_EQ(t.log->committed()->offset, 2U);
    EXPECT_EQ(t.values().size(), 3U);
    t.log.reset();
    for (const auto& [other, bytes] : logs) {
      if (!*io::exists(t.files, other)) {
        ASSERT_TRUE(t.files.open(other, io::OpenMode::kCreate));
      }
      ASSERT_TRUE(t.files.set_content(other, as_bytes(bytes)));
    }
  }
  const size_t second = good.rfind("MRje", third - 1);
  std::string hole = good;
  std::fill(hole.begin() + static_cast<ptrdiff_t>(second),
            hole.begin() + static_cast<ptrdiff_t>(third), '\0');
  ASSERT_TRUE(t.files.set_content(path, as_bytes(hole)));
  EXPECT_EQ(t.try_open().error().code, Errc::kCorrupt);
}

TEST(Recovery, IndexesAreRebuiltWhenTheyAreMissing) {
  SmallLog t;
  for (const std::string& path : t.paths(".index")) ASSERT_TRUE(t.files.unlink(path));
  t.open();
  EXPECT_EQ(t.values(), kWhole);
  EXPECT_EQ(t.paths(".index").size(), 2U);
  EXPECT_TRUE(t.log->verify(nullptr)->damage.empty());
  EXPECT_EQ((*t.log->reader(0)->find_time(3))->offset.value, 3);
}

TEST(AcceptLoss, GoesBackToTheLastEntryBeforeTheDamageAndOnBeyondAllThatWasSeen) {
  SmallLog t;
  const std::string path = t.paths(".log")[1];  // it holds the last commit alone
  std::string bytes = *t.files.content(path);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ASSERT_TRUE(t.files.set_content(path, as_bytes(bytes)));
  EXPECT_EQ(t.try_open().error().code, Errc::kCorrupt);
  t.options.accept_loss = true;
  t.open();
  const auto& recovered = t.log->recovered();
  EXPECT_NE(recovered.loss.find(path), std::string::npos) << recovered.loss;
  EXPECT_EQ(recovered.progress->offset, 2U);
  EXPECT_EQ(recovered.gtids, (Values{"g1", "g2"}));
  EXPECT_EQ(recovered.next[0].value, 4 + (1 << 20));
  EXPECT_EQ(t.log->reader(0)->view().leader_epoch, 1);
  EXPECT_EQ(t.values(), (Values{kWhole[0], kWhole[1], kWhole[2]}));
  EXPECT_EQ(t.history.size(), 2U);
  t.append({{3, "again"}});
  t.commit(3);
  t.options.accept_loss = false;
  t.open();
  EXPECT_EQ(t.values(), (Values{kWhole[0], kWhole[1], kWhole[2], "again"}));
  EXPECT_TRUE(t.log->verify(nullptr)->damage.empty());
}

// The open looks at the tail alone; damage far from the end is verify()'s to find.
TEST(AcceptLoss, DamageFarFromTheEndStopsNothingAndIsFound) {
  SmallLog t;
  const std::string path = t.paths(".log")[0];
  std::string bytes = *t.files.content(path);
  bytes[70] = static_cast<char>(bytes[70] ^ 1);
  ASSERT_TRUE(t.files.set_content(path, as_bytes(bytes)));
  t.open();
  EXPECT_FALSE(t.log->verify(nullptr)->damage.empty());
}

TEST(AcceptLoss, AHoleInTheJournalGoesBackToBeforeIt) {
  SmallLog t;
  const std::string path = t.paths(".journal").at(0);
  std::string bytes = *t.files.content(path);
  const size_t second = bytes.find("MRje", bytes.find("MRje") + 1);
  bytes[second + 20] = static_cast<char>(bytes[second + 20] ^ 1);
  ASSERT_TRUE(t.files.set_content(path, as_bytes(bytes)));
  EXPECT_EQ(t.try_open().error().code, Errc::kCorrupt);
  t.options.accept_loss = true;
  t.open();
  EXPECT_EQ(t.log->recovered().progress->offset, 1U);
  EXPECT_EQ(t.log->recovered().next[0].value, 4 + (1 << 20));
  EXPECT_EQ(t.values(), (Values{kWhole[0], kWhole[1]}));
  t.options.accept_loss = false;
  t.open();
  EXPECT_EQ(t.log->recovered().next[0].value, 4 + (1 << 20));
}

TEST(AcceptLoss, WithoutAnyUsableEntryTheLogBeginsAgainBeyondItsOldEnd) {
  SmallLog t;
  const std::string path = t.paths(".journal").at(0);
  std::string bytes = *t.files.content(path);
  bytes[bytes.find("MRje") + 20] ^= 1;
  ASSERT_TRUE(t.files.set_content(path, as_bytes(bytes)));
  EXPECT_EQ(t.try_open().error().code, Errc::kCorrupt);
  t.options.accept_loss = true;
  t.open();
  EXPECT_FALSE(t.log->recovered().progress);
  EXPECT_EQ(t.log->recovered().next[0].value, 4 + (1 << 20));
  EXPECT_TRUE(t.values().empty());
}

TEST(AcceptLoss, DamagedHistoryIsGivenUpFromTheDamageOn) {
  SmallLog t;
  const std::string path = t.paths(".history").at(0);
  std::string bytes = *t.files.content(path);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ASSERT_TRUE(t.files.set_content(path, as_bytes(bytes)));
  EXPECT_EQ(t.try_open().error().code, Errc::kCorrupt);
  t.options.accept_loss = true;
  t.open();
  ASSERT_EQ(t.history.size(), 1U);
  EXPECT_EQ(t.history[0].first, "objects");
  EXPECT_NE(t.log->recovered().loss.find(path), std::string::npos);
  t.options.accept_loss = false;
  t.open();
  EXPECT_EQ(t.history.size(), 1U);
}

}  // namespace
}  // namespace millrace::storage
