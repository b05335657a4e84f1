// SPDX-License-Identifier: Apache-2.0
#include "store/backup_note.h"

#include <gtest/gtest.h>

#include "io/sim_files.h"

namespace millrace::store {
namespace {

struct Folder {
  io::SimClock clock;
  io::SimFiles files{clock};
  Folder() { EXPECT_TRUE(io::make_folders(files, "/b")); }
};

const BackupNote kNote{.made_ms = 1'700'000'000'123, .version = "1.2.3", .has_key = true};

TEST(BackupNote, IsReadBackAndGoesWithTheFirstRestoredStart) {
  Folder f;
  EXPECT_FALSE(*read_backup_note(f.files, "/b"));
  EXPECT_TRUE(check_backup(f.files, "/b", false)) << "a data folder like any other";
  ASSERT_TRUE(write_backup_note(f.files, "/b", kNote));
  const auto note = read_backup_note(f.files, "/b");
  ASSERT_TRUE(note && *note);
  EXPECT_EQ((*note)->made_ms, kNote.made_ms);
  EXPECT_EQ((*note)->version, "1.2.3");
  EXPECT_TRUE((*note)->has_key);
  const Status refused = check_backup(f.files, "/b", false);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("--restored"), std::string::npos);
  EXPECT_TRUE(check_backup(f.files, "/b", true));
  ASSERT_TRUE(remove_backup_note(f.files, "/b"));
  f.files.crash(io::CrashOrder::kNothing, 1);
  EXPECT_TRUE(check_backup(f.files, "/b", false));
}

TEST(BackupNote, ABackupThatWasNeverFinishedIsServedInNoWay) {
  Folder f;
  ASSERT_TRUE(io::replace_file(f.files, "/b/backup.unfinished", {}));
  for (const bool restored : {false, true}) {
    EXPECT_EQ(check_backup(f.files, "/b", restored).error().code, Errc::kRefused);
  }
}

TEST(BackupNote, ANewerFormatIsRefusedByNameAndDamageIsTold) {
  Folder f;
  ASSERT_TRUE(io::replace_file(f.files, "/b/backup.json", as_bytes(R"({"format":2,"x":1})")));
  const auto newer = read_backup_note(f.files, "/b");
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, Errc::kUnsupported);
  EXPECT_NE(newer.error().what.find("/b/backup.json: format version 2"), std::string::npos);
  ASSERT_TRUE(write_backup_note(f.files, "/b", kNote));
  const std::string good = *f.files.content("/b/backup.json");
  for (size_t n = 0; n + 2 < good.size(); ++n) {
    ASSERT_TRUE(f.files.set_content("/b/backup.json", as_bytes(good.substr(0, n))));
    EXPECT_EQ(read_backup_note(f.files, "/b").error().code, Errc::kCorrupt) << n << " bytes";
    EXPECT_FALSE(check_backup(f.files, "/b", true)) << n << " bytes";
  }
}

}  // namespace
}  // namespace millrace::store
