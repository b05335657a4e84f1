// SPDX-License-Identifier: Apache-2.0
// A copy of all that a task keeps, as of one of its commits, while the task goes on: files are only
// appended to below what was promised, and nothing is removed until the copy is whole.
#include <set>
#include <string>
#include <vector>

#include "task/pipeline_tracker_impl.h"

namespace millrace::task {
namespace {

constexpr std::string_view kPrepared = ".prepared";

}  // namespace

// Those that are prepared. What belongs to a later position than the log's copy goes when the copy
// is opened.
Status PipelineTracker::copy_xa(const std::string& to, const io::CopyProgress& progress) const {
  const std::string from = folder_ + "/xa";
  if (!TRY(io::exists(context_.files, from))) return Done{};
  TRY(io::make_folders(context_.files, to));
  const std::vector<std::string> names = TRY(context_.files.list(from));
  const std::set<std::string> all(names.begin(), names.end());
  for (const std::string& name : names) {
    if (!name.ends_with(kPrepared)) continue;
    const std::string number = name.substr(0, name.size() - kPrepared.size());
    for (const std::string& part : {number + ".xa", number + ".done", name}) {
      if (!all.contains(part)) continue;
      const uint64_t bytes = TRY(context_.files.info(from + "/" + part)).size;
      TRY(io::copy_file(context_.files, from + "/" + part, to + "/" + part, bytes, progress));
    }
  }
  return context_.files.sync_folder(to);
}

Status PipelineTracker::back_up(const std::string& to, const io::CopyProgress& progress) {
  // Nothing that is being copied is removed meanwhile.
  struct Hold {
    PipelineTracker& tracker;
    ~Hold() {
      const std::lock_guard removal(tracker.removal_mutex_);
      --tracker.backups_;
    }
  };
  TRY(io::make_folders(context_.files, to));
  std::unique_lock removal(removal_mutex_);
  ++backups_;
  const Hold hold{*this};
  // In this order: what the log's copy stands behind is prepared already.
  auto found = log_->copy_parts();
  Status copied = found ? copy_xa(to + "/xa", progress) : Status(std::move(found.error()));
  removal.unlock();
  TRY(std::move(copied));
  std::set<std::string> folders;
  for (const storage::CopyPart& part : *found) {
    const std::string path = to + "/" + part.name;
    if (folders.insert(io::parent_of(path)).second)
      TRY(io::make_folders(context_.files, io::parent_of(path)));
    TRY(io::copy_file(context_.files, folder_ + "/" + part.name, path, part.bytes, progress));
  }
  for (const std::string& folder : folders) TRY(context_.files.sync_folder(folder));
  return Done{};
}

}  // namespace millrace::task
