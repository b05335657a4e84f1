// SPDX-License-Identifier: Apache-2.0
#include "task/disk.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/units.h"

namespace millrace::task {
namespace {

constexpr uint64_t kBallastPiece = 1 << 20;  // written in one tick
constexpr uint64_t kMarginPart = 16;
constexpr uint64_t kBallastPart = 20;

}  // namespace

Disk::Disk(io::Files& files, std::string folder, DiskOptions options,
           std::function<void(const std::string&)> log)
    : files_(files), folder_(std::move(folder)), options_(options), log_(std::move(log)) {}

uint64_t Disk::reserve(const io::Space& space) const {
  return std::max(
      options_.reserve_bytes,
      static_cast<uint64_t>(static_cast<double>(space.total_bytes) * options_.reserve_share));
}

Status Disk::check() {
  const io::Space space = TRY(files_.space(folder_));
  const uint64_t reserve = this->reserve(space);
  const uint64_t needed = short_ ? reserve + reserve / kMarginPart : reserve;
  short_ = space.free_bytes < needed;
  {
    const std::lock_guard lock(mutex_);
    view_.total_bytes = space.total_bytes;
    view_.free_bytes = space.free_bytes;
    view_.reserve_bytes = reserve;
    view_.is_short = short_;
  }
  if (!short_) return Done{};
  return Error{Errc::kNoSpace,
               fmt::format("the disk under {} has less room left than the reserve (disk_reserve) "
                           "of {}; tracking goes on by itself when there is room",
                           folder_, bytes_text(reserve))};
}

DiskView Disk::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

void Disk::tick() {
  // The ballast is not for tasks: they have had a second to stop.
  const bool was_short = short_;
  const Status checked = check();
  if (!checked && checked.error().code != Errc::kNoSpace) return;
  const auto space = files_.space(folder_);
  if (!space) return;
  // What cannot be done now is tried again in a second.
  const Status kept = keep_ballast(*space, was_short);
  static_cast<void>(kept);
}

Status Disk::keep_ballast(const io::Space& space, bool was_short) {
  const std::string path = folder_ + "/ballast";
  const uint64_t wanted = std::min(options_.ballast_bytes, space.total_bytes / kBallastPart);
  uint64_t size = 0;
  if (const auto info = files_.info(path)) size = info->size;
  if (size > 0 && was_short && space.free_bytes < wanted / 2) {
    TRY(files_.unlink(path));
    TRY(files_.sync_folder(folder_));
    log_(
        fmt::format("the disk under {} is full: the ballast of {} is given up for control.db and "
                    "the journals; make room",
                    folder_, bytes_text(size)));
    size = 0;
  } else if (size < wanted && space.free_bytes >= reserve(space) + 2 * wanted) {
    const uint64_t piece = std::min(kBallastPiece, wanted - size);
    // Not zeros: a file system may keep those without room.
    std::vector<std::byte> bytes(piece);
    uint32_t state = static_cast<uint32_t>(size >> 8) | 1;
    for (std::byte& one : bytes) {
      state = state * 1664525 + 1013904223;
      one = static_cast<std::byte>(state >> 24);
    }
    auto file =
        files_.open(path, size == 0 && !TRY(io::exists(files_, path)) ? io::OpenMode::kCreate
                                                                      : io::OpenMode::kReadWrite);
    if (!file) return std::move(file.error());
    TRY((*file)->pwrite(size, bytes));
    if (size + piece == wanted) TRY((*file)->sync());
    size += piece;
  }
  const std::lock_guard lock(mutex_);
  view_.ballast_bytes = size;
  return Done{};
}

}  // namespace millrace::task
