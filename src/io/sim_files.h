// SPDX-License-Identifier: Apache-2.0
// A disk in memory that can lose power, fill up and refuse any single call. It promises no more
// than POSIX does: bytes are safe after sync(), names after sync_folder().
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "io/clock.h"
#include "io/files.h"

namespace millrace::io {

// What of the unsynced changes a crash leaves behind.
enum class CrashOrder : uint8_t {
  kNothing,     // none
  kEverything,  // all, as if synced
  kNamesOnly,   // all names, no bytes
  kBytesOnly,   // all bytes of files whose names were synced, no names
  kPrefix,      // those up to a random one, which may be torn at any byte
  kRandom,      // each by a coin; writes lose single 512-byte sectors; names keep their order
};
inline constexpr CrashOrder kCrashOrders[] = {CrashOrder::kNothing,   CrashOrder::kEverything,
                                              CrashOrder::kNamesOnly, CrashOrder::kBytesOnly,
                                              CrashOrder::kPrefix,    CrashOrder::kRandom};

class SimFiles final : public Files {
 public:
  explicit SimFiles(const Clock& clock);
  ~SimFiles() override;

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status unlink(const std::string& path) override;
  Status make_folder(const std::string& path) override;
  Status remove_folder(const std::string& path) override;
  Status sync_folder(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<FileInfo> info(const std::string& path) override;
  Result<Space> space(const std::string& path) override;
  Status sync_all(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;

  // Calls that change or sync something, counted from 1 since the start.
  uint64_t calls() const;
  uint64_t syncs() const;
  // After `call` calls the power is off: every later one fails and changes nothing, until crash().
  void power_off_after(uint64_t call);
  // Ends the power cut: what was synced is there, of the rest what `order` says. Open files are
  // dead.
  void crash(CrashOrder order, uint64_t seed);
  // That one call fails with `code`. A write may still have put a part of its bytes into the file;
  // a sync that fails forgets what it did not write, as Linux does.
  void fail_call(uint64_t call, Errc code);
  // Also reads fail, until told otherwise.
  void fail_reads(bool fail);
  // Writes fail with kNoSpace when all files together would be larger.
  void set_capacity(std::optional<uint64_t> bytes);

  // For tests that damage or compare: the live content.
  Result<std::string> content(const std::string& path);
  Status set_content(const std::string& path, Bytes bytes);  // as if synced
  // All paths of files, sorted.
  std::vector<std::string> all_files() const;

 private:
  friend class SimFile;
  struct Inode;
  struct Folder;
  struct Change;
  struct State;
  mutable std::mutex mutex_;
  std::unique_ptr<State> state_;
};

}  // namespace millrace::io
