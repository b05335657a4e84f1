// SPDX-License-Identifier: Apache-2.0
#include "capture/xa_folder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "capture/event_log_test_support.h"
#include "io/clock.h"
#include "io/sim_files.h"

namespace millrace::capture {
namespace {

using mysql::EventType;

const schema::Xid kXid{1, "order-7", ""};

struct Disk {
  io::SimClock clock{1'700'000'000'000};
  io::SimFiles files{clock};
  std::unique_ptr<XaFolder> xa;

  Status open(uint64_t journaled) {
    xa.reset();
    auto opened = XaFolder::open(files, "/task/xa", place(journaled));
    if (!opened) return std::move(opened.error());
    xa = std::move(*opened);
    return Done{};
  }
  static change::Position place(uint64_t offset) { return {"bin.000001", offset, ""}; }

  Status prepare(uint64_t offset, const schema::Xid& xid = kXid) {
    EventLog log;
    TRY(xa->append(as_bytes(log.query("XA START 'order-7'"))));
    TRY(xa->append(as_bytes(log.table_map(9, "shop", "t", 2))));
    TRY(xa->append(as_bytes(log.write_row(9, {1, 2}))));
    return xa->prepare({xid, place(offset), 1'700'000'000'000'000, {"definition"}});
  }
  std::vector<std::string> events(const schema::Xid& xid = kXid) {
    std::vector<std::string> all;
    const Status status = xa->replay(xid, [&](Bytes event) -> Status {
      all.emplace_back(as_text(event));
      return Done{};
    });
    if (!status) all.emplace_back(status.error().what);
    return all;
  }
};

TEST(XaFolder, GivesBackWhatWasPreparedAlsoAfterARestart) {
  Disk disk;
  ASSERT_TRUE(disk.open(4));
  ASSERT_TRUE(disk.prepare(500));
  const std::vector<std::string> before = disk.events();
  EXPECT_EQ(before.size(), 3U);
  ASSERT_TRUE(disk.open(500));
  ASSERT_NE(disk.xa->find(kXid), nullptr);
  EXPECT_EQ(disk.xa->find(kXid)->history, std::vector<std::string>{"definition"});
  EXPECT_EQ(disk.xa->find(kXid)->prepared, Disk::place(500));
  EXPECT_EQ(disk.events(), before);
  EXPECT_EQ(disk.xa->find({1, "another", ""}), nullptr);
}

TEST(XaFolder, ANewerFormatIsRefusedByName) {
  for (const std::string name : {"00000000000000000001.prepared", "00000000000000000001.done"}) {
    Disk disk;
    ASSERT_TRUE(disk.open(4));
    ASSERT_TRUE(disk.prepare(500));
    ASSERT_TRUE(disk.xa->finish(kXid, Disk::place(600)));
    const std::string path = "/task/xa/" + name;
    std::string bytes = *disk.files.content(path);
    bytes[4] = 2;
    ASSERT_TRUE(disk.files.set_content(path, as_bytes(bytes)));
    const Status opened = disk.open(500);
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error().code, Errc::kUnsupported);
    EXPECT_NE(opened.error().what.find(path), std::string::npos) << opened.error().what;
  }
}

TEST(XaFolder, WhatLiesBeyondTheJournalIsReadAgainAndDropped) {
  Disk disk;
  ASSERT_TRUE(disk.open(4));
  ASSERT_TRUE(disk.prepare(500));
  ASSERT_TRUE(disk.open(499));
  EXPECT_EQ(disk.xa->find(kXid), nullptr);
  EXPECT_TRUE(disk.files.list("/task/xa")->empty());
}

TEST(XaFolder, AnEndIsTakenBackUntilItIsJournaled) {
  Disk disk;
  ASSERT_TRUE(disk.open(4));
  ASSERT_TRUE(disk.prepare(500));
  ASSERT_TRUE(disk.xa->finish(kXid, Disk::place(900)));
  EXPECT_EQ(disk.xa->find(kXid), nullptr);
  ASSERT_TRUE(disk.open(899));
  EXPECT_NE(disk.xa->find(kXid), nullptr);
  ASSERT_TRUE(disk.xa->finish(kXid, Disk::place(900)));
  ASSERT_TRUE(disk.open(900));
  EXPECT_EQ(disk.xa->find(kXid), nullptr);
  EXPECT_TRUE(disk.files.list("/task/xa")->empty());
}

TEST(XaFolder, WhatHasPassedIsRemoved) {
  Disk disk;
  ASSERT_TRUE(disk.open(4));
  ASSERT_TRUE(disk.prepare(500));
  ASSERT_TRUE(disk.xa->finish(kXid, Disk::place(900)));
  ASSERT_TRUE(disk.xa->passed(Disk::place(899)));
  EXPECT_FALSE(disk.files.list("/task/xa")->empty());
  ASSERT_TRUE(disk.xa->passed(Disk::place(900)));
  EXPECT_TRUE(disk.files.list("/task/xa")->empty());
}

TEST(XaFolder, OnePhaseLeavesNothing) {
  Disk disk;
  ASSERT_TRUE(disk.open(4));
  EventLog log;
  size_t seen = 0;
  // Past what is gathered in memory, too.
  for (int i = 0; i < 20'000; ++i) ASSERT_TRUE(disk.xa->append(as_bytes(log.write_row(9, {1, 2}))));
  ASSERT_TRUE(disk.xa->replay_open([&](Bytes) -> Status {
    ++seen;
    return Done{};
  }));
  EXPECT_EQ(seen, 20'000U);
  ASSERT_TRUE(disk.xa->discard());
  EXPECT_TRUE(disk.files.list("/task/xa")->empty());
}

// The promise: once prepare() has returned, it is there after any crash.
TEST(XaFolder, APowerCutAfterAnyCallKeepsWhatWasPromised) {
  for (const io::CrashOrder order : io::kCrashOrders) {
    for (uint64_t call = 1;; ++call) {
      Disk disk;
      ASSERT_TRUE(disk.open(4));
      const uint64_t before = disk.files.calls();
      disk.files.power_off_after(before + call);
      const Status prepared = disk.prepare(500);
      const bool cut = disk.files.calls() >= before + call;
      disk.files.crash(order, call);
      ASSERT_TRUE(disk.open(500)) << "call " << call;
      if (prepared) {
        ASSERT_NE(disk.xa->find(kXid), nullptr) << "call " << call;
      }
      if (disk.xa->find(kXid) != nullptr) {
        EXPECT_EQ(disk.events().size(), 3U) << "call " << call;
      }
      if (!cut) break;
    }
  }
}

TEST(XaFolder, DamageIsNamed) {
  for (const char* suffix : {".xa", ".prepared"}) {
    Disk disk;
    ASSERT_TRUE(disk.open(4));
    ASSERT_TRUE(disk.prepare(500));
    const std::string path = std::string("/task/xa/00000000000000000001") + suffix;
    std::string bytes = *disk.files.content(path);
    for (size_t size = 0; size < bytes.size(); ++size) {
      ASSERT_TRUE(disk.files.set_content(path, as_bytes(bytes.substr(0, size))));
      const Status opened = disk.open(500);
      const std::string what = opened ? disk.events().back() : opened.error().what;
      EXPECT_NE(what.find(path), std::string::npos) << size << " bytes of " << suffix;
    }
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    ASSERT_TRUE(disk.files.set_content(path, as_bytes(bytes)));
    const Status opened = disk.open(500);
    const std::string what = opened ? disk.events().back() : opened.error().what;
    EXPECT_NE(what.find(path), std::string::npos) << suffix;
  }
}

}  // namespace
}  // namespace millrace::capture
