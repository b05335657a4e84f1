// SPDX-License-Identifier: Apache-2.0
#include "task/disk.h"

#include <gtest/gtest.h>

#include <vector>

#include "io/sim_files.h"

namespace millrace::task {
namespace {

constexpr uint64_t kMiB = 1 << 20;

struct TestDisk {
  io::SimClock clock;
  io::SimFiles files{clock};
  std::vector<std::string> said;
  Disk disk;

  explicit TestDisk(uint64_t capacity, DiskOptions options)
      : disk(files, "/data", options, [this](const std::string& text) { said.push_back(text); }) {
    EXPECT_TRUE(io::make_folders(files, "/data"));
    files.set_capacity(capacity);
  }
  // So many bytes of somebody else's.
  Status fill(uint64_t bytes) {
    if (TRY(io::exists(files, "/data/other"))) TRY(files.unlink("/data/other"));
    const auto file = TRY(files.open("/data/other", io::OpenMode::kCreate));
    return file->pwrite(0, std::vector<std::byte>(bytes));
  }
};

TEST(Disk, TasksWaitBelowTheReserveAndGoOnAboveItWithAMargin) {
  TestDisk t(32 * kMiB, {.reserve_bytes = 8 * kMiB, .reserve_share = 0, .ballast_bytes = 0});
  EXPECT_TRUE(t.disk.check());
  ASSERT_TRUE(t.fill(25 * kMiB));
  const Status full = t.disk.check();
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Errc::kNoSpace);
  EXPECT_NE(full.error().what.find("disk_reserve"), std::string::npos);
  EXPECT_TRUE(t.disk.view().is_short);
  ASSERT_TRUE(t.fill(24 * kMiB));
  EXPECT_FALSE(t.disk.check()) << "it would be full again at once";
  ASSERT_TRUE(t.fill(23 * kMiB));
  EXPECT_TRUE(t.disk.check());
  EXPECT_FALSE(t.disk.view().is_short);
}

TEST(Disk, TheReserveIsAPartOfTheDiskWhereThatIsMore) {
  TestDisk t(1000 * kMiB, {.reserve_bytes = kMiB, .reserve_share = 0.05, .ballast_bytes = 0});
  EXPECT_TRUE(t.disk.check());
  EXPECT_EQ(t.disk.view().reserve_bytes, 50 * kMiB);
}

TEST(Disk, TheBallastIsMadeInPiecesGivenUpWhenTheDiskIsFullAndMadeAgain) {
  TestDisk t(64 * kMiB, {.reserve_bytes = 8 * kMiB, .reserve_share = 0, .ballast_bytes = 3 * kMiB});
  t.disk.tick();
  EXPECT_EQ(t.files.info("/data/ballast")->size, kMiB) << "a tick is short";
  for (int i = 0; i < 5; ++i) t.disk.tick();
  EXPECT_EQ(t.files.info("/data/ballast")->size, 3 * kMiB);
  EXPECT_EQ(t.disk.view().ballast_bytes, 3 * kMiB);

  // Below the reserve it stays: it is for whoever fills the disk to the end.
  ASSERT_TRUE(t.fill(57 * kMiB));
  t.disk.tick();
  EXPECT_EQ(t.disk.view().ballast_bytes, 3 * kMiB);
  EXPECT_TRUE(t.said.empty());
  ASSERT_TRUE(t.fill(60 * kMiB));
  EXPECT_FALSE(io::replace_file(t.files, "/data/journal", std::vector<std::byte>(2 * kMiB)));
  t.disk.tick();
  EXPECT_FALSE(*io::exists(t.files, "/data/ballast"));
  EXPECT_TRUE(io::replace_file(t.files, "/data/journal", std::vector<std::byte>(2 * kMiB)));
  ASSERT_EQ(t.said.size(), 1U);
  EXPECT_NE(t.said[0].find("is full"), std::string::npos);

  ASSERT_TRUE(t.fill(1));
  for (int i = 0; i < 5; ++i) t.disk.tick();
  EXPECT_EQ(t.disk.view().ballast_bytes, 3 * kMiB);

  ASSERT_TRUE(t.fill(58 * kMiB));
  t.disk.tick();
  EXPECT_EQ(t.disk.view().ballast_bytes, 3 * kMiB) << "tasks would write it full";
  t.disk.tick();
  EXPECT_EQ(t.disk.view().ballast_bytes, 0U);
}

TEST(Disk, AfterACrashTheBallastIsGoneOnWith) {
  TestDisk t(400 * kMiB, {.reserve_bytes = kMiB, .reserve_share = 0, .ballast_bytes = 2 * kMiB});
  t.disk.tick();
  t.files.crash(io::CrashOrder::kNamesOnly, 1);
  for (int i = 0; i < 3; ++i) t.disk.tick();
  EXPECT_EQ(t.files.info("/data/ballast")->size, 2 * kMiB);
}

}  // namespace
}  // namespace millrace::task
