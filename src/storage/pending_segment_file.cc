// SPDX-License-Identifier: Apache-2.0
#include "storage/pending_segment_file.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "storage/batch_layout.h"

namespace millrace::storage {

PendingSegmentFile::PendingSegmentFile(FormatLog& log, std::unique_ptr<io::File> file,
                                       std::string path)
    : log_(log), file_(std::move(file)), path_(std::move(path)) {}

PendingSegmentFile::~PendingSegmentFile() {
  if (file_ == nullptr) return;
  file_ = nullptr;
  // Where this fails the next start does it.
  (void)log_.files_.unlink(path_);
}

Status PendingSegmentFile::append(Batches&& batches) {
  CHECK(file_ != nullptr);
  for (size_t at = 0; at < batches.bytes.size();) {
    const BatchHeader header = TRY(decode_batch_header(batches.bytes.view().subspan(at)));
    patch_base_offset(batches.bytes.data() + at, at_.records + header.base_offset);
    at += header.size();
  }
  TRY(file_->pwrite(at_.bytes, batches.bytes.view()));
  at_.bytes += batches.bytes.size();
  at_.records += batches.records;
  at_.max_timestamp_ms = std::max(at_.max_timestamp_ms, batches.max_timestamp_ms);
  return Done{};
}

Status PendingSegmentFile::cut_back(const Mark& mark) {
  CHECK(file_ != nullptr && mark.bytes <= at_.bytes, mark.bytes, at_.bytes);
  TRY(file_->truncate(mark.bytes));
  at_ = mark;
  return Done{};
}

Status PendingSegmentFile::commit() {
  CHECK(file_ != nullptr);
  if (at_.bytes == 0) return Done{};  // nothing of it stays, and the destructor removes it
  return log_.adopt(std::move(file_), path_, at_.bytes);
}

Result<std::unique_ptr<PendingSegment>> FormatLog::begin_pending() {
  const std::string path = folder_ + "/pending-" + std::to_string(++pending_number_) + ".log";
  auto file = TRY(create(path));
  return std::unique_ptr<PendingSegment>(
      std::make_unique<PendingSegmentFile>(*this, std::move(file), path));
}

}  // namespace millrace::storage
