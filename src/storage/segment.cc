// SPDX-License-Identifier: Apache-2.0
#include "storage/segment.h"

#include <fmt/format.h>

#include <algorithm>

#include "storage/file_header.h"

namespace millrace::storage {

std::string segment_log_name(int64_t base) {
  return numbered_name(static_cast<uint64_t>(base), ".log");
}
std::string segment_index_name(int64_t base) {
  return numbered_name(static_cast<uint64_t>(base), ".index");
}

Segment::Segment(io::Files& files, const std::string& folder, int64_t base)
    : files_(files),
      base_(base),
      log_path_(folder + "/" + segment_log_name(base)),
      index_path_(folder + "/" + segment_index_name(base)) {}

Result<Segment::Opened> Segment::open() const {
  const std::lock_guard lock(mutex_);
  if (auto open = open_.lock()) return Opened{std::move(open), false};
  auto log = TRY(files_.open(log_path_, io::OpenMode::kRead));
  auto index = files_.open(index_path_, io::OpenMode::kRead);
  auto open =
      std::make_shared<const OpenSegment>(std::move(log), index ? std::move(*index) : nullptr);
  open_ = open;
  return Opened{std::move(open), true};
}

void Segment::share(const std::shared_ptr<OpenSegment>& open) const {
  const std::lock_guard lock(mutex_);
  open_ = open;
}

Result<std::optional<BatchHeader>> BatchWalk::next() {
  if (next_ >= end_) return std::optional<BatchHeader>();
  if (chunk_.empty() || next_ < chunk_at_ || next_ + kBatchHeaderSize > chunk_at_ + chunk_.size()) {
    chunk_.clear();
    chunk_at_ = next_;
    const size_t want = std::min<uint64_t>(kChunk, end_ - next_);
    chunk_.commit(TRY(file_.pread(next_, {chunk_.reserve(want), want})));
  }
  const BatchHeader header =
      TRY(decode_batch_header(chunk_.view().subspan(static_cast<size_t>(next_ - chunk_at_))));
  if (header.size() > end_ - next_) {
    return Error{Errc::kTruncated,
                 fmt::format("a batch of {} bytes, {} are there", header.size(), end_ - next_)};
  }
  position_ = next_;
  next_ += header.size();
  return std::optional(header);
}

namespace {

// Of the entries, those that describe batches of this segment below `size` and `stop`; the last one
// is compared with its batch, and dropped with all others when it is another's.
std::vector<IndexEntry> usable_entries(const OpenSegment& open, int64_t base, uint64_t size,
                                       int64_t stop) {
  std::vector<IndexEntry> entries;
  if (open.index() != nullptr) entries = load_index(*open.index(), base);
  while (!entries.empty() && (entries.back().position >= size || entries.back().offset >= stop ||
                              entries.back().batch_crc == 0)) {
    entries.pop_back();
  }
  if (entries.empty()) return entries;
  BatchWalk walk(open.log(), entries.back().position, size);
  const auto header = walk.next();
  if (!header || !*header || (*header)->base_offset != entries.back().offset ||
      (*header)->crc != entries.back().batch_crc) {
    entries.clear();
  }
  return entries;
}

}  // namespace

Result<SegmentSummary> mend_index(const OpenSegment& open, int64_t base, uint64_t size,
                                  int64_t stop, int64_t appended_ms, const std::string& path) {
  const std::vector<IndexEntry> entries = usable_entries(open, base, size, stop);
  SegmentSummary summary;
  summary.end = base;
  summary.index_entries = entries.size();
  summary.first_append_ms = entries.empty() ? appended_ms : entries.front().appended_ms;
  summary.last_append_ms = appended_ms;
  if (!entries.empty()) {
    summary.size = summary.indexed_at = entries.back().position;
    summary.end = entries.back().offset;
    summary.max_timestamp_ms = entries.back().max_before_ms;
  }
  Buffer added;
  const auto header = encode_file_header(kIndexKind, {.number = static_cast<uint64_t>(base)});
  if (entries.empty()) added.append(header);

  BatchWalk walk(open.log(), summary.size, size);
  for (bool first = !entries.empty();; first = false) {
    auto batch = walk.next();
    if (!batch) {
      return in_context(fmt::format("{} at {}", path, walk.after()), std::move(batch.error()));
    }
    if (!*batch || (*batch)->base_offset >= stop) break;
    if ((*batch)->base_offset != summary.end) {
      return Error{Errc::kCorrupt,
                   fmt::format("{} at {}: base offset {}, expected {}", path, walk.position(),
                               (*batch)->base_offset, summary.end)};
    }
    if (!first &&
        (walk.position() == 0 || walk.position() - summary.indexed_at >= kIndexEveryBytes)) {
      encode_index_entry({.offset = summary.end,
                          .position = walk.position(),
                          .max_before_ms = summary.max_timestamp_ms,
                          .appended_ms = appended_ms,
                          .batch_crc = (*batch)->crc},
                         added);
      ++summary.index_entries;
      summary.indexed_at = walk.position();
    }
    summary.size = walk.after();
    summary.end = (*batch)->next_offset();
    summary.max_timestamp_ms = std::max(summary.max_timestamp_ms, (*batch)->max_timestamp_ms);
    summary.last_crc = (*batch)->crc;
  }
  if (open.index() != nullptr) {
    const uint64_t at = entries.empty() ? 0 : index_position(entries.size());
    TRY(open.index()->truncate(at));
    if (!added.empty()) TRY(open.index()->pwrite(at, added.view()));
  }
  return summary;
}

std::optional<SegmentSummary> closed_summary(const OpenSegment& open, int64_t base, uint64_t size,
                                             int64_t end) {
  if (open.index() == nullptr) return std::nullopt;
  const auto index_size = open.index()->size();
  if (!index_size || *index_size < index_position(2) ||
      (*index_size - kFileHeaderSize) % kIndexEntrySize != 0) {
    return std::nullopt;
  }
  if (!is_index_of(*open.index(), base)) return std::nullopt;
  const uint64_t last = (*index_size - kFileHeaderSize) / kIndexEntrySize - 1;
  const auto first = read_index_entry(*open.index(), 0);
  const auto before = read_index_entry(*open.index(), last - 1);
  const auto entry = read_index_entry(*open.index(), last);
  if (!first || !before || !entry || first->offset != base || entry->position != size ||
      entry->offset != end || entry->batch_crc != 0) {
    return std::nullopt;
  }
  return SegmentSummary{.size = size,
                        .end = end,
                        .index_entries = last,
                        .indexed_at = before->position,
                        .max_timestamp_ms = entry->max_before_ms,
                        .first_append_ms = first->appended_ms,
                        .last_append_ms = entry->appended_ms};
}

}  // namespace millrace::storage
