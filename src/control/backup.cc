// SPDX-License-Identifier: Apache-2.0
#include "control/backup.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "base/units.h"
#include "store/backup_note.h"

namespace millrace::control {
namespace {

constexpr int kAttempts = 5;  // at a list of tasks that stays as it is

std::set<std::string> ids_of(const task::Tasks& tasks) {
  std::set<std::string> ids;
  for (const task::TaskView& task : tasks.list()) {
    if (task.state != task::State::kDeleting) ids.insert(task.record.id);
  }
  return ids;
}

// Makes the folder, or finds it empty.
Status take_folder(io::Files& files, const std::string& to, const std::string& data,
                   uint64_t bytes) {
  if (to.empty() || to.front() != '/') {
    return Error{Errc::kInvalid, "give the whole path of a folder, such as /backup/monday"};
  }
  if ((to + "/").starts_with(data + "/")) {
    return Error{Errc::kInvalid, to + " is inside the data folder: give one outside"};
  }
  TRY(io::make_folders(files, to));
  if (!TRY(files.list(to)).empty()) {
    return Error{Errc::kExists, to + " is not empty: give a folder that is, or a new one"};
  }
  const io::Space space = TRY(files.space(to));
  if (space.free_bytes < bytes) {
    return Error{Errc::kNoSpace, fmt::format("{} has {} left, the backup needs {}", to,
                                             bytes_text(space.free_bytes), bytes_text(bytes))};
  }
  return Done{};
}

}  // namespace

Backup::Backup(store::Store& store, task::Tasks& tasks, const store::DataFolder& folder,
               Options options)
    : store_(store), tasks_(tasks), folder_(folder), options_(std::move(options)) {}

Backup::~Backup() { stop(); }

void Backup::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

BackupView Backup::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

Result<BackupView> Backup::start(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return Error{Errc::kCancelled, "the service is stopping"};
  if (view_.running) {
    return Error{Errc::kRefused, fmt::format("a backup to {} is being made", view_.folder)};
  }
  const uint64_t total = tasks_.bytes_on_disk();
  TRY(take_folder(folder_.files(), folder, folder_.path(), total));
  if (thread_.joinable()) thread_.join();
  view_ = {.running = true,
           .folder = folder,
           .bytes_total = total,
           .started_ms = options_.now_ms(),
           .error = ""};
  thread_ = std::thread([this, folder] { work(folder); });
  return view_;
}

bool Backup::add(uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  view_.bytes_done += bytes;
  return !stopping_;
}

void Backup::work(const std::string& to) {
  Status copied = copy(to);
  const std::lock_guard lock(mutex_);
  view_.running = false;
  if (copied) {
    view_.finished_ms = options_.now_ms();
  } else {
    view_.error = copied.error().what;
  }
}

Status Backup::copy(const std::string& to) {
  io::Files& files = folder_.files();
  const std::string unfinished = fmt::format("{}/{}", to, store::kBackupUnfinished);
  TRY(io::replace_file(files, unfinished, {}));
  TRY(copy_control(to));
  TRY(copy_small_files(to));
  TRY(io::make_folders(files, to + "/tasks"));
  TRY(tasks_.back_up(to + "/tasks", [this](uint64_t bytes) { return add(bytes); }));
  store::BackupNote note;
  {
    const std::lock_guard lock(mutex_);
    note = {.made_ms = view_.started_ms, .version = options_.version, .has_key = view_.has_key};
  }
  TRY(store::write_backup_note(files, to, note));
  TRY(files.unlink(unfinished));
  return files.sync_folder(to);
}

// Its tasks must be those whose folders are copied next.
Status Backup::copy_control(const std::string& to) {
  io::Files& files = folder_.files();
  const std::string path = to + "/control.db";
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (TRY(io::exists(files, path))) TRY(files.unlink(path));
    const std::set<std::string> before = ids_of(tasks_);
    TRY(store_.back_up(path));
    if (ids_of(tasks_) != before) continue;
    const auto file = TRY(files.open(path, io::OpenMode::kReadWrite));
    return file->sync();
  }
  return Error{Errc::kUnavailable, "tasks are made or deleted all the time: try again"};
}

Status Backup::copy_small_files(const std::string& to) {
  io::Files& files = folder_.files();
  for (const std::string name : {"secret.key", "admin.token"}) {
    const std::string from = folder_.file(name);
    if (!TRY(io::exists(files, from))) continue;
    TRY(io::copy_file(files, from, to + "/" + name, TRY(files.info(from)).size, nullptr));
    if (name != "secret.key") continue;
    const std::lock_guard lock(mutex_);
    view_.has_key = true;
  }
  return Done{};
}

}  // namespace millrace::control
