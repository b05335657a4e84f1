// SPDX-License-Identifier: Apache-2.0
// Damage below the durable mark is refused or reported, above it is cut; and what a person who
// accepts the loss gets.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "storage/format_log.h"
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

void flip(TestLog& t, const std::string& path, size_t at) {
  std::string bytes = *t.files.content(path);
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  ASSERT_TRUE(t.files.set_content(path, as_bytes(bytes)));
}

constexpr int64_t kBeyond = 4 + (1 << 20);

// A definition that is lost is no reason to decode by an older one.
TEST(AcceptLoss, DamagedHistoryGoesBackToBeforeItSoThatItIsReadAgain) {
  SmallLog t;
  t.open();
  ASSERT_TRUE(t.log->append_history(as_bytes("another table"), HistoryKind::kDerived));
  t.append({{4, "under it"}});
  t.commit(4);
  t.log.reset();
  const std::string path = t.paths(".history").at(0);
  flip(t, path, t.files.content(path)->size() - 1);
  EXPECT_EQ(t.try_open().error().code, Errc::kCorrupt);
  t.options.accept_loss = true;
  t.open();
  EXPECT_EQ(t.log->recovered().progress->offset, 3U);
  EXPECT_EQ(t.history.size(), 2U);
  EXPECT_EQ(t.values(), kWhole);
  EXPECT_EQ(t.log->recovered().next[0].value, 5 + (1 << 20));
  EXPECT_NE(t.log->recovered().loss.find("history"), std::string::npos);
  t.options.accept_loss = false;
  t.open();
  EXPECT_EQ(t.history.size(), 2U);
}

TEST(AcceptLoss, DamageFarFromTheEndIsGoneBackBeforeToo) {
  SmallLog t;
  const std::string path = t.paths(".log")[0];
  const std::string bytes = *t.files.content(path);
  flip(t, path, bytes.size() - 1);  // the second commit's batch
  t.open();
  t.log.reset();
  const auto plan = plan_repair(t.files, t.clock, "/data/tasks/t", t.options);
  ASSERT_TRUE(plan) << plan.error().what;
  ASSERT_EQ(plan->damage.size(), 1U);
  EXPECT_EQ(plan->damage[0].file, path);
  EXPECT_GT(plan->damage[0].position, 0U);
  EXPECT_EQ(plan->progress->offset, 1U);
  EXPECT_EQ(plan->from.value, 2);
  EXPECT_EQ(plan->end.value, 4);
  EXPECT_EQ(plan->next.value, kBeyond);
  t.options.accept_loss = true;
  t.open();
  EXPECT_EQ(t.log->recovered().progress->offset, 1U);
  EXPECT_EQ(t.log->recovered().gtids, Values{"g1"});
  EXPECT_EQ(t.log->recovered().cut[0].value, 2);
  EXPECT_EQ(t.log->recovered().next[0].value, kBeyond);
  EXPECT_EQ(t.values(), (Values{kWhole[0], kWhole[1]}));
  EXPECT_TRUE(t.log->verify(nullptr)->damage.empty());
}

TEST(AcceptLoss, WhatLiesBehindTheDamageStaysWhereTheRestIsGivenUp) {
  SmallLog t;
  flip(t, t.paths(".log")[0], 70);
  t.options.accept_loss = t.options.give_up = true;
  const auto plan = plan_repair(t.files, t.clock, "/data/tasks/t", t.options);
  ASSERT_TRUE(plan) << plan.error().what;
  EXPECT_EQ(plan->from.value, 3);
  EXPECT_EQ(plan->progress->offset, 3U) << "nothing is read again";
  t.open();
  EXPECT_EQ(t.log->recovered().progress->offset, 3U);
  EXPECT_EQ(t.log->recovered().cut[0].value, 0);
  EXPECT_EQ(t.log->reader(0)->view().start.value, 3);
  EXPECT_EQ(t.log->recovered().next[0].value, kBeyond);
  EXPECT_EQ(t.values(), Values{kWhole[3]});
  t.append({{3, "next"}});
  t.commit(4);
  t.options.accept_loss = t.options.give_up = false;
  t.open();
  EXPECT_EQ(t.values(), (Values{kWhole[3], "next"}));
}

TEST(AcceptLoss, EverySegmentMayBeGivenUp) {
  SmallLog t;
  flip(t, t.paths(".log")[1], 70);
  t.options.accept_loss = t.options.give_up = true;
  t.open();
  EXPECT_EQ(t.log->recovered().progress->offset, 3U);
  EXPECT_TRUE(t.values().empty());
  t.append({{3, "next"}});
  t.commit(4);
  t.options.accept_loss = t.options.give_up = false;
  t.open();
  EXPECT_EQ(t.records(), (std::vector<TestRecord>{{kBeyond, 3, "next"}}));
}

TEST(AcceptLoss, OfAWholeLogAcceptsNothing) {
  SmallLog t;
  t.options.accept_loss = true;
  t.open();
  EXPECT_TRUE(t.log->recovered().loss.empty());
  EXPECT_EQ(t.log->recovered().next[0].value, 4);
  EXPECT_EQ(t.values(), kWhole);
}

TEST(AcceptLoss, DamagedIndexesAreMadeAgainAndNothingElseChanges) {
  SmallLog t;
  const std::string path = t.paths(".index")[0];
  flip(t, path, 50);
  const auto plan = plan_repair(t.files, t.clock, "/data/tasks/t", t.options);
  ASSERT_TRUE(plan) << plan.error().what;
  ASSERT_FALSE(plan->damage.empty());
  EXPECT_EQ(plan->damage[0].file, path);
  EXPECT_EQ(plan->next.value, 4);
  t.options.accept_loss = true;
  t.open();
  EXPECT_TRUE(t.log->recovered().loss.empty());
  EXPECT_EQ(t.log->recovered().next[0].value, 4);
  EXPECT_TRUE(t.log->verify(nullptr)->damage.empty());
}

// What a log that nobody has open promises is read too, damaged or not.
TEST(VerifyClosed, EveryFlippedByteOfASegmentOrOfTheHistoryIsNamed) {
  SmallLog t;
  const auto verify = [&] {
    const auto report = verify_closed_log(t.files, t.clock, "/data/tasks/t", t.options, nullptr);
    EXPECT_TRUE(report) << report.error().what;
    return report->damage;
  };
  EXPECT_TRUE(verify().empty());
  for (const auto& [path, good] : contents(t)) {
    if (path.ends_with(".journal")) continue;  // of a torn end nobody can tell that it was whole
    for (size_t at = 0; at < good.size(); ++at) {
      SCOPED_TRACE(testing::Message() << path << " at " << at);
      flip(t, path, at);
      const std::vector<Damage> damage = verify();
      // An index's header says nothing that is believed.
      if (!path.ends_with(".index")) {
        ASSERT_FALSE(damage.empty());
        EXPECT_NE((damage[0].file + damage[0].what).find(path), std::string::npos)
            << damage[0].file << ": " << damage[0].what;
      }
      ASSERT_TRUE(t.files.set_content(path, as_bytes(good)));
    }
  }
}

TEST(Verify, WhatItFoundDamagedIsNotGivenToReadersAndTheRestIs) {
  SmallLog t;
  const std::string path = t.paths(".log")[0];
  flip(t, path, t.files.content(path)->size() - 1);  // offset 2
  t.open();
  const auto reader = t.log->reader(0);
  EXPECT_TRUE(reader->read({2}, 1 << 20, true)) << "nobody has looked yet";
  ASSERT_FALSE(t.log->verify(nullptr)->damage.empty());
  const auto before = reader->read({0}, 1 << 20, true);
  ASSERT_TRUE(before);
  Buffer bytes;
  ASSERT_TRUE(read_range(*before, bytes));
  EXPECT_EQ(records_in(bytes.view()).size(), 2U);
  const auto damaged = reader->read({2}, 1 << 20, true);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, Errc::kIo);
  EXPECT_NE(damaged.error().what.find(path), std::string::npos);
  EXPECT_TRUE(reader->read({3}, 1 << 20, true)) << "the next segment is whole";
  flip(t, path, t.files.content(path)->size() - 1);
  ASSERT_TRUE(t.log->verify(nullptr)->damage.empty());
  EXPECT_TRUE(reader->read({2}, 1 << 20, true)) << "it was the disk's mood";
}

// A disk of which one sector cannot be read any more.
class BadSector final : public io::File {
 public:
  BadSector(std::unique_ptr<io::File> file, uint64_t at) : file_(std::move(file)), at_(at) {}
  Result<size_t> pread(uint64_t position, std::span<std::byte> into) const override {
    if (position <= at_ && at_ < position + into.size()) return Error{Errc::kIo, "bad sector"};
    return file_->pread(position, into);
  }
  Status pwrite(uint64_t, Bytes) override { return Done{}; }
  Status truncate(uint64_t) override { return Done{}; }
  Status sync() override { return Done{}; }
  Result<uint64_t> size() const override { return file_->size(); }
  int fd() const override { return -1; }

 private:
  std::unique_ptr<io::File> file_;
  uint64_t at_;
};

TEST(Verify, WhatTheDiskDoesNotGiveIsDamageWithItsPlace) {
  SmallLog t;
  const std::string path = t.paths(".log")[0];
  const uint64_t size = t.files.info(path)->size;
  const BadSector file(*t.files.open(path, io::OpenMode::kRead), size - 1);
  const std::vector<Epoch> epochs{{0, 0, 0}};
  const CheckRequest request{
      .path = path, .durable = size, .epochs = epochs, .unreadable_is_damage = true};
  const auto checked = check_batches(file, request, nullptr);
  ASSERT_TRUE(checked);
  ASSERT_TRUE(checked->damage);
  EXPECT_EQ(checked->damage->file, path);
  EXPECT_EQ(checked->damage->position, checked->position);
  EXPECT_EQ(checked->end, 2) << "the first batch is whole";
  EXPECT_EQ(checked->damage->what, "bad sector");
}

// Cut short anywhere, a repair is begun again and ends the same.
TEST(AcceptLoss, ACrashAtAnyStepOfItLosesNothingThatIsWhole) {
  const auto damaged = [](SmallLog& t, bool give_up) {
    flip(t, t.paths(".log")[0], give_up ? 70 : t.files.content(t.paths(".log")[0])->size() - 1);
    t.options.accept_loss = true;
    t.options.give_up = give_up;
  };
  for (const bool give_up : {false, true}) {
    const uint64_t calls = [&] {
      SmallLog t;
      damaged(t, give_up);
      const uint64_t before = t.files.calls();
      t.open();
      return t.files.calls() - before;
    }();
    ASSERT_GT(calls, 5U);
    for (const io::CrashOrder order : io::kCrashOrders) {
      for (uint64_t call = 0; call <= calls; ++call) {
        SCOPED_TRACE(testing::Message() << "call " << call << ", order " << static_cast<int>(order)
                                        << (give_up ? ", giving up" : ""));
        SmallLog t;
        damaged(t, give_up);
        t.files.power_off_after(t.files.calls() + call);
        static_cast<void>(t.try_open());
        t.files.crash(order, call);
        const auto again = t.try_open();
        ASSERT_TRUE(again) << again.error().what;
        EXPECT_EQ(t.values(), give_up ? Values{kWhole[3]} : (Values{kWhole[0], kWhole[1]}));
        EXPECT_EQ(t.log->recovered().progress->offset, give_up ? 3U : 1U);
        t.append({{5, "next"}});
        t.commit(5);
        // A start that found the segments gone already found nothing else to accept.
        EXPECT_GE(t.records().back().offset, give_up ? 4 : kBeyond);
        t.options.accept_loss = t.options.give_up = false;
        t.open();
        EXPECT_EQ(t.values().back(), "next");
        if (testing::Test::HasFailure()) return;
      }
    }
  }
}

}  // namespace
}  // namespace millrace::storage
