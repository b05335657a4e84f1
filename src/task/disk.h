// SPDX-License-Identifier: Apache-2.0
// The room that is left on the disk of the data folder: tasks wait when it is less than the
// reserve, before the disk is full, and a ballast file is given up when somebody fills it all the
// same, so that control.db and the journals stay writable. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "io/files.h"

namespace millrace::task {

struct DiskOptions {
  uint64_t reserve_bytes = uint64_t{2} << 30;
  double reserve_share = 0.05;           // of the disk, if that is more
  uint64_t ballast_bytes = 64ULL << 20;  // at most a twentieth of the disk
};

struct DiskView {
  uint64_t total_bytes = 0;
  uint64_t free_bytes = 0;
  uint64_t reserve_bytes = 0;
  uint64_t ballast_bytes = 0;  // as much as there is of it
  bool is_short = false;       // tasks wait for room
};

class Disk {
 public:
  // `log` is told of the ballast that comes and goes. `files` outlives this.
  Disk(io::Files& files, std::string folder, DiskOptions options,
       std::function<void(const std::string&)> log);

  // kNoSpace while less than the reserve is free; and then until there is a sixteenth more, so that
  // tasks do not start and stop all the time.
  Status check();
  DiskView view() const;  // as of the last check()
  // Once a second: makes the ballast piece by piece while there is room, or gives it up.
  void tick();

 private:
  uint64_t reserve(const io::Space& space) const;
  Status keep_ballast(const io::Space& space, bool was_short);

  io::Files& files_;
  const std::string folder_;
  const DiskOptions options_;
  const std::function<void(const std::string&)> log_;
  std::atomic<bool> short_{false};
  mutable std::mutex mutex_;
  DiskView view_;
};

}  // namespace millrace::task
