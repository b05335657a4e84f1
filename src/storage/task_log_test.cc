// SPDX-License-Identifier: Apache-2.0
#include "storage/task_log.h"

#include <gtest/gtest.h>

#include "storage/file_header.h"
#include "storage/test_log.h"

namespace millrace::storage {
namespace {

using Values = std::vector<std::string>;

TEST(TaskLog, ANewLogIsEmpty) {
  TestLog t;
  t.open();
  EXPECT_FALSE(t.log->recovered().progress);
  const LogView view = t.log->reader(0)->view();
  EXPECT_EQ(view.start.value, 0);
  EXPECT_EQ(view.high_watermark.value, 0);
  EXPECT_EQ(view.newest_timestamp_ms, -1);
  const auto range = t.log->reader(0)->read({0}, 100, true);
  ASSERT_TRUE(range);
  EXPECT_EQ(range->bytes, 0U);
  EXPECT_TRUE(range->at_tail);
  t.open();
  EXPECT_FALSE(t.log->recovered().progress);
}

TEST(TaskLog, NothingIsVisibleBeforeItsCommit) {
  TestLog t;
  t.open();
  int woken = 0;
  const auto reader = t.log->reader(0);
  const uint64_t ticket = reader->watch([&] { ++woken; });
  t.append({{5, "a"}, {6, "b"}});
  EXPECT_EQ(reader->view().high_watermark.value, 0);
  EXPECT_EQ(woken, 0);
  t.commit(1);
  EXPECT_EQ(reader->view().high_watermark.value, 2);
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(t.values(), (Values{"a", "b"}));
  reader->unwatch(ticket);
  t.append({{7, "c"}});
  t.commit(2);
  EXPECT_EQ(woken, 1);
}

TEST(TaskLog, WatchersAreWokenWhenTheLogClosesAndReadersOutliveIt) {
  TestLog t;
  t.open();
  t.append({{5, "a"}});
  t.commit(1);
  const auto reader = t.log->reader(0);
  int woken = 0;
  reader->watch([&] { ++woken; });
  t.log.reset();
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(read_all(*reader).size(), 1U);
}

TEST(TaskLog, AReopenedLogKnowsItsProgressAndGoesOn) {
  TestLog t;
  t.open();
  t.append({{5, "a"}});
  t.commit(1);
  t.append({{6, "b"}, {7, "c"}});
  t.commit(2);
  ASSERT_TRUE(t.log->commit_progress(progress_at(3), nullptr));
  t.open();
  Progress expected = progress_at(3);
  expected.gtids.clear();
  EXPECT_EQ(t.log->recovered().progress, expected);
  EXPECT_EQ(t.log->recovered().gtids, (Values{"g1", "g2", "g3"}));
  EXPECT_EQ(t.log->recovered().next, std::vector<Offset>{{3}});
  EXPECT_TRUE(t.log->recovered().loss.empty());
  t.append({{8, "d"}});
  t.commit(4);
  EXPECT_EQ(t.values(), (Values{"a", "b", "c", "d"}));
  EXPECT_EQ(t.records().back().offset, 3);
}

TEST(TaskLog, WhatWasNotCommittedIsGoneAfterAReopening) {
  TestLog t;
  t.open();
  t.append({{5, "a"}});
  t.commit(1);
  t.append({{6, "lost"}});
  t.open();
  EXPECT_EQ(t.values(), Values{"a"});
  t.append({{7, "b"}});
  t.commit(2);
  EXPECT_EQ(t.values(), (Values{"a", "b"}));
}

TEST(TaskLog, SeveralTransactionsShareOneCommit) {
  TestLog t;
  t.open();
  const uint64_t before = t.files.syncs();
  for (int i = 0; i < 10; ++i) t.append({{i, std::to_string(i)}});
  EXPECT_EQ(t.files.syncs(), before);
  t.commit(1);
  EXPECT_EQ(t.log->reader(0)->view().high_watermark.value, 10);
  t.append({{11, "x"}});
  const uint64_t between = t.files.syncs();
  t.commit(2);
  EXPECT_EQ(t.files.syncs(), between + 2) << "one for the log, one for the journal";
}

TEST(TaskLog, ProgressAloneIsNotSynced) {
  TestLog t;
  t.open();
  t.append({{5, "a"}});
  t.commit(1);
  const uint64_t before = t.files.syncs();
  ASSERT_TRUE(t.log->commit_progress(progress_at(2), nullptr));
  EXPECT_EQ(t.files.syncs(), before);
  EXPECT_EQ(t.log->committed()->offset, 2U);
}

TEST(TaskLog, TheWholeGtidSetStandsAtTheHeadOfEachJournalFile) {
  TestLog t;
  t.open();
  int asked = 0;
  const WholeGtids whole = [&] {
    ++asked;
    return "all" + std::to_string(asked);
  };
  Progress progress = progress_at(1);
  progress.transaction_gtid = std::string(4000, 'x');  // makes entries large
  for (int i = 0; i < 2500; ++i) {
    progress.offset = static_cast<uint64_t>(i);
    progress.gtids = std::to_string(i);
    ASSERT_TRUE(t.log->commit_progress(progress, whole));
  }
  EXPECT_EQ(t.paths(".journal").size(), static_cast<size_t>(asked));
  EXPECT_EQ(asked, 3);
  t.open();
  EXPECT_EQ(t.log->recovered().gtids.front(), "all3");
  EXPECT_EQ(t.log->recovered().gtids.back(), "2499");
}

TEST(TaskLog, SegmentsRollAndAReadNeverCrossesTheirEnds) {
  TestLog t;
  t.options.segment_bytes = 1000;
  t.open();
  Values expected;
  for (uint64_t i = 0; i < 40; ++i) {
    expected.push_back(std::string(90, static_cast<char>('a' + i % 26)));
    t.append({{static_cast<int64_t>(i), expected.back()}});
    t.commit(i);
  }
  EXPECT_GT(t.paths(".log").size(), 4U);
  EXPECT_EQ(t.values(), expected);
  EXPECT_EQ(read_all(*t.log->reader(0), 1).size(), 40U);
  t.open();
  EXPECT_EQ(t.values(), expected);
  for (const std::string& path : t.paths(".log")) EXPECT_LE(t.files.info(path)->size, 1000U);
}

TEST(TaskLog, AReadGivesWholeBatchesUpToItsLimit) {
  TestLog t;
  t.open();
  size_t one = 0;
  for (uint64_t i = 0; i < 5; ++i) {
    Batches batches = batches_of({{1, std::string(100, 'x')}});
    one = batches.bytes.size();
    ASSERT_TRUE(t.log->append(0, std::move(batches)));
  }
  t.commit(1);
  const auto reader = t.log->reader(0);
  EXPECT_EQ(reader->read({0}, 2 * one + 10, true)->bytes, 2 * one);
  EXPECT_FALSE(reader->read({0}, 2 * one + 10, true)->at_tail);
  EXPECT_EQ(reader->read({1}, 2 * one, true)->position, one);
  EXPECT_EQ(reader->read({0}, one - 1, false)->bytes, 0U);
  EXPECT_EQ(reader->read({0}, one - 1, true)->bytes, one);
  EXPECT_EQ(reader->read({3}, 1 << 20, true)->bytes, 2 * one);
  EXPECT_TRUE(reader->read({3}, 1 << 20, true)->at_tail);
  EXPECT_EQ(reader->read({5}, 100, true)->bytes, 0U);
  EXPECT_EQ(reader->read({6}, 100, true).error().code, Errc::kNotFound);
  EXPECT_EQ(reader->read({-1}, 100, true).error().code, Errc::kNotFound);
}

TEST(TaskLog, AnOffsetInsideABatchGivesThatBatch) {
  TestLog t;
  t.open();
  t.append({{1, "a"}, {1, "b"}, {1, "c"}});
  t.append({{1, "d"}, {1, "e"}});
  t.commit(1);
  const auto reader = t.log->reader(0);
  EXPECT_EQ(reader->read({2}, 1 << 20, true)->position, 0U);
  EXPECT_GT(reader->read({4}, 1 << 20, true)->position, 0U);
}

TEST(TaskLog, APendingSegmentBecomesVisibleAtItsCommitBehindWhatWasAppendedMeanwhile) {
  TestLog t;
  t.open();
  t.append({{1, "first"}});
  t.commit(1);
  {
    auto pending = t.log->begin_pending(0);
    ASSERT_TRUE(pending);
    ASSERT_TRUE((*pending)->append(batches_of({{5, "p0"}, {5, "p1"}})));
    t.append({{2, "heartbeat"}});
    t.commit(2);
    const auto savepoint = (*pending)->mark();
    ASSERT_TRUE((*pending)->append(batches_of({{5, "cut"}})));
    ASSERT_TRUE((*pending)->cut_back(savepoint));
    ASSERT_TRUE((*pending)->append(batches_of({{6, "p2"}})));
    EXPECT_EQ((*pending)->records(), 3);
    EXPECT_EQ(t.values(), (Values{"first", "heartbeat"}));
    ASSERT_TRUE((*pending)->commit());
    EXPECT_EQ(t.values(), (Values{"first", "heartbeat"})) << "not before the journal";
  }
  t.append({{7, "after"}});
  t.commit(3);
  EXPECT_EQ(t.values(), (Values{"first", "heartbeat", "p0", "p1", "p2", "after"}));
  EXPECT_EQ(t.records()[4].offset, 4);
  t.open();
  EXPECT_EQ(t.values(), (Values{"first", "heartbeat", "p0", "p1", "p2", "after"}));
  EXPECT_TRUE(t.log->verify(nullptr)->damage.empty());
}

TEST(TaskLog, APendingSegmentThatIsNotCommittedLeavesNothing) {
  TestLog t;
  t.open();
  {
    auto pending = t.log->begin_pending(0);
    ASSERT_TRUE((*pending)->append(batches_of({{5, "p0"}})));
    EXPECT_EQ(t.paths(".log").size(), 1U);
  }
  EXPECT_EQ(t.paths(".log").size(), 0U);
  auto pending = t.log->begin_pending(0);
  ASSERT_TRUE((*pending)->append(batches_of({{5, "p0"}})));
  // Left behind by a crash: removed at the next start.
  t.files.crash(io::CrashOrder::kEverything, 1);
  EXPECT_EQ(t.paths(".log").size(), 1U);
  pending->reset();
  t.open();
  EXPECT_EQ(t.paths(".log").size(), 0U);
}

TEST(TaskLog, HistoryIsGivenBackInOrderAndOnlyInputsOutliveTheMark) {
  TestLog t;
  t.open();
  ASSERT_TRUE(t.log->append_history(as_bytes("table t"), HistoryKind::kDerived));
  ASSERT_TRUE(t.log->append_history(as_bytes("objects"), HistoryKind::kInput));
  t.commit(1);
  ASSERT_TRUE(t.log->append_history(as_bytes("table u"), HistoryKind::kDerived));
  ASSERT_TRUE(t.log->append_history(as_bytes("retention"), HistoryKind::kInput));
  ASSERT_TRUE(t.log->append_history(as_bytes("table v"), HistoryKind::kDerived));
  using Entries = std::vector<std::pair<std::string, HistoryKind>>;
  const Entries expected{{"table t", HistoryKind::kDerived},
                         {"objects", HistoryKind::kInput},
                         {"retention", HistoryKind::kInput}};
  for (int i = 0; i < 3; ++i) {
    t.open();
    EXPECT_EQ(t.history, expected) << i;
  }
  ASSERT_TRUE(t.log->append_history(as_bytes("table w"), HistoryKind::kDerived));
  t.commit(2);
  t.open();
  ASSERT_EQ(t.history.size(), 4U);
  EXPECT_EQ(t.history[3].first, "table w");
}

TEST(TaskLog, RetentionRemovesWholeClosedSegmentsByTheirAppendTime) {
  TestLog t;
  t.options.segment_bytes = 300;
  t.options.retention_ms = 10'000;
  t.open();
  for (uint64_t i = 0; i < 10; ++i) {
    t.append({{static_cast<int64_t>(i), std::string(100, 'x')}});
    t.commit(i);
    t.clock.advance_ms(2'000);
  }
  const auto reader = t.log->reader(0);
  const auto old = *reader->read({0}, 1 << 20, true);
  EXPECT_EQ(reader->view().start.value, 0);
  auto report = t.log->retain();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->segments_removed, 5U);  // one record each by age
  EXPECT_EQ(reader->view().start.value, 5);
  EXPECT_EQ(reader->read({4}, 100, true).error().code, Errc::kNotFound);
  Buffer bytes;
  EXPECT_TRUE(read_range(old, bytes)) << "what is being sent stays readable";
  t.clock.advance_ms(1'000'000);
  ASSERT_TRUE(t.log->retain());
  EXPECT_EQ(t.values().size(), 1U) << "never the active one";
  t.open();
  EXPECT_EQ(t.log->reader(0)->view().start.value, 9);
  EXPECT_EQ(t.log->reader(0)->view().high_watermark.value, 10);
}

TEST(TaskLog, RetentionByBytesKeepsTheNewest) {
  TestLog t;
  t.options.segment_bytes = 300;
  t.options.retention_ms = -1;
  t.options.retention_bytes = 800;
  t.open();
  for (uint64_t i = 0; i < 20; ++i) {
    t.append({{1, std::string(100, 'x')}});
    t.commit(i);
  }
  ASSERT_TRUE(t.log->retain());
  const LogView view = t.log->reader(0)->view();
  EXPECT_LE(view.bytes, 800U);
  EXPECT_GT(view.bytes, 400U);
  EXPECT_EQ(view.high_watermark.value, 20);
}

TEST(TaskLog, WhatIsUnreadIsToldAsRetentionSeesIt) {
  TestLog t;
  t.options.segment_bytes = 300;
  t.open();
  for (uint64_t i = 0; i < 10; ++i) {
    t.append({{1, std::string(100, 'x')}});
    t.commit(i);
    t.clock.advance_ms(2'000);
  }
  const auto reader = t.log->reader(0);
  const auto all = reader->unread_from({0});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->bytes, reader->view().bytes);
  const auto later = reader->unread_from({9});
  ASSERT_TRUE(later);
  EXPECT_LT(later->bytes, all->bytes);
  EXPECT_GT(later->appended_ms, all->appended_ms);
  EXPECT_FALSE(reader->unread_from({10})) << "nothing is";
  // By its age the first segment goes when that is over, and not before.
  t.log->set_retention(t.clock.wall_ms() - all->appended_ms, -1);
  EXPECT_EQ(t.log->retain()->segments_removed, 0U);
  t.clock.advance_ms(1);
  EXPECT_EQ(t.log->retain()->segments_removed, 1U);
}

// Copies are begun between two steps of the writer, and made while it goes on.
TEST(TaskLog, ACopyThatIsMadeMeanwhileOpensAsOfACommit) {
  for (uint64_t begun = 0; begun < 12; ++begun) {
    SCOPED_TRACE(testing::Message() << "begun after commit " << begun);
    TestLog t;
    t.options.segment_bytes = 300;
    t.open();
    std::vector<CopyPart> parts;
    Values at_copy;
    for (uint64_t i = 0; i < 14; ++i) {
      ASSERT_TRUE(t.log->append_history(as_bytes("d" + std::to_string(i)), HistoryKind::kDerived));
      t.append({{1, std::to_string(i) + std::string(100, 'x')}});
      if (i == 7) {
        // A failure: the journal is restated, the segment sealed, a file of the history begins.
        t.files.fail_call(t.files.calls() + 2, Errc::kIo);
        EXPECT_FALSE(t.log->commit(progress_at(i), nullptr));
        continue;
      }
      t.commit(i);
      if (i >= begun && parts.empty()) {
        parts = *t.log->copy_parts();
        at_copy = t.values();
      }
    }
    ASSERT_FALSE(parts.empty());
    for (const CopyPart& part : parts) {
      const std::string to = "/copy/" + part.name;
      ASSERT_TRUE(io::make_folders(t.files, io::parent_of(to)));
      const auto copied =
          io::copy_file(t.files, "/data/tasks/t/" + part.name, to, part.bytes, nullptr);
      ASSERT_TRUE(copied) << copied.error().what;
    }
    size_t derived = 0;
    const auto copy =
        TaskLog::open(t.files, t.clock, "/copy", t.options, [&](Bytes, HistoryKind) -> Status {
          ++derived;
          return Done{};
        });
    ASSERT_TRUE(copy) << copy.error().what;
    Values values;
    for (TestRecord& record : read_all(*(*copy)->reader(0))) values.push_back(record.value);
    EXPECT_EQ(values, at_copy);
    EXPECT_EQ(derived, at_copy.size());
    EXPECT_TRUE((*copy)->verify(nullptr)->damage.empty());
  }
}

TEST(TaskLog, AStepOfTheClockSuspendsRetention) {
  TestLog t;
  t.options.segment_bytes = 100;
  t.open();
  for (uint64_t i = 0; i < 5; ++i) {
    t.append({{1, std::string(100, 'x')}});
    t.commit(i);
  }
  t.clock.step_wall_ms(30 * 24 * 3'600'000LL);
  auto report = t.log->retain();
  EXPECT_TRUE(report->clock_stepped);
  EXPECT_EQ(report->segments_removed, 0U);
  EXPECT_TRUE(t.log->retain()->clock_stepped) << "until somebody looked";
  t.log->resume_retention();
  EXPECT_EQ(t.log->retain()->segments_removed, 4U);
}

TEST(TaskLog, AnOffsetIsNeverUsedTwiceAfterANewEpoch) {
  TestLog t;
  t.open();
  t.append({{1, "a"}, {1, "b"}});
  t.commit(1);
  ASSERT_TRUE(t.log->bump_epoch(0, {5000}));
  const int64_t begin = 5000 + (1 << 20);
  const auto check = [&] {
    const auto reader = t.log->reader(0);
    EXPECT_EQ(reader->view().high_watermark.value >= begin, true);
    EXPECT_EQ(reader->view().leader_epoch, 1);
    EXPECT_EQ(reader->epoch_end(0)->second.value, begin);
    EXPECT_EQ(reader->epoch_end(0)->first, 0);
    EXPECT_EQ(reader->epoch_end(7)->first, 1);
    EXPECT_EQ(reader->epoch_end(7)->second, reader->view().high_watermark);
    EXPECT_FALSE(reader->epoch_end(-1));
  };
  check();
  auto inside = t.log->reader(0)->read({4000}, 100, true);
  ASSERT_TRUE(inside);
  EXPECT_EQ(inside->bytes, 0U) << "the gap has no records behind it yet";
  t.open();
  check();
  t.append({{2, "c"}});
  t.commit(2);
  check();
  const auto reader = t.log->reader(0);
  EXPECT_EQ(records_in([&] {
              static Buffer bytes;
              EXPECT_TRUE(read_range(*reader->read({4000}, 100, true), bytes));
              return bytes.view();
            }())[0]
                .offset,
            begin)
      << "a fetch inside the gap reads on from its end";
  EXPECT_EQ(t.values(), (Values{"a", "b", "c"}));
  t.open();
  check();
  EXPECT_EQ(t.values(), (Values{"a", "b", "c"}));
  EXPECT_EQ(*t.log->recovered().progress, [] {
    Progress p = progress_at(2);
    p.gtids.clear();
    return p;
  }());
  EXPECT_TRUE(t.log->verify(nullptr)->damage.empty());
}

TEST(TaskLog, AnUncleanStartWithoutSyncsBeginsAnEpochAndACleanOneDoesNot) {
  TestLog t;
  t.options.sync = false;
  t.open();
  t.append({{1, "a"}});
  t.commit(1);
  ASSERT_TRUE(t.log->close());
  t.open();
  EXPECT_EQ(t.log->reader(0)->view().leader_epoch, 0);
  t.append({{1, "b"}});
  t.commit(2);
  t.open();
  EXPECT_EQ(t.log->reader(0)->view().leader_epoch, 1);
  EXPECT_EQ(t.log->recovered().next[0].value, 2 + (1 << 20));
  EXPECT_FALSE(t.log->recovered().loss.empty());
  EXPECT_EQ(t.values(), (Values{"a", "b"}));
}

TEST(TaskLog, WithoutSyncsAPowerCutGoesBackToWhatIsWhole) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    TestLog t;
    t.options.sync = false;
    t.options.segment_bytes = 1000;
    t.open();
    ASSERT_TRUE(t.files.sync_all("/"));
    for (uint64_t i = 0; i < 20; ++i) {
      t.append({{1, std::to_string(i) + std::string(100, 'x')}});
      t.commit(i);
      if (i == 10) {
        ASSERT_TRUE(t.files.sync_all("/"));
      }
    }
    t.files.crash(io::CrashOrder::kRandom, seed);
    t.open();
    if (HasFatalFailure()) return;
    const auto& recovered = t.log->recovered();
    ASSERT_TRUE(recovered.progress);
    EXPECT_GE(recovered.progress->offset, 10U);
    // The journal speaks of offsets up to 20; somebody may have seen them.
    EXPECT_GE(recovered.next[0].value,
              static_cast<int64_t>(recovered.progress->offset) + (1 << 20));
    EXPECT_EQ(t.values().size(), recovered.progress->offset + 1);
  }
}

TEST(TaskLog, SeveralFormatsMoveTogether) {
  TestLog t;
  t.options.formats = {"dts-avro", "debezium-json"};
  t.open();
  t.append({{1, "avro"}});
  ASSERT_TRUE(t.log->append(1, batches_of({{1, "json"}, {1, "json2"}})));
  t.commit(1);
  t.open();
  EXPECT_EQ(t.log->reader(1)->view().high_watermark.value, 2);
  EXPECT_EQ(read_all(*t.log->reader(1))[1].value, "json2");
  // A format that is added later begins at 0, beside one that goes on.
  t.options.formats = {"canal-json", "dts-avro", "debezium-json"};
  t.open();
  EXPECT_EQ(t.log->reader(0)->view().high_watermark.value, 0);
  EXPECT_EQ(t.log->reader(1)->view().high_watermark.value, 1);
  ASSERT_TRUE(t.log->append(0, batches_of({{1, "canal"}})));
  t.commit(2);
  t.open();
  EXPECT_EQ(t.values(), Values{"canal"});
}

TEST(TaskLog, ANewerFormatIsRefusedByName) {
  TestLog t;
  t.open();
  t.append({{1, "a"}});
  ASSERT_TRUE(t.log->append_history(as_bytes("h"), HistoryKind::kInput));
  t.commit(1);
  t.log.reset();
  for (const std::string ending : {".journal", ".history"}) {
    const std::string path = t.paths(ending).at(0);
    std::string bytes = *t.files.content(path);
    const std::string good = bytes;
    const FileKind newer{ending == ".journal" ? kJournalKind.magic : kHistoryKind.magic, 2};
    const auto header = encode_file_header(newer, {.number = 1});
    std::copy(as_text(header).begin(), as_text(header).end(), bytes.begin());
    ASSERT_TRUE(t.files.set_content(path, as_bytes(bytes)));
    const auto opened = t.try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::kUnsupported);
    EXPECT_NE(opened.error().what.find(path), std::string::npos);
    ASSERT_TRUE(t.files.set_content(path, as_bytes(good)));
  }
  t.open();
}

TEST(TaskLog, ANewerSegmentIsRefusedByName) {
  TestLog t;
  t.open();
  t.append({{1, "a"}});
  t.commit(1);
  t.log.reset();
  const std::string path = t.paths(".log").at(0);
  std::string bytes = *t.files.content(path);
  bytes[16] = 3;  // Kafka's version of a batch
  ASSERT_TRUE(t.files.set_content(path, as_bytes(bytes)));
  const auto opened = t.try_open();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().what.find(path), std::string::npos) << opened.error().what;
  EXPECT_NE(opened.error().what.find("magic 3"), std::string::npos) << opened.error().what;
}

// Nothing is promised of it, so there is nothing to refuse.
TEST(TaskLog, AnIndexOfAnotherVersionIsMadeAgain) {
  TestLog t;
  t.options.segment_bytes = 150;
  t.open();
  for (uint64_t i = 0; i < 3; ++i) {
    t.append({{1, std::string(100, 'x')}});
    t.commit(i);
  }
  t.log.reset();
  for (const std::string& path : t.paths(".index")) {
    std::string bytes = *t.files.content(path);
    const std::string good = bytes.substr(0, kFileHeaderSize);
    const auto header = encode_file_header(
        {kIndexKind.magic, 2},
        {.number = decode_file_header(kIndexKind, as_bytes(good), path)->number});
    std::copy(as_text(header).begin(), as_text(header).end(), bytes.begin());
    ASSERT_TRUE(t.files.set_content(path, as_bytes(bytes)));
    t.open();
    EXPECT_EQ(t.values().size(), 3U);
    EXPECT_TRUE(t.log->verify(nullptr)->damage.empty()) << path;
    t.log.reset();
    EXPECT_EQ(t.files.content(path)->substr(0, kFileHeaderSize), good);
  }
}

TEST(TaskLog, ABatchOverTheTransactionsOfManyMegabytesIsOneReadAway) {
  TestLog t;
  t.open();
  const std::string big(3 << 20, 'b');
  t.append({{1, "a"}, {1, big}, {1, "c"}});
  t.commit(1);
  EXPECT_EQ(read_all(*t.log->reader(0), 10)[1].value.size(), big.size());
}

}  // namespace
}  // namespace millrace::storage
