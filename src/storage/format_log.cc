// SPDX-License-Identifier: Apache-2.0
#include "storage/format_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/check.h"
#include "storage/batch_layout.h"
#include "storage/file_header.h"
#include "storage/limits.h"

namespace millrace::storage {

// The views' sums over all retained segments before them.
void accumulate(SegmentView& view, const SegmentView* before) {
  view.running_max_ms = view.max_timestamp_ms;
  view.bytes_before = 0;
  if (before == nullptr) return;
  view.running_max_ms = std::max(view.running_max_ms, before->running_max_ms);
  view.bytes_before = before->bytes_before + before->size;
}

FormatLog::FormatLog(io::Files& files, io::Clock& clock, std::string folder,
                     const LogOptions& options)
    : files_(files),
      clock_(clock),
      folder_(std::move(folder)),
      segment_bytes_(options.segment_bytes),
      sync_(options.sync) {
  set_retention(options.retention_ms);
}

LogEnd FormatLog::describe(const Writing& writing) const {
  return {.format = folder_.substr(folder_.rfind('/') + 1),
          .next = writing.next,
          .data_end = writing.data_end,
          .segment_base = writing.base,
          .size = writing.size,
          .last_crc = writing.last_crc,
          .epochs = writing.epochs};
}

SegmentView FormatLog::view_of(const Writing& writing) {
  SegmentView view;
  view.segment = writing.segment;
  view.end = writing.data_end;
  view.size = writing.size;
  view.index_entries = writing.index_entries;
  view.max_timestamp_ms = writing.max_timestamp_ms;
  view.last_append_ms = writing.last_append_ms;
  return view;
}

bool FormatLog::ahead() const { return now_.next != marked_.next; }

bool FormatLog::needs_cut() const {
  return append_failed_ || ahead() || !closed_.empty() || now_.segment != marked_.segment;
}

// A file of that name that we ourselves left there (an earlier attempt) is replaced.
Result<std::unique_ptr<io::File>> FormatLog::create(const std::string& path) {
  auto file = files_.open(path, io::OpenMode::kCreate);
  if (!file && file.error().code == Errc::kExists) {
    TRY(files_.unlink(path));
    file = files_.open(path, io::OpenMode::kCreate);
  }
  folder_dirty_ = true;
  return file;
}

Status FormatLog::remove_leftover(const std::string& path) {
  auto removed = files_.unlink(path);
  if (!removed && removed.error().code != Errc::kNotFound) return removed;
  folder_dirty_ = true;
  return Done{};
}

bool FormatLog::segment_is_due(uint64_t bytes) const {
  if (now_.size == 0) return false;
  if (now_.size + bytes > segment_bytes_) return true;
  return segment_ms_ >= 0 && clock_.wall_ms() - now_.first_append_ms >= segment_ms_;
}

Status FormatLog::begin_segment() {
  auto segment = std::make_shared<const Segment>(files_, folder_, now_.next);
  // Known to be ours from the first moment on, for cut_to_mark().
  leftovers_ = {segment->index_path(), segment->log_path()};
  auto log = TRY(create(segment->log_path()));
  auto index = TRY(create(segment->index_path()));
  TRY(index->pwrite(0,
                    encode_file_header(kIndexKind, {.number = static_cast<uint64_t>(now_.next)})));
  leftovers_.clear();
  now_.open = std::make_shared<OpenSegment>(std::move(log), std::move(index));
  segment->share(now_.open);
  now_.segment = std::move(segment);
  begin_counting();
  return Done{};
}

void FormatLog::begin_counting() {
  now_.base = now_.next;
  now_.size = now_.index_entries = now_.indexed_at = 0;
  now_.max_timestamp_ms = kNoTimestamp;
  now_.first_append_ms = now_.last_append_ms = clock_.wall_ms();
}

Status FormatLog::write_closing_entry() {
  Buffer last;
  encode_index_entry({.offset = now_.data_end,
                      .position = now_.size,
                      .max_before_ms = now_.max_timestamp_ms,
                      .appended_ms = now_.last_append_ms},
                     last);
  return now_.open->index()->pwrite(index_position(now_.index_entries), last.view());
}

Status FormatLog::close_segment() {
  if (now_.segment == nullptr) return Done{};
  TRY(write_closing_entry());
  closed_.push_back({view_of(now_), now_.open});
  now_.segment = nullptr;
  now_.open = nullptr;
  return Done{};
}

void FormatLog::account(const BatchHeader& header, uint64_t position, int64_t now_ms,
                        Buffer& index) {
  if (position == 0 || position - now_.indexed_at >= kIndexEveryBytes) {
    encode_index_entry({.offset = header.base_offset,
                        .position = position,
                        .max_before_ms = now_.max_timestamp_ms,
                        .appended_ms = now_ms,
                        .batch_crc = header.crc},
                       index);
    now_.indexed_at = position;
  }
  now_.max_timestamp_ms = std::max(now_.max_timestamp_ms, header.max_timestamp_ms);
  now_.next = now_.data_end = header.next_offset();
  now_.size = position + header.size();
  now_.last_crc = header.crc;
  now_.last_append_ms = now_ms;
}

Status FormatLog::append(Batches&& batches) {
  if (batches.bytes.empty()) return Done{};
  auto appended = try_append(std::move(batches));
  append_failed_ = append_failed_ || !appended;
  return appended;
}

Status FormatLog::try_append(Batches&& batches) {
  if (segment_is_due(batches.bytes.size())) TRY(close_segment());
  if (now_.segment == nullptr) TRY(begin_segment());

  const int64_t now_ms = clock_.wall_ms();
  const int64_t base = now_.next;
  const uint64_t begin = now_.size;
  const uint64_t entries = now_.index_entries;
  Buffer index;
  for (size_t at = 0; at < batches.bytes.size();) {
    std::byte* const batch = batches.bytes.data() + at;
    BatchHeader header = TRY(decode_batch_header(batches.bytes.view().subspan(at)));
    CHECK(header.size() <= batches.bytes.size() - at, header.size(), at);
    header.base_offset += base;
    CHECK(header.base_offset == now_.next, header.base_offset, now_.next);
    patch_base_offset(batch, header.base_offset);
    patch_leader_epoch(batch, now_.epochs.back().epoch);
    account(header, begin + at, now_ms, index);
    at += header.size();
  }
  TRY(now_.open->log().pwrite(begin, batches.bytes.view()));
  if (!index.empty()) {
    TRY(now_.open->index()->pwrite(index_position(entries), index.view()));
    now_.index_entries += index.size() / kIndexEntrySize;
  }
  return Done{};
}

Status FormatLog::sync() {
  if (!sync_) return Done{};
  const auto sync_file = [&](io::File& file) -> Status {
    auto synced = file.sync();
    sync_failed_ = sync_failed_ || !synced;
    return synced;
  };
  for (const Closed& closed : closed_) {
    TRY(sync_file(closed.open->log()));
    TRY(sync_file(*closed.open->index()));
  }
  if (now_.segment != nullptr && (now_.segment != marked_.segment || now_.size != marked_.size)) {
    TRY(sync_file(now_.open->log()));
  }
  if (folder_dirty_) TRY(files_.sync_folder(folder_));
  folder_dirty_ = false;
  return Done{};
}

void FormatLog::publish(const CommitMark& mark, size_t format) {
  LogState state = recovered_ ? std::move(*recovered_) : LogState(*published_->state());
  recovered_.reset();
  if (!closed_.empty()) {
    auto closed = std::make_shared<std::vector<SegmentView>>(*state.closed);
    for (Closed& added : closed_) {
      accumulate(added.view, closed->empty() ? nullptr : &closed->back());
      closed->push_back(added.view);
    }
    state.closed = std::move(closed);
    closed_.clear();
  }
  if (now_.segment != state.active.segment) state.borders = {};
  state.active = view_of(now_);
  if (now_.size == 0) state.active.segment = nullptr;
  accumulate(state.active, state.closed->empty() ? nullptr : &state.closed->back());
  state.high_watermark = now_.next;
  state.epochs = now_.epochs;
  if (state.active.segment != nullptr) {
    state.borders[state.next_border++ % state.borders.size()] = {now_.next, now_.size};
  }
  marked_ = now_;
  published_->publish(mark, format, std::move(state));
}

void FormatLog::publish_empty() {
  CHECK(now_.next == 0 && recovered_, now_.next);
  LogState state = std::move(*recovered_);
  recovered_.reset();
  state.epochs = now_.epochs;
  published_->replace(std::move(state));
}

Status FormatLog::cut_to_mark() {
  std::vector<std::shared_ptr<const Segment>> begun;
  begun.reserve(closed_.size() + 1);
  for (const Closed& closed : closed_) begun.push_back(closed.view.segment);
  if (now_.segment != nullptr) begun.push_back(now_.segment);
  for (const auto& segment : begun) {
    if (segment == marked_.segment) continue;
    leftovers_.push_back(segment->index_path());
    leftovers_.push_back(segment->log_path());
  }
  cut_pending_ = cut_pending_ || sync_failed_ || needs_cut();
  closed_.clear();
  now_ = marked_;
  while (!leftovers_.empty()) {
    TRY(remove_leftover(leftovers_.back()));
    leftovers_.pop_back();
  }
  if (cut_pending_ && now_.segment != nullptr) {
    auto cut = now_.open->index()->truncate(index_position(now_.index_entries));
    if (cut) cut = now_.open->log().truncate(now_.size);
    // What a failed sync covered is never written to again: the segment ends at the mark. So does
    // one that cannot be cut; recovery knows its end by its successor's name.
    if (!cut || sync_failed_) seal();
  }
  cut_pending_ = sync_failed_ = append_failed_ = false;
  return Done{};
}

void FormatLog::seal() {
  CHECK(now_.size > 0, now_.base);
  LogState state = *published_->state();
  auto closed = std::make_shared<std::vector<SegmentView>>(*state.closed);
  closed->push_back(state.active);
  state.closed = std::move(closed);
  state.active = SegmentView();
  state.borders = {};
  published_->replace(std::move(state));
  // The last entry of its index saves the next start some work, no more.
  (void)write_closing_entry();
  now_.segment = nullptr;
  now_.open = nullptr;
  marked_ = now_;
}

Status FormatLog::begin_epoch(int64_t next_offset) {
  CHECK(next_offset > now_.next, next_offset, now_.next);
  auto closing = close_segment();
  append_failed_ = append_failed_ || !closing;
  if (!closing) return closing;
  now_.epochs.push_back({now_.epochs.back().epoch + 1, next_offset, now_.data_end});
  if (now_.epochs.size() > kMaxEpochs) now_.epochs.erase(now_.epochs.begin());
  now_.next = next_offset;
  return Done{};
}

Status FormatLog::adopt(std::unique_ptr<io::File> pending, const std::string& path, uint64_t size) {
  auto adopted = try_adopt(std::move(pending), path, size);
  append_failed_ = append_failed_ || !adopted;
  return adopted;
}

Status FormatLog::try_adopt(std::unique_ptr<io::File> pending, const std::string& path,
                            uint64_t size) {
  TRY(close_segment());
  auto segment = std::make_shared<const Segment>(files_, folder_, now_.next);
  leftovers_ = {path, segment->index_path(), segment->log_path()};
  auto index = TRY(create(segment->index_path()));
  TRY(index->pwrite(0,
                    encode_file_header(kIndexKind, {.number = static_cast<uint64_t>(now_.next)})));
  begin_counting();

  const int64_t now_ms = clock_.wall_ms();
  BatchWalk walk(*pending, 0, size);
  while (auto batch = TRY(walk.next())) {
    // Base offset, length, leader epoch: what comes before the CRC's reach.
    std::array<std::byte, kAtMagic> head{};
    batch->base_offset = now_.next;
    patch_base_offset(head.data(), batch->base_offset);
    write_be(head.data() + kAtLength, static_cast<uint32_t>(batch->batch_length), 4);
    patch_leader_epoch(head.data(), now_.epochs.back().epoch);
    TRY(pending->pwrite(walk.position(), head));
    Buffer entry;
    account(*batch, walk.position(), now_ms, entry);
    if (entry.empty()) continue;
    TRY(index->pwrite(index_position(now_.index_entries), entry.view()));
    ++now_.index_entries;
  }
  TRY(files_.rename(path, segment->log_path()));
  folder_dirty_ = true;
  now_.open = std::make_shared<OpenSegment>(std::move(pending), std::move(index));
  segment->share(now_.open);
  now_.segment = std::move(segment);
  leftovers_.clear();
  return Done{};
}

Result<RetentionReport> FormatLog::retain(int64_t retention_ms, int64_t retention_bytes) {
  LogState state = *published_->state();
  const int64_t now_ms = clock_.wall_ms();
  RetentionReport report;
  size_t gone = 0;
  for (; gone < state.closed->size() && gone + 1 < state.segments(); ++gone) {
    const SegmentView& view = (*state.closed)[gone];
    const bool old = retention_ms >= 0 && now_ms - view.last_append_ms > retention_ms;
    const uint64_t rest = state.bytes() - report.bytes_removed;
    const bool over = retention_bytes >= 0 && rest > static_cast<uint64_t>(retention_bytes);
    if (!old && !over) break;
    report.bytes_removed += view.size;
    retired_.push_back(view.segment->index_path());
    retired_.push_back(view.segment->log_path());
  }
  report.segments_removed = gone;
  if (gone > 0) {
    auto closed = std::make_shared<std::vector<SegmentView>>(
        state.closed->begin() + static_cast<ptrdiff_t>(gone), state.closed->end());
    for (size_t i = 0; i < closed->size(); ++i) {
      accumulate((*closed)[i], i == 0 ? nullptr : &(*closed)[i - 1]);
    }
    accumulate(state.active, closed->empty() ? nullptr : &closed->back());
    state.closed = std::move(closed);
    published_->replace(std::move(state));
  }
  // Oldest first, whatever fails in between: a hole would look like a loss.
  const bool any = !retired_.empty();
  while (!retired_.empty()) {
    auto removed = files_.unlink(retired_.front());
    if (!removed && removed.error().code != Errc::kNotFound) return std::move(removed.error());
    retired_.erase(retired_.begin());
  }
  if (any) TRY(files_.sync_folder(folder_));
  return report;
}

}  // namespace millrace::storage
