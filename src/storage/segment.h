// SPDX-License-Identifier: Apache-2.0
// One segment's two files, and walks over its batches. A closed segment's files are open only while
// somebody reads: thousands of them may exist.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "io/files.h"
#include "storage/batch_reader.h"
#include "storage/limits.h"
#include "storage/log_reader.h"
#include "storage/segment_index.h"

namespace millrace::storage {

class OpenSegment final : public SegmentHandle {
 public:
  // `index` may be null: look-ups then walk from the segment's beginning.
  OpenSegment(std::unique_ptr<io::File> log, std::unique_ptr<io::File> index)
      : log_(std::move(log)), index_(std::move(index)) {}
  int fd() const override { return log_->fd(); }
  Result<size_t> read(uint64_t position, std::span<std::byte> into) const override {
    return log_->pread(position, into);
  }
  io::File& log() const { return *log_; }
  io::File* index() const { return index_.get(); }

 private:
  std::unique_ptr<io::File> log_;
  std::unique_ptr<io::File> index_;
};

// A segment by name. Any thread.
class Segment {
 public:
  Segment(io::Files& files, const std::string& folder, int64_t base);
  int64_t base() const { return base_; }
  const std::string& log_path() const { return log_path_; }
  const std::string& index_path() const { return index_path_; }

  struct Opened {
    std::shared_ptr<const OpenSegment> files;
    bool now = false;  // it was not open before
  };
  Result<Opened> open() const;
  // The writer's own: readers share it as long as it is open.
  void share(const std::shared_ptr<OpenSegment>& open) const;

 private:
  io::Files& files_;
  const int64_t base_;
  const std::string log_path_;
  const std::string index_path_;
  mutable std::mutex mutex_;
  mutable std::weak_ptr<const OpenSegment> open_;
};

std::string segment_log_name(int64_t base);
std::string segment_index_name(int64_t base);

// Headers of the batches in [position, end) of a segment's file.
class BatchWalk {
 public:
  BatchWalk(const io::File& file, uint64_t position, uint64_t end)
      : file_(file), next_(position), end_(end) {}
  // nullopt at the end. kTruncated: the file or the range ends inside a batch.
  Result<std::optional<BatchHeader>> next();
  uint64_t position() const { return position_; }  // of the batch that next() gave
  uint64_t after() const { return next_; }         // of what follows it

 private:
  static constexpr size_t kChunk = 8 << 10;
  const io::File& file_;
  uint64_t position_ = 0;
  uint64_t next_;
  uint64_t end_;
  Buffer chunk_;
  uint64_t chunk_at_ = 0;
};

// What a segment's index and headers say about it.
struct SegmentSummary {
  uint64_t size = 0;
  int64_t end = 0;  // offset after its last batch
  uint64_t index_entries = 0;
  uint64_t indexed_at = 0;  // position of the last entry
  int64_t max_timestamp_ms = kNoTimestamp;
  int64_t first_append_ms = 0;
  int64_t last_append_ms = 0;
  uint32_t last_crc = 0;
};

// Walks the batches of [0, size) with offsets below `stop`, beginning with what the index has, and
// puts the index right: its whole entries stay, missing ones are added (with `appended_ms`), others
// go. kCorrupt when a header is damaged or an offset is not the one expected.
Result<SegmentSummary> mend_index(const OpenSegment& open, int64_t base, uint64_t size,
                                  int64_t stop, int64_t appended_ms, const std::string& path);
// The same from a closed segment's last index entry alone; nullopt when that does not close a
// segment of `size` bytes that ends at `end`.
std::optional<SegmentSummary> closed_summary(const OpenSegment& open, int64_t base, uint64_t size,
                                             int64_t end);

}  // namespace millrace::storage
