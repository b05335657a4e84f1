// SPDX-License-Identifier: Apache-2.0
// The file system, as everything that must survive a crash sees it. RealFiles is the operating
// system's, SimFiles (sim_files.h) keeps all in memory and can lose power. What a program may
// believe after a crash: a file's bytes since its last sync() are there or not, in any mixture; a
// name that was made, changed or removed since its folder's last sync_folder() likewise.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace millrace::io {

// An open file. One thread may write while others read; positions are explicit, there is no cursor.
class File {
 public:
  virtual ~File() = default;
  // How many bytes were read: fewer than asked for only at the file's end.
  virtual Result<size_t> pread(uint64_t position, std::span<std::byte> into) const = 0;
  // All of it or an error; then any part of it may have been written.
  virtual Status pwrite(uint64_t position, Bytes bytes) = 0;
  virtual Status truncate(uint64_t size) = 0;
  // Bytes and all that is needed to read them (fdatasync). Never try again after an error: what was
  // not written may be forgotten, and a second call would say that all is well.
  virtual Status sync() = 0;
  virtual Result<uint64_t> size() const = 0;
  // For sendfile; -1 where there is none (simulated files).
  virtual int fd() const = 0;
};

enum class OpenMode : uint8_t {
  kRead,       // must exist
  kReadWrite,  // must exist
  kCreate,     // must not exist; readable and writable
};

struct FileInfo {
  uint64_t size = 0;
  int64_t modified_ms = 0;  // wall clock
  bool folder = false;
};

struct Space {
  uint64_t total_bytes = 0;
  uint64_t free_bytes = 0;  // to us: what is reserved for root does not count
};

// Held until it is destroyed, also by the process's death.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

// Any thread may call. Paths are the caller's; new files get mode 0600, folders 0700.
class Files {
 public:
  virtual ~Files() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  // Replaces `to` when it exists.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status unlink(const std::string& path) = 0;  // a file
  // Its parent must exist. kExists when there is something by that name.
  virtual Status make_folder(const std::string& path) = 0;
  virtual Status remove_folder(const std::string& path) = 0;  // an empty one
  // Makes the names in `path` (not the files' bytes) survive a crash.
  virtual Status sync_folder(const std::string& path) = 0;
  // The names in a folder, sorted.
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  virtual Result<FileInfo> info(const std::string& path) = 0;
  virtual Result<Space> space(const std::string& path) = 0;
  // Everything of the file system that holds `path` (syncfs): cheaper than many files in turn.
  virtual Status sync_all(const std::string& path) = 0;
  // Makes the file if need be. kRefused when another process, or another lock of ours, has it.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
};

// Small things on top of any Files.
// Parents too. The names are safe then, also those that were there.
Status make_folders(Files& files, const std::string& path);
Result<bool> exists(Files& files, const std::string& path);
// The names in a folder; none when it is not there.
Result<std::vector<std::string>> list_or_nothing(Files& files, const std::string& path);
// The whole file; kTooLarge above `limit`.
Result<std::string> read_file(Files& files, const std::string& path, uint64_t limit);
// The whole file as one step that survives a crash: a temporary one, synced, renamed over it.
Status replace_file(Files& files, const std::string& path, Bytes bytes);
// Told of bytes as they are copied; false stops it with kCancelled.
using CopyProgress = std::function<bool(uint64_t bytes)>;
// The first `bytes` of a file into a new one, synced; its name is the caller's to sync.
Status copy_file(Files& files, const std::string& from, const std::string& to, uint64_t bytes,
                 const CopyProgress& progress);
// A folder and all below it, into a new folder.
Status copy_tree(Files& files, const std::string& from, const std::string& to,
                 const CopyProgress& progress);
// Of a file, or of all below a folder. What goes away meanwhile does not count.
Result<uint64_t> bytes_below(Files& files, const std::string& path);
// A folder and all below it. Missing is fine.
Status remove_tree(Files& files, const std::string& path);
// Folder part of a path: "a/b" of "a/b/c", "." where there is none.
std::string parent_of(const std::string& path);

}  // namespace millrace::io
