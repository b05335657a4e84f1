// SPDX-License-Identifier: Apache-2.0
#include "io/files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "io/clock.h"
#include "io/random.h"
#include "io/real_files.h"
#include "io/sim_files.h"

namespace millrace::io {
namespace {

std::string read_back(Files& files, const std::string& path) {
  auto text = read_file(files, path, 1 << 20);
  return text ? *text : "error: " + text.error().what;
}

// What both file systems promise alike.
void check_common(Files& files, const std::string& root) {
  ASSERT_TRUE(make_folders(files, root + "/a/b"));
  ASSERT_TRUE(make_folders(files, root + "/a/b")) << "again";
  EXPECT_EQ(files.make_folder(root + "/a").error().code, Errc::kExists);
  EXPECT_EQ(files.make_folder(root + "/x/y").error().code, Errc::kNotFound);
  EXPECT_EQ(files.open(root + "/a/f", OpenMode::kRead).error().code, Errc::kNotFound);
  {
    auto file = files.open(root + "/a/f", OpenMode::kCreate);
    ASSERT_TRUE(file) << file.error().what;
    ASSERT_TRUE((*file)->pwrite(3, as_bytes("def")));
    ASSERT_TRUE((*file)->pwrite(0, as_bytes("abc")));
    ASSERT_TRUE((*file)->sync());
    EXPECT_EQ(*(*file)->size(), 6U);
    ASSERT_TRUE((*file)->truncate(4));
    std::byte room[10];
    EXPECT_EQ(*(*file)->pread(1, room), 3U);
    EXPECT_EQ(as_text({room, 3}), "bcd");
    EXPECT_EQ(*(*file)->pread(4, room), 0U);
    EXPECT_EQ(*(*file)->pread(400, room), 0U);
  }
  EXPECT_EQ(files.open(root + "/a/f", OpenMode::kCreate).error().code, Errc::kExists);
  EXPECT_EQ(files.info(root + "/a/f")->size, 4U);
  EXPECT_FALSE(files.info(root + "/a/f")->folder);
  EXPECT_TRUE(files.info(root + "/a")->folder);
  ASSERT_TRUE(files.rename(root + "/a/f", root + "/a/b/g"));
  EXPECT_FALSE(*exists(files, root + "/a/f"));
  EXPECT_EQ(read_back(files, root + "/a/b/g"), "abcd");
  EXPECT_EQ(read_file(files, root + "/a/b/g", 3).error().code, Errc::kTooLarge);
  ASSERT_TRUE(replace_file(files, root + "/a/b/g", as_bytes("new")));
  EXPECT_EQ(read_back(files, root + "/a/b/g"), "new");
  EXPECT_EQ(*files.list(root + "/a/b"), std::vector<std::string>{"g"});
  EXPECT_GT(files.space(root)->free_bytes, 0U);
  ASSERT_TRUE(files.sync_all(root));
  {
    auto lock = files.lock(root + "/lock");
    ASSERT_TRUE(lock);
    EXPECT_EQ(files.lock(root + "/lock").error().code, Errc::kRefused);
  }
  EXPECT_TRUE(files.lock(root + "/lock"));
  EXPECT_FALSE(files.remove_folder(root + "/a"));
  ASSERT_TRUE(remove_tree(files, root));
  ASSERT_TRUE(remove_tree(files, root)) << "again";
  EXPECT_FALSE(*exists(files, root));
}

TEST(Files, TheRealOnesKeepTheirPromises) {
  RealFiles files;
  check_common(files, testing::TempDir() + "millrace_files_" + std::to_string(::getpid()));
}

TEST(Files, TheSimulatedOnesKeepTheSamePromises) {
  SimClock clock;
  SimFiles files(clock);
  check_common(files, "/data");
}

struct Disk {
  SimClock clock;
  SimFiles files{clock};
  // A file with synced and unsynced bytes, in a folder whose names were synced.
  void prepare() {
    ASSERT_TRUE(make_folders(files, "/d"));
    auto file = files.open("/d/f", OpenMode::kCreate);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->pwrite(0, as_bytes("safe")));
    ASSERT_TRUE((*file)->sync());
    ASSERT_TRUE(files.sync_folder("/d"));
    ASSERT_TRUE((*file)->pwrite(4, as_bytes("lost")));
    ASSERT_TRUE(files.open("/d/new", OpenMode::kCreate));
  }
};

TEST(SimFiles, ACrashLosesWhatWasNotSynced) {
  Disk disk;
  disk.prepare();
  disk.files.crash(CrashOrder::kNothing, 1);
  EXPECT_EQ(read_back(disk.files, "/d/f"), "safe");
  EXPECT_FALSE(*exists(disk.files, "/d/new"));
}

TEST(SimFiles, ACrashMayKeepWhatWasNotSynced) {
  Disk disk;
  disk.prepare();
  disk.files.crash(CrashOrder::kEverything, 1);
  EXPECT_EQ(read_back(disk.files, "/d/f"), "safelost");
  EXPECT_TRUE(*exists(disk.files, "/d/new"));
}

TEST(SimFiles, NamesAndBytesSurviveEachWithoutTheOther) {
  Disk names;
  names.prepare();
  names.files.crash(CrashOrder::kNamesOnly, 1);
  EXPECT_EQ(read_back(names.files, "/d/f"), "safe");
  EXPECT_TRUE(*exists(names.files, "/d/new"));
  Disk bytes;
  bytes.prepare();
  bytes.files.crash(CrashOrder::kBytesOnly, 1);
  EXPECT_EQ(read_back(bytes.files, "/d/f"), "safelost");
  EXPECT_FALSE(*exists(bytes.files, "/d/new"));
}

TEST(SimFiles, AWriteIsTornAtEveryByteBySomeSeed) {
  std::vector<bool> seen(9);
  for (uint64_t seed = 0; seed < 500; ++seed) {
    Disk disk;
    disk.prepare();
    disk.files.crash(CrashOrder::kPrefix, seed);
    const std::string text = read_back(disk.files, "/d/f");
    ASSERT_EQ(std::string("safelost").substr(0, text.size()), text);
    seen[text.size()] = true;
  }
  for (size_t size = 4; size <= 8; ++size) EXPECT_TRUE(seen[size]) << size;
}

TEST(SimFiles, RandomOrderLosesSingleSectors) {
  bool hole = false;
  for (uint64_t seed = 0; seed < 50 && !hole; ++seed) {
    Disk disk;
    ASSERT_TRUE(make_folders(disk.files, "/d"));
    auto file = disk.files.open("/d/f", OpenMode::kCreate);
    ASSERT_TRUE(file);
    ASSERT_TRUE(disk.files.sync_folder("/d"));
    const std::string three(1536, 'x');
    ASSERT_TRUE((*file)->pwrite(0, as_bytes(three)));
    disk.files.crash(CrashOrder::kRandom, seed);
    const std::string text = read_back(disk.files, "/d/f");
    ASSERT_EQ(text.size() % 512, 0U);
    hole = text.size() == 1536 && text[600] == '\0' && text[1400] == 'x';
  }
  EXPECT_TRUE(hole);
}

TEST(SimFiles, AFailedSyncForgetsAndTheNextOneDoesNotBringItBack) {
  Disk disk;
  ASSERT_TRUE(make_folders(disk.files, "/d"));
  auto file = disk.files.open("/d/f", OpenMode::kCreate);
  ASSERT_TRUE(file);
  ASSERT_TRUE(disk.files.sync_folder("/d"));
  ASSERT_TRUE((*file)->pwrite(0, as_bytes("gone")));
  disk.files.fail_call(disk.files.calls() + 1, Errc::kIo);
  EXPECT_EQ((*file)->sync().error().code, Errc::kIo);
  EXPECT_TRUE((*file)->sync());
  EXPECT_EQ(read_back(disk.files, "/d/f"), "gone") << "still readable";
  disk.files.crash(CrashOrder::kNothing, 1);
  EXPECT_EQ(read_back(disk.files, "/d/f"), "");
}

TEST(SimFiles, NothingHappensAfterThePowerIsOff) {
  Disk disk;
  disk.prepare();
  auto file = disk.files.open("/d/f", OpenMode::kReadWrite);
  ASSERT_TRUE(file);
  disk.files.power_off_after(disk.files.calls() + 1);
  EXPECT_TRUE((*file)->pwrite(0, as_bytes("S")));
  EXPECT_FALSE((*file)->pwrite(1, as_bytes("A")));
  EXPECT_FALSE((*file)->sync());
  EXPECT_FALSE(disk.files.unlink("/d/f"));
  disk.files.crash(CrashOrder::kEverything, 1);
  EXPECT_EQ(read_back(disk.files, "/d/f"), "Safelost");
  EXPECT_FALSE((*file)->pwrite(0, as_bytes("x"))) << "an open file does not outlive the crash";
}

TEST(SimFiles, AFullDiskTakesWhatFits) {
  Disk disk;
  disk.prepare();
  disk.files.set_capacity(10);
  auto file = disk.files.open("/d/f", OpenMode::kReadWrite);
  ASSERT_TRUE(file);
  EXPECT_EQ((*file)->pwrite(8, as_bytes("12345")).error().code, Errc::kNoSpace);
  EXPECT_EQ(read_back(disk.files, "/d/f"), "safelost12");
  EXPECT_TRUE((*file)->pwrite(0, as_bytes("over"))) << "what does not grow still goes";
  EXPECT_EQ(disk.files.space("/d")->free_bytes, 0U);
}

TEST(SimFiles, EveryCallCanBeMadeToFail) {
  Disk disk;
  disk.prepare();
  disk.files.fail_call(disk.files.calls() + 1, Errc::kNoSpace);
  EXPECT_EQ(disk.files.rename("/d/f", "/d/g").error().code, Errc::kNoSpace);
  EXPECT_TRUE(disk.files.rename("/d/f", "/d/g"));
  disk.files.fail_reads(true);
  EXPECT_EQ(read_file(disk.files, "/d/g", 100).error().code, Errc::kIo);
}

TEST(SimClock, MovesOnlyWhenTold) {
  SimClock clock(1000);
  EXPECT_EQ(clock.wall_ms(), 1000);
  const int64_t start = clock.monotonic_ms();
  clock.advance_ms(5);
  clock.step_wall_ms(-100);
  EXPECT_EQ(clock.wall_ms(), 905);
  EXPECT_EQ(clock.monotonic_ms(), start + 5);
}

TEST(Random, TheSimulatedOneRepeatsItselfAndTheRealOneDoesNot) {
  SimRandom one(7);
  SimRandom two(7);
  EXPECT_EQ(one.next(), two.next());
  EXPECT_NE(one.next(), one.next());
  RealRandom real;
  EXPECT_NE(real.next(), real.next());
  for (int i = 0; i < 100; ++i) EXPECT_LT(one.below(3), 3U);
}

}  // namespace
}  // namespace millrace::io
