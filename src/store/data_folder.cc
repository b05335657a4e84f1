// SPDX-License-Identifier: Apache-2.0
#include "store/data_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/json.h"
#include "store/secrets.h"

namespace millrace::store {
namespace {

constexpr uint64_t kMaxSmallFile = 64 << 10;

std::string trimmed(std::string text) {
  const size_t end = text.find_last_not_of(" \t\r\n");
  text.resize(end == std::string::npos ? 0 : end + 1);
  return text;
}

// Who holds the lock, as its file says; empty when it does not.
std::string holder(io::Files& files, const std::string& lock) {
  const Result<std::string> pid = io::read_file(files, lock, kMaxSmallFile);
  return pid ? trimmed(*pid) : std::string();
}

Status write_pid(io::Files& files, const std::string& lock) {
  const std::unique_ptr<io::File> file = TRY(files.open(lock, io::OpenMode::kReadWrite));
  TRY(file->truncate(0));
  return file->pwrite(0, as_bytes(fmt::format("{}\n", getpid())));
}

}  // namespace

Result<DataFolder> DataFolder::open(io::Files& files, const std::string& path) {
  DataFolder folder(files, path);
  TRY(io::make_folders(files, path));
  Result<std::unique_ptr<io::FileLock>> lock = files.lock(folder.file("lock"));
  if (!lock) {
    if (lock.error().code != Errc::kRefused) return std::move(lock.error());
    const std::string pid = holder(files, folder.file("lock"));
    return Error{Errc::kExists,
                 fmt::format("another millrace serve{} uses {}: stop it, or give --data another "
                             "folder",
                             pid.empty() ? "" : " (pid " + pid + ")", path)};
  }
  folder.lock_ = std::move(*lock);
  TRY(write_pid(files, folder.file("lock")));
  TRY(io::make_folders(files, folder.tasks()));
  TRY(io::make_folders(files, folder.trash()));
  return folder;
}

DataFolder::~DataFolder() {
  if (lock_ == nullptr) return;
  // A file that stays behind names a process that is gone: the command line says so.
  const Status ignored = files_->unlink(file("api.json"));
  static_cast<void>(ignored);
}

Result<std::string> DataFolder::admin_token() const {
  const std::string path = file("admin.token");
  if (TRY(io::exists(*files_, path))) return read_token(*files_, path);
  const std::string token = random_token();
  TRY(io::replace_file(*files_, path, as_bytes(token + "\n")));
  return token;
}

Status DataFolder::write_api(const ApiAddress& address) const {
  const json::Value value = json::object().set("url", address.url).set("pid", address.pid);
  return io::replace_file(*files_, file("api.json"), as_bytes(json::write(value) + "\n"));
}

Result<ApiAddress> read_api(io::Files& files, const std::string& data) {
  const std::string path = data + "/api.json";
  if (!TRY(io::exists(files, path))) {
    return Error{Errc::kNotFound,
                 fmt::format("no millrace serve runs on {}: start one, or give --data its folder, "
                             "or --api and --token-file for a remote one",
                             data)};
  }
  const std::string text = TRY(io::read_file(files, path, kMaxSmallFile));
  Result<json::Value> value = json::parse(text);
  const json::Value* url = value ? value->find("url") : nullptr;
  const json::Value* pid = value ? value->find("pid") : nullptr;
  if (url == nullptr || url->text() == nullptr || pid == nullptr || !pid->integer()) {
    return Error{Errc::kCorrupt, path + " is not what a millrace serve writes"};
  }
  return ApiAddress{.url = *url->text(), .pid = *pid->integer()};
}

Result<std::string> read_token(io::Files& files, const std::string& path) {
  std::string token = trimmed(TRY(io::read_file(files, path, kMaxSmallFile)));
  if (token.empty()) return Error{Errc::kCorrupt, path + " holds no token"};
  return token;
}

}  // namespace millrace::store
