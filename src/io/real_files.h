// SPDX-License-Identifier: Apache-2.0
// The operating system's files (Linux).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/files.h"

namespace millrace::io {

class RealFiles final : public Files {
 public:
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
};

// pread() of a descriptor that somebody else owns: fewer bytes only at the end.
Result<size_t> read_at(int fd, uint64_t position, std::span<std::byte> into);

}  // namespace millrace::io
