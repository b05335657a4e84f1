// SPDX-License-Identifier: Apache-2.0
#include "io/real_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace millrace::io {
namespace {

Errc code_of(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return Errc::kNoSpace;
    case ENOENT:
      return Errc::kNotFound;
    case EEXIST:
      return Errc::kExists;
    case EACCES:
    case EPERM:
    case EROFS:
      return Errc::kDenied;
    default:
      return Errc::kIo;
  }
}

Error system_error(const char* doing, const std::string& path) {
  const int error = errno;
  return {code_of(error),
          fmt::format("{} {}: {}", doing, path, std::generic_category().message(error))};
}

// Owns a descriptor.
class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

class RealFile final : public File {
 public:
  RealFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  Result<size_t> pread(uint64_t position, std::span<std::byte> into) const override {
    auto got = read_at(fd_.get(), position, into);
    if (!got) return in_context(path_, std::move(got.error()));
    return got;
  }
  Status pwrite(uint64_t position, Bytes bytes) override {
    while (!bytes.empty()) {
      const ssize_t put =
          ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(position));
      if (put < 0) {
        if (errno == EINTR) continue;
        return system_error("cannot write", path_);
      }
      bytes = bytes.subspan(static_cast<size_t>(put));
      position += static_cast<uint64_t>(put);
    }
    return Done{};
  }
  Status truncate(uint64_t size) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) {
      return system_error("cannot truncate", path_);
    }
    return Done{};
  }
  Status sync() override {
    if (::fdatasync(fd_.get()) != 0) return system_error("cannot sync", path_);
    return Done{};
  }
  Result<uint64_t> size() const override {
    struct stat info {};
    if (::fstat(fd_.get(), &info) != 0) return system_error("cannot stat", path_);
    return static_cast<uint64_t>(info.st_size);
  }
  int fd() const override { return fd_.get(); }

 private:
  Fd fd_;
  std::string path_;
};

class RealLock final : public FileLock {
 public:
  explicit RealLock(int fd) : fd_(fd) {}

 private:
  Fd fd_;
};

int open_flags(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead:
      return O_RDONLY;
    case OpenMode::kReadWrite:
      return O_RDWR;
    case OpenMode::kCreate:
      return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

}  // namespace

Result<size_t> read_at(int fd, uint64_t position, std::span<std::byte> into) {
  size_t done = 0;
  while (done < into.size()) {
    const ssize_t got =
        ::pread(fd, into.data() + done, into.size() - done, static_cast<off_t>(position + done));
    if (got < 0) {
      if (errno == EINTR) continue;
      return Error{code_of(errno), fmt::format("cannot read at {}: {}", position + done,
                                               std::generic_category().message(errno))};
    }
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

Result<std::unique_ptr<File>> RealFiles::open(const std::string& path, OpenMode mode) {
  const int fd = ::open(path.c_str(), open_flags(mode) | O_CLOEXEC, 0600);
  if (fd < 0)
    return system_error(mode == OpenMode::kCreate ? "cannot create" : "cannot open", path);
  return std::unique_ptr<File>(new RealFile(fd, path));
}

Status RealFiles::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    return system_error("cannot rename", from + " to " + to);
  }
  return Done{};
}

Status RealFiles::unlink(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return system_error("cannot remove", path);
  return Done{};
}

Status RealFiles::make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0) return system_error("cannot make folder", path);
  return Done{};
}

Status RealFiles::remove_folder(const std::string& path) {
  if (::rmdir(path.c_str()) != 0) return system_error("cannot remove folder", path);
  return Done{};
}

Status RealFiles::sync_folder(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return system_error("cannot open folder", path);
  if (::fsync(fd.get()) != 0) return system_error("cannot sync folder", path);
  return Done{};
}

Result<std::vector<std::string>> RealFiles::list(const std::string& path) {
  DIR* folder = ::opendir(path.c_str());
  if (folder == nullptr) return system_error("cannot list", path);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  const int error = errno;
  ::closedir(folder);
  if (error != 0) {
    errno = error;
    return system_error("cannot list", path);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<FileInfo> RealFiles::info(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return system_error("cannot stat", path);
  return FileInfo{.size = static_cast<uint64_t>(info.st_size),
                  .modified_ms = static_cast<int64_t>(info.st_mtim.tv_sec) * 1000 +
                                 info.st_mtim.tv_nsec / 1'000'000,
                  .folder = S_ISDIR(info.st_mode)};
}

Result<Space> RealFiles::space(const std::string& path) {
  struct statvfs info {};
  if (::statvfs(path.c_str(), &info) != 0) return system_error("cannot stat the disk of", path);
  return Space{.total_bytes = static_cast<uint64_t>(info.f_blocks) * info.f_frsize,
               .free_bytes = static_cast<uint64_t>(info.f_bavail) * info.f_frsize};
}

Status RealFiles::sync_all(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return system_error("cannot open", path);
  if (::syncfs(fd.get()) != 0) return system_error("cannot sync the disk of", path);
  return Done{};
}

Result<std::unique_ptr<FileLock>> RealFiles::lock(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return system_error("cannot open", path);
  auto lock = std::make_unique<RealLock>(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return Error{Errc::kRefused, path + " is locked: another process uses this folder"};
    }
    return system_error("cannot lock", path);
  }
  return std::unique_ptr<FileLock>(std::move(lock));
}

}  // namespace millrace::io
