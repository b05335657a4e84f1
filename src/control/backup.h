// SPDX-License-Identifier: Apache-2.0
// A copy of the data folder while the service goes on, made in the background, one at a time.
// control.db comes first, so that no group in the copy has read further than its log goes.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "base/result.h"
#include "store/data_folder.h"
#include "store/store.h"
#include "task/tasks.h"

namespace millrace::control {

struct BackupView {
  bool running = false;
  std::string folder;  // of the one under way, else of the last; empty: none yet
  uint64_t bytes_done = 0;
  uint64_t bytes_total = 0;  // about
  int64_t started_ms = 0;
  int64_t finished_ms = 0;  // of the last that is whole; 0: none
  bool has_key = false;     // the key to the passwords is in it
  std::string error;        // why the last one is not whole; empty: it is
};

class Backup {
 public:
  struct Options {
    std::string version;
    std::function<int64_t()> now_ms;
  };
  // The references outlive this.
  Backup(store::Store& store, task::Tasks& tasks, const store::DataFolder& folder, Options options);
  ~Backup();  // stops what is under way; the copy stays behind as one that was never finished
  Backup(const Backup&) = delete;
  Backup& operator=(const Backup&) = delete;

  // Into a folder of this machine, by its whole path, that is empty or not there. kRefused while
  // another one is being made.
  Result<BackupView> start(const std::string& folder);
  BackupView view() const;
  void stop();

 private:
  void work(const std::string& to);
  Status copy(const std::string& to);
  Status copy_control(const std::string& to);
  Status copy_small_files(const std::string& to);
  bool add(uint64_t bytes);

  store::Store& store_;
  task::Tasks& tasks_;
  const store::DataFolder& folder_;
  const Options options_;
  mutable std::mutex mutex_;
  BackupView view_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace millrace::control
