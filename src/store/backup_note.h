// SPDX-License-Identifier: Apache-2.0
// DATA/backup.json says that a data folder is a backup: whoever serves it goes on beyond all that
// was seen of the original (guarantee 9), once. docs/formats/backup.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "io/files.h"

namespace millrace::store {

struct BackupNote {
  int64_t made_ms = 0;   // when it began: it holds at least what was there by then
  std::string version;   // of the program
  bool has_key = false;  // the key to the passwords is in it
};

inline constexpr std::string_view kBackupNote = "backup.json";
// There while a backup is being made.
inline constexpr std::string_view kBackupUnfinished = "backup.unfinished";

Status write_backup_note(io::Files& files, const std::string& folder, const BackupNote& note);
// nullopt: the folder is no backup. kUnsupported: of a newer version.
Result<std::optional<BackupNote>> read_backup_note(io::Files& files, const std::string& folder);
// Before a folder is served. kRefused: it is a backup that is not whole, or one that has to be
// served with --restored first.
Status check_backup(io::Files& files, const std::string& folder, bool restored);
// It has been: from now on it is a data folder like any other.
Status remove_backup_note(io::Files& files, const std::string& folder);

}  // namespace millrace::store
