// SPDX-License-Identifier: Apache-2.0
#include "capture/assembler.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "capture/event_log_test_support.h"

namespace millrace::capture {
namespace {

using mysql::EventType;
using Lines = std::vector<std::string>;

class AssemblerTest : public testing::Test {
 protected:
  AssemblerTest() {
    run("CREATE DATABASE shop");
    run("CREATE TABLE shop.t (a INT, b INT)");
    run("CREATE TABLE shop.other (a INT)");
    options_.selection.objects = {{"shop", "t"}};
    options_.selection.schema_of_instance = false;
    restart();
  }
  void run(std::string_view statement) { catalog_.apply_text(statement, {}); }
  void restart(std::optional<Overlap> overlap = std::nullopt) {
    assembler_ = std::make_unique<Assembler>(options_, catalog_, changes_, xa_);
    assembler_->start({"bin.000001", log_.offset(), ""}, mysql::Flavour::kMySql, overlap);
    changes_.lines.clear();
  }
  // The error of the first event that fails.
  std::string take(const std::vector<std::string>& events) {
    for (const std::string& raw : events) {
      Status status = assembler_->event(as_bytes(raw));
      if (!status) {
        code_ = status.error().code;
        return status.error().what;
      }
    }
    return "";
  }
  // A row of an XA transaction, up to its XA PREPARE or XA COMMIT ... ONE PHASE.
  std::vector<std::string> xa_transaction(bool one_phase) {
    Buffer end;
    end.put(static_cast<uint8_t>(one_phase));
    end.le(1, 4);  // format
    end.le(1, 4);  // length of gtrid
    end.le(0, 4);  // of bqual
    end.append("g");
    return {log_.add(EventType::kFormatDescription,
                     mysql::format_body("8.0.34", mysql::Checksum::kOff)),
            log_.query("XA START X'67',X'',1"),
            log_.table_map(9, "shop", "t", 2),
            log_.write_row(9, {1, 2}),
            log_.query("XA END X'67',X'',1"),
            log_.add(EventType::kXaPrepare, as_text(end.view()))};
  }
  std::string border() const { return "border " + std::to_string(log_.offset()); }

  AssemblerOptions options_;
  schema::Catalog catalog_;
  NotedChanges changes_;
  EventLog log_;
  XaMemory xa_;
  std::unique_ptr<Assembler> assembler_;
  Errc code_ = Errc::kInvalid;
};

TEST_F(AssemblerTest, ATransactionIsHandedOnWhole) {
  EXPECT_EQ(take({log_.query("BEGIN"), log_.table_map(9, "shop", "t", 2), log_.write_row(9, {1, 2}),
                  log_.xid()}),
            "");
  EXPECT_EQ(changes_.lines, (Lines{"BEGIN", "INSERT t 9", "COMMIT", border()}));
}

TEST_F(AssemblerTest, RowsInFragmentsAreWholeOnesWhenTheLastHasCome) {
  const auto fragments = [&](uint32_t first, uint32_t last) {
    EventLog inner;
    const std::string whole = inner.write_row(9, {1, 2});
    std::vector<std::string> out;
    for (uint32_t number = first; number <= last; ++number) {
      Buffer body;
      body.le(3, 4);
      body.le(number, 4);
      body.put(static_cast<uint8_t>(number == 1));
      if (number == 1) body.le(whole.size(), 8);
      body.append(std::string_view(whole).substr((number - 1) * 16, number == 3 ? 99 : 16));
      out.push_back(log_.add(EventType::kPartialRowData, as_text(body.view())));
    }
    return out;
  };
  EXPECT_EQ(take({log_.query("BEGIN"), log_.table_map(9, "shop", "t", 2)}), "");
  EXPECT_EQ(take(fragments(1, 2)), "");
  EXPECT_EQ(changes_.lines, Lines{});
  EXPECT_EQ(take(fragments(3, 3)), "");
  EXPECT_EQ(take({log_.xid()}), "");
  EXPECT_EQ(changes_.lines, (Lines{"BEGIN", "INSERT t 9", "COMMIT", border()}));
  restart();
  EXPECT_EQ(take({log_.query("BEGIN"), log_.table_map(9, "shop", "t", 2)}), "");
  EXPECT_EQ(take(fragments(1, 2)), "");
  const std::string error = take({log_.xid()});
  EXPECT_EQ(code_, Errc::kCorrupt);
  EXPECT_NE(error.find("before the last fragment"), std::string::npos) << error;
  // A log that begins anew in the middle leaves nothing behind.
  EXPECT_EQ(take({log_.add(EventType::kStop, ""), log_.query("BEGIN"),
                  log_.table_map(9, "shop", "t", 2), log_.write_row(9, {1, 2}), log_.xid()}),
            "");
  restart();
  EXPECT_NE(take(fragments(1, 1)).find("outside of a transaction"), std::string::npos);
}

TEST_F(AssemblerTest, RowsWithPartialDocumentsAreAnOrdinaryUpdate) {
  const std::string row = mysql::from_hex(
      "090000000000 0100 0200 02 03 03 00 01000000 02000000 00 00 03000000 04000000");
  EXPECT_EQ(take({log_.query("BEGIN"), log_.table_map(9, "shop", "t", 2),
                  log_.add(EventType::kPartialUpdateRows, row), log_.xid()}),
            "");
  EXPECT_EQ(changes_.lines, (Lines{"BEGIN", "UPDATE t 18", "COMMIT", border()}))
      << "without the byte that says whether there are differences";
}

TEST_F(AssemblerTest, WhatIsNotSelectedGivesABorderOnly) {
  EXPECT_EQ(take({log_.query("BEGIN"), log_.table_map(9, "shop", "other", 1),
                  log_.write_row(9, {1}), log_.xid()}),
            "");
  EXPECT_EQ(changes_.lines, Lines{border()});
  EXPECT_EQ(assembler_->counts().filtered_rows_events, 1U);
}

TEST_F(AssemblerTest, ARollbackEndsWithoutACommit) {
  EXPECT_EQ(take({log_.query("BEGIN"), log_.table_map(9, "shop", "t", 2), log_.write_row(9, {1, 2}),
                  log_.query("ROLLBACK")}),
            "");
  EXPECT_EQ(changes_.lines, (Lines{"BEGIN", "INSERT t 9", "ROLLBACK", border()}));
}

TEST_F(AssemblerTest, SavepointsCountOnceATransactionHasRows) {
  EXPECT_EQ(take({log_.query("BEGIN"), log_.query("SAVEPOINT `before`"),
                  log_.table_map(9, "shop", "t", 2), log_.write_row(9, {1, 2}),
                  log_.query("SAVEPOINT `s`"), log_.query("ROLLBACK TO `s`"), log_.xid()}),
            "");
  EXPECT_EQ(changes_.lines,
            (Lines{"BEGIN", "INSERT t 9", "SAVEPOINT s", "ROLLBACK TO s", "COMMIT", border()}));
}

TEST_F(AssemblerTest, SavepointsAreOneWhateverTheirCapitals) {
  EXPECT_EQ(take({log_.query("BEGIN"), log_.table_map(9, "shop", "t", 2), log_.write_row(9, {1, 2}),
                  log_.query("SAVEPOINT `Before_It`"), log_.query("ROLLBACK TO `before_it`")}),
            "");
  EXPECT_EQ((Lines{changes_.lines.begin() + 2, changes_.lines.end()}),
            (Lines{"SAVEPOINT before_it", "ROLLBACK TO before_it"}));
}

// The file that it ends may be purged: who comes back begins in the next one.
TEST_F(AssemblerTest, TheEndOfAFileIsABorder) {
  constexpr uint16_t kArtificial = 0x20;
  const std::string next = std::string("\4\0\0\0\0\0\0\0", 8) + "bin.000002";
  EXPECT_EQ(take({log_.add(EventType::kRotate, next, 0, kArtificial)}), "");
  EXPECT_EQ(changes_.lines, Lines{}) << "one that only names the file that follows";
  EXPECT_EQ(take({log_.add(EventType::kRotate, next)}), "");
  EXPECT_EQ(changes_.lines, Lines{"border 4"});
  restart(Overlap{});
  EXPECT_EQ(take({log_.add(EventType::kRotate, next)}), "");
  EXPECT_EQ(changes_.lines, Lines{}) << "before the transaction that was read last";
}

TEST_F(AssemblerTest, ARowThatDoesNotFitItsDefinitionStops) {
  const std::string error =
      take({log_.query("BEGIN"), log_.table_map(9, "shop", "t", 3), log_.write_row(9, {1, 2, 3})});
  EXPECT_EQ(code_, Errc::kMismatch);
  EXPECT_NE(error.find("TABLE_MAP of shop.t"), std::string::npos) << error;
  EXPECT_NE(error.find("at bin.000001:"), std::string::npos) << error;
  EXPECT_EQ(changes_.lines, Lines{});
}

TEST_F(AssemblerTest, ATableThatNobodyKnowsStops) {
  options_.selection.objects = {{"shop", ""}};
  restart();
  const std::string error = take({log_.query("BEGIN"), log_.table_map(9, "shop", "unknown", 1)});
  EXPECT_EQ(code_, Errc::kMismatch) << error;
  EXPECT_EQ(assembler_->context_table(), "shop.unknown");
}

TEST_F(AssemblerTest, ATableInDoubtStopsWithItsFirstRowAndNotBefore) {
  EXPECT_EQ(take({log_.query("ALTER TABLE t DROP COLUMN never_there")}), "");
  const std::string error =
      take({log_.query("BEGIN"), log_.table_map(9, "shop", "t", 2), log_.write_row(9, {1, 2})});
  EXPECT_EQ(code_, Errc::kMismatch) << error;
  EXPECT_NE(error.find("in doubt"), std::string::npos) << error;
}

TEST_F(AssemblerTest, AStopTellsThePlaceTheTableAndWhatPutItInDoubt) {
  EXPECT_EQ(take({log_.query("ALTER TABLE t DROP COLUMN never_there")}), "");
  const uint64_t group = log_.offset();
  EXPECT_EQ(take({log_.query("BEGIN")}), "");
  const uint64_t map = log_.offset();
  take({log_.table_map(9, "shop", "t", 2)});
  ASSERT_TRUE(assembler_->stop());
  const Stop& stop = *assembler_->stop();
  EXPECT_EQ(stop.kind, Stop::Kind::kMisfit);
  EXPECT_EQ(stop.at.file, "bin.000001");
  EXPECT_EQ(stop.at.offset, map);
  EXPECT_EQ(stop.group_start, group);
  EXPECT_EQ(stop.database + "." + stop.table, "shop.t");
  EXPECT_EQ(stop.statement, "ALTER TABLE t DROP COLUMN never_there");
}

TEST_F(AssemblerTest, AHealedDefinitionIsUsedAtItsPlaceAndNowhereElse) {
  const std::string ddl = log_.query("ALTER TABLE t DROP COLUMN never_there");
  const std::string begin = log_.query("BEGIN");
  schema::Healed healed;
  healed.file = "bin.000001";
  healed.offset = log_.offset();
  healed.at_table = "shop.t";
  schema::Catalog found;
  found.apply_text("CREATE TABLE shop.t (x INT, y INT)", {});
  healed.table = found.find("shop", "t");
  const std::vector<std::string> rest = {log_.table_map(9, "shop", "t", 2),
                                         log_.write_row(9, {1, 2}), log_.xid()};
  const schema::Catalog before = catalog_;
  for (const bool elsewhere : {true, false}) {
    catalog_ = before;
    log_ = EventLog();
    restart();
    changes_.entries.clear();
    schema::Healed known = healed;
    if (elsewhere) ++known.offset;
    assembler_->know({known});
    EXPECT_EQ(take({ddl, begin}), "");
    EXPECT_EQ(take(rest).empty(), !elsewhere);
    EXPECT_EQ(assembler_->stop().has_value(), elsewhere);
  }
  EXPECT_EQ(catalog_.find("shop", "t")->columns[0].name, "x");
  EXPECT_FALSE(catalog_.in_doubt("shop", "t"));
  EXPECT_EQ(changes_.entries.size(), 2U) << "the doubt, and the definition that took it away";
}

TEST_F(AssemblerTest, ADefinitionThatIsKnownIsNeverPassedOver) {
  options_.nameless_tables = true;
  restart();
  EXPECT_NE(take({log_.query("BEGIN"), log_.table_map(9, "shop", "t", 3)}), "")
      << "columns @1, @2 and so on are for tables of which nothing is known";
  options_.selection.objects = {{"shop", "unknown"}};
  restart();
  EXPECT_EQ(take({log_.query("BEGIN"), log_.table_map(9, "shop", "unknown", 3)}), "");
}

TEST_F(AssemblerTest, RowsHaveTheDefinitionOfTheirPosition) {
  EXPECT_EQ(take({log_.query("BEGIN"), log_.table_map(9, "shop", "t", 2), log_.write_row(9, {1, 2}),
                  log_.xid(), log_.query("ALTER TABLE t ADD c INT"), log_.query("BEGIN"),
                  log_.table_map(9, "shop", "t", 3), log_.write_row(9, {1, 2, 3}), log_.xid()}),
            "");
  EXPECT_EQ(changes_.entries.size(), 1U) << "the change is an entry of the history";
  EXPECT_EQ(changes_.lines[4], "DDL ALTER TABLE t ADD c INT");
  EXPECT_EQ(changes_.lines[7], "INSERT t 13");
}

TEST_F(AssemblerTest, RowsWithoutATableMapInTheirStatementStop) {
  take({log_.query("BEGIN"), log_.write_row(9, {1, 2})});
  EXPECT_EQ(code_, Errc::kCorrupt);
}

TEST_F(AssemblerTest, ATableMapHoldsForItsStatementOnly) {
  EXPECT_EQ(
      take({log_.query("BEGIN"), log_.table_map(9, "shop", "t", 2), log_.write_row(9, {1, 2})}),
      "");
  take({log_.write_row(9, {3, 4})});
  EXPECT_EQ(code_, Errc::kCorrupt);
}

TEST_F(AssemblerTest, AnUnknownEventStopsUnlessItIsMarkedAsIgnorable) {
  constexpr uint16_t kIgnorable = 0x80;
  const auto unknown = static_cast<EventType>(120);
  EXPECT_EQ(take({log_.add(unknown, "???", 1, kIgnorable)}), "");
  const std::string error = take({log_.add(unknown, "???")});
  EXPECT_EQ(code_, Errc::kUnsupported);
  EXPECT_NE(error.find("120"), std::string::npos) << error;
}

TEST_F(AssemblerTest, AnIncidentStops) {
  take({log_.add(EventType::kIncident, std::string("\1\0\0", 3))});
  EXPECT_EQ(code_, Errc::kLost);
}

TEST_F(AssemblerTest, AStatementThatWritesASelectedTableStops) {
  EXPECT_EQ(take({log_.query("BEGIN"), log_.query("INSERT INTO other VALUES (1)"), log_.xid()}),
            "");
  EXPECT_EQ(assembler_->counts().statement_changes, 1U);
  const std::string error = take({log_.query("BEGIN"), log_.query("INSERT INTO t VALUES (1, 2)")});
  EXPECT_EQ(code_, Errc::kUnsupported);
  EXPECT_NE(error.find("shop.t"), std::string::npos) << error;
}

TEST_F(AssemblerTest, TheLastTransactionIsReadAgainAndGivesNothing) {
  const std::vector<std::string> first = {log_.query("BEGIN"), log_.table_map(9, "shop", "t", 2),
                                          log_.write_row(9, {1, 2}), log_.xid()};
  std::string all;
  for (const std::string& raw : first) all += raw;
  Overlap overlap;
  overlap.crc = crc32c(as_bytes(all));
  log_ = EventLog();
  restart(overlap);
  EXPECT_EQ(take(first), "");
  EXPECT_EQ(changes_.lines, Lines{});
  overlap.crc ^= 1;
  restart(overlap);
  take(first);
  EXPECT_EQ(code_, Errc::kDiverged);
  restart(overlap);
  take({first[0].substr(0, 25)});
  EXPECT_EQ(code_, Errc::kDiverged) << "no event begins where it began";
}

TEST_F(AssemblerTest, APreparedTransactionIsHandedOnByItsCommit) {
  EXPECT_EQ(take(xa_transaction(false)), "");
  EXPECT_EQ(changes_.lines, Lines{border()});
  // The table is changed by others meanwhile: its rows keep the definition that they had.
  run("ALTER TABLE shop.t ADD c INT");
  EXPECT_EQ(take({log_.query("XA COMMIT X'67',X'',1")}), "");
  EXPECT_EQ((Lines{changes_.lines.begin() + 1, changes_.lines.end()}),
            (Lines{"BEGIN", "INSERT t 9", "COMMIT", border()}));
  take({log_.query("XA COMMIT X'67',X'',1")});
  EXPECT_EQ(code_, Errc::kLost) << "a second time it is not known";
}

TEST_F(AssemblerTest, AnXaCommitWhoseLossWasAcceptedGivesNothing) {
  const uint64_t place = log_.offset();
  const std::string commit = log_.query("XA COMMIT X'67',X'',1");
  const std::string again = log_.query("XA COMMIT X'68',X'',1");
  take({commit});
  EXPECT_EQ(code_, Errc::kLost);
  ASSERT_TRUE(assembler_->stop());
  EXPECT_EQ(assembler_->stop()->kind, Stop::Kind::kLostXa);
  EXPECT_EQ(assembler_->stop()->at.offset, place);
  log_ = EventLog();
  restart();
  assembler_->accept_lost_xa({{"bin.000001", place, ""}});
  EXPECT_EQ(take({commit}), "");
  EXPECT_EQ(changes_.lines.size(), 1U) << "a border, and no record";
  take({again});
  EXPECT_EQ(code_, Errc::kLost) << "of another nobody spoke";
}

TEST_F(AssemblerTest, APreparedTransactionThatIsRolledBackGivesNothing) {
  EXPECT_EQ(take(xa_transaction(false)), "");
  EXPECT_EQ(xa_.list().size(), 1U);
  EXPECT_EQ(take({log_.query("XA ROLLBACK X'67',X'',1")}), "");
  EXPECT_EQ(changes_.lines.size(), 2U) << "two borders";
  EXPECT_TRUE(xa_.list().empty());
}

TEST_F(AssemblerTest, AnXaTransactionInOnePhaseIsLikeAnyOther) {
  EXPECT_EQ(take(xa_transaction(true)), "");
  EXPECT_EQ(changes_.lines, (Lines{"BEGIN", "INSERT t 9", "COMMIT", border()}));
  EXPECT_TRUE(xa_.list().empty());
}

TEST_F(AssemblerTest, AnImageMayLackColumnsThatAreGenerated) {
  run("CREATE TABLE shop.t2 (a INT, g INT AS (a + 1) VIRTUAL)");
  options_.selection.objects = {{"shop", "t"}, {"shop", "t2"}};
  restart();
  const auto row_without_the_second = [&](std::string_view table) {
    const std::string row = mysql::from_hex("090000000000 0100 0200 02 01 00 05000000");
    return take({log_.query("BEGIN"), log_.table_map(9, "shop", table, 2),
                 log_.add(EventType::kDeleteRowsV2, row), log_.xid()});
  };
  EXPECT_EQ(row_without_the_second("t2"), "");
  EXPECT_EQ(changes_.lines, (Lines{"BEGIN", "DELETE t2 5", "COMMIT", border()}));
  EXPECT_NE(row_without_the_second("t").find("the row image lacks columns"), std::string::npos);
}

TEST_F(AssemblerTest, AnAlterInTwoPhasesCountsAtItsCommit) {
  const auto gtid = [&](char sequence, std::string_view extra) {
    return log_.add(EventType::kMariaDbGtid,
                    std::string{sequence, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} +
                        mysql::from_hex("21" + std::string(extra)));
  };
  const std::string start = "02", commit = "04 0100000000000000", rollback = "08 0300000000000000";
  EXPECT_EQ(take({gtid(1, start), log_.query("ALTER TABLE t ADD c INT")}), "");
  EXPECT_EQ(changes_.lines, (Lines{border()})) << "until then rows have the old definition";
  EXPECT_EQ(catalog_.find("shop", "t")->columns.size(), 2U);
  changes_.lines.clear();
  EXPECT_EQ(take({gtid(2, commit), log_.query("ALTER TABLE t ADD c INT")}), "");
  EXPECT_EQ(changes_.lines, (Lines{"DDL ALTER TABLE t ADD c INT", border()}));
  EXPECT_EQ(catalog_.find("shop", "t")->columns.size(), 3U);
  changes_.lines.clear();
  EXPECT_EQ(take({gtid(3, start), log_.query("ALTER TABLE t DROP a")}), "");
  EXPECT_EQ(take({gtid(4, rollback), log_.query("ALTER TABLE t DROP a")}), "");
  EXPECT_EQ(changes_.lines.size(), 2U) << "borders only";
  EXPECT_EQ(catalog_.find("shop", "t")->columns.size(), 3U);
}

TEST_F(AssemblerTest, EveryTruncationStopsWithoutAnOverread) {
  const std::vector<std::string> events = {log_.query("BEGIN"), log_.table_map(9, "shop", "t", 2),
                                           log_.write_row(9, {1, 2}), log_.xid()};
  for (size_t n = 0; n < events.size(); ++n) {
    mysql::for_each_cut(events[n], [&](Bytes cut, size_t size) {
      XaMemory xa;
      Assembler assembler(options_, catalog_, changes_, xa);
      assembler.start({"bin.000001", 4, ""}, mysql::Flavour::kMySql);
      for (size_t i = 0; i < n; ++i) ASSERT_TRUE(assembler.event(as_bytes(events[i])));
      EXPECT_FALSE(assembler.event(cut)) << n << " of " << size << " bytes";
    });
  }
}

}  // namespace
}  // namespace millrace::capture
