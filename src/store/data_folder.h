// SPDX-License-Identifier: Apache-2.0
// The data folder as a place: one service at a time, and the small files by which the command line
// finds it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace millrace::store {

// A service's address as DATA/api.json tells it.
struct ApiAddress {
  std::string url;  // http://127.0.0.1:8080
  int64_t pid = 0;
};

class DataFolder {
 public:
  // Makes the folder (0700) where it is missing and takes its lock. kExists names the process that
  // has it.
  static Result<DataFolder> open(const std::string& path);
  DataFolder(DataFolder&& other) noexcept;
  DataFolder& operator=(DataFolder&&) = delete;
  ~DataFolder();  // removes api.json, lets the lock go

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string task_folder(const std::string& id) const { return path_ + "/tasks/" + id; }
  std::string trash() const { return path_ + "/trash"; }

  // The administrator's token; made at the first start.
  Result<std::string> admin_token() const;
  Status write_api(const ApiAddress& address) const;

 private:
  DataFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_;
};

// For the command line, which holds no lock.
Result<ApiAddress> read_api(const std::string& data);
Result<std::string> read_admin_token(const std::string& data);

// Writes beside the file, syncs, renames over it and syncs the folder: it is whole or unchanged.
Status write_file(const std::string& path, std::string_view content, int mode);
// At most `max_bytes`; kTooLarge above.
Result<std::string> read_file(const std::string& path, size_t max_bytes);
Status make_folder(const std::string& path, int mode);
Status sync_folder(const std::string& path);

}  // namespace millrace::store
