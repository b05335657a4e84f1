// SPDX-License-Identifier: Apache-2.0
// The data folder as a place: one service at a time, and the small files by which the command line
// finds it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "io/files.h"

namespace millrace::store {

// A service's address as DATA/api.json tells it.
struct ApiAddress {
  std::string url;  // http://127.0.0.1:8080
  int64_t pid = 0;
};

class DataFolder {
 public:
  // Makes the folder where it is missing and takes its lock. kExists names the process that has it.
  // `files` outlives this.
  static Result<DataFolder> open(io::Files& files, const std::string& path);
  DataFolder(DataFolder&&) = default;
  ~DataFolder();  // removes api.json, lets the lock go

  io::Files& files() const { return *files_; }
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string tasks() const { return path_ + "/tasks"; }
  std::string task_folder(const std::string& id) const { return tasks() + "/" + id; }
  std::string trash() const { return path_ + "/trash"; }

  // The administrator's token; made at the first start.
  Result<std::string> admin_token() const;
  Status write_api(const ApiAddress& address) const;

 private:
  DataFolder(io::Files& files, std::string path) : files_(&files), path_(std::move(path)) {}
  io::Files* files_;
  std::string path_;
  std::unique_ptr<io::FileLock> lock_;
};

// For the command line, which holds no lock. kNotFound when no service runs on this folder.
Result<ApiAddress> read_api(io::Files& files, const std::string& data);
Result<std::string> read_token(io::Files& files, const std::string& path);

}  // namespace millrace::store
