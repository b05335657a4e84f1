// SPDX-License-Identifier: Apache-2.0
#include "storage/published_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace millrace::storage {
namespace {

// Where a batch begins, from the index: checked against the batch. The segment's beginning when the
// index is missing or wrong: slower, never another answer.
uint64_t batch_at_or_before(const OpenSegment& open, const SegmentView& view,
                            const std::function<bool(const IndexEntry&)>& holds) {
  if (open.index() == nullptr || view.index_entries == 0) return 0;
  const auto entry = last_index_entry(*open.index(), view.index_entries, holds);
  if (!entry || !*entry || (*entry)->position >= view.size) return 0;
  BatchWalk walk(open.log(), (*entry)->position, view.size);
  const auto batch = walk.next();
  const bool same = batch && *batch && (*batch)->base_offset == (*entry)->offset &&
                    (*batch)->crc == (*entry)->batch_crc;
  return same ? (*entry)->position : 0;
}

Error damaged(const SegmentView& view, uint64_t position, const Error& error) {
  return {Errc::kIo, fmt::format("{} at {}: {}", view.segment->log_path(), position, error.what)};
}

// The place of the batch that holds `offset`, which lies in [base, end).
Result<uint64_t> position_of(const OpenSegment& open, const SegmentView& view, int64_t offset) {
  BatchWalk walk(
      open.log(),
      batch_at_or_before(open, view, [&](const IndexEntry& e) { return e.offset <= offset; }),
      view.size);
  for (;;) {
    const auto batch = walk.next();
    if (!batch) return damaged(view, walk.after(), batch.error());
    if (!*batch) {
      return damaged(view, walk.after(),
                     {Errc::kCorrupt, fmt::format("no batch holds offset {}", offset)});
    }
    if ((*batch)->next_offset() > offset) return walk.position();
  }
}

// The end of the last whole batch in [begin, limit]; `begin` when not even one fits.
Result<uint64_t> last_border(const OpenSegment& open, const SegmentView& view, uint64_t begin,
                             uint64_t limit) {
  const uint64_t near =
      batch_at_or_before(open, view, [&](const IndexEntry& e) { return e.position <= limit; });
  BatchWalk walk(open.log(), std::max(begin, near), view.size);
  uint64_t border = std::max(begin, near);
  while (border < limit) {
    const auto batch = walk.next();
    if (!batch) return damaged(view, walk.after(), batch.error());
    if (!*batch || walk.after() > limit) break;
    border = walk.after();
  }
  return border;
}

}  // namespace

std::shared_ptr<const LogState> PublishedLog::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

Result<std::shared_ptr<const OpenSegment>> PublishedLog::open(const SegmentView& view) const {
  auto opened = view.segment->open();
  if (!opened) {
    // Retention may have overtaken the state that we hold.
    const bool removed = opened.error().code == Errc::kNotFound && view.base() < state()->start();
    return Error{removed ? Errc::kNotFound : Errc::kIo, opened.error().what};
  }
  if (opened->now) {
    const std::lock_guard lock(open_mutex_);
    open_[next_open_++ % open_.size()] = opened->files;
  }
  return std::move(opened->files);
}

LogView PublishedLog::view() const {
  const auto now = state();
  LogView view;
  view.start.value = now->start();
  view.high_watermark.value = now->high_watermark;
  if (!now->epochs.empty()) view.leader_epoch = now->epochs.back().epoch;
  if (now->segments() > 0) {
    const int64_t newest = now->segment(now->segments() - 1).running_max_ms;
    if (newest != kNoTimestamp) view.newest_timestamp_ms = newest;
  }
  view.bytes = now->bytes();
  return view;
}

Result<FileRange> PublishedLog::read(Offset from, size_t max_bytes, bool at_least_one) const {
  const auto now = state();
  if (from.value < now->start() || from.value > now->high_watermark) {
    return Error{Errc::kNotFound, fmt::format("offset {} is outside [{}, {}]", from.value,
                                              now->start(), now->high_watermark)};
  }
  // The first segment that ends after `from`: it holds it, or is what follows the gap around it.
  size_t low = 0;
  for (size_t high = now->segments(); low < high;) {
    const size_t middle = low + (high - low) / 2;
    if (now->segment(middle).end > from.value) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  FileRange range;
  range.at_tail = true;
  if (low == now->segments()) return range;

  const SegmentView& view = now->segment(low);
  const auto open = TRY(this->open(view));
  range.segment = open;
  range.position = 0;
  if (from.value > view.base()) {
    const auto known =
        std::find_if(now->borders.begin(), now->borders.end(),
                     [&](const LogState::Border& border) { return border.offset == from.value; });
    range.position = known != now->borders.end() && low == now->closed->size()
                         ? known->position
                         : TRY(position_of(*open, view, from.value));
  }
  uint64_t end = sound_bytes(view);
  if (range.position >= end) {
    return damaged(view, end, {Errc::kCorrupt, "it is damaged from here on"});
  }
  if (end - range.position > max_bytes) {
    end = TRY(last_border(*open, view, range.position, range.position + max_bytes));
    if (end == range.position && at_least_one) {
      BatchWalk walk(open->log(), range.position, view.size);
      const auto batch = walk.next();
      if (!batch) return damaged(view, range.position, batch.error());
      end = walk.after();
    }
  }
  range.bytes = static_cast<size_t>(end - range.position);
  range.at_tail = end == view.size && low + 1 == now->segments();
  return range;
}

Result<std::optional<TimeMatch>> PublishedLog::find_time(int64_t timestamp_ms) const {
  const auto now = state();
  size_t low = 0;
  for (size_t high = now->segments(); low < high;) {
    const size_t middle = low + (high - low) / 2;
    if (now->segment(middle).running_max_ms >= timestamp_ms) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  if (low == now->segments()) return std::optional<TimeMatch>();

  const SegmentView& view = now->segment(low);
  const auto open = TRY(this->open(view));
  BatchWalk walk(
      open->log(),
      batch_at_or_before(*open, view,
                         [&](const IndexEntry& e) { return e.max_before_ms < timestamp_ms; }),
      view.size);
  for (;;) {
    const auto batch = walk.next();
    if (!batch) return damaged(view, walk.after(), batch.error());
    if (!*batch) {
      return damaged(view, walk.after(),
                     {Errc::kCorrupt, fmt::format("no record reaches time {}", timestamp_ms)});
    }
    if ((*batch)->max_timestamp_ms < timestamp_ms) continue;
    Buffer bytes;
    TRY(read_range({.segment = open, .position = walk.position(), .bytes = (*batch)->size()},
                   bytes));
    BatchReader records;
    const auto opened = records.open(bytes.view());
    if (!opened) return damaged(view, walk.position(), opened.error());
    while (const auto record = TRY(records.next())) {
      if (record->timestamp_ms >= timestamp_ms) {
        return std::optional(
            TimeMatch{record->offset, record->timestamp_ms, (*batch)->leader_epoch});
      }
    }
  }
}

void PublishedLog::set_damaged(std::map<int64_t, uint64_t> damaged) {
  const std::lock_guard lock(damaged_mutex_);
  damaged_ = std::move(damaged);
  any_damage_ = !damaged_.empty();
}

uint64_t PublishedLog::sound_bytes(const SegmentView& view) const {
  if (!any_damage_) return view.size;
  const std::lock_guard lock(damaged_mutex_);
  const auto found = damaged_.find(view.base());
  return found == damaged_.end() ? view.size : std::min(view.size, found->second);
}

std::optional<Unread> PublishedLog::unread_from(Offset from) const {
  const auto now = state();
  for (size_t i = 0; i < now->segments(); ++i) {
    const SegmentView& view = now->segment(i);
    if (view.end <= from.value) continue;
    return Unread{.appended_ms = view.last_append_ms, .bytes = now->bytes() - view.bytes_before};
  }
  return std::nullopt;
}

std::optional<std::pair<int32_t, Offset>> PublishedLog::epoch_end(int32_t epoch) const {
  const auto now = state();
  const auto& epochs = now->epochs;
  const auto after = std::find_if(epochs.begin(), epochs.end(),
                                  [&](const Epoch& known) { return known.epoch > epoch; });
  if (after == epochs.begin()) return std::nullopt;
  const Offset end{after == epochs.end() ? now->high_watermark : after->start};
  return std::pair((after - 1)->epoch, end);
}

uint64_t PublishedLog::watch(std::function<void()> wake) {
  const std::lock_guard lock(watchers_mutex_);
  watchers_.emplace(next_ticket_, std::move(wake));
  return next_ticket_++;
}

void PublishedLog::unwatch(uint64_t ticket) {
  const std::lock_guard lock(watchers_mutex_);
  watchers_.erase(ticket);
}

void PublishedLog::wake_all() {
  const std::lock_guard lock(watchers_mutex_);
  for (const auto& [ticket, wake] : watchers_) wake();
}

void PublishedLog::set(LogState state) {
  auto next = std::make_shared<const LogState>(std::move(state));
  const std::lock_guard lock(mutex_);
  state_.swap(next);
}

void PublishedLog::publish(const CommitMark& mark, size_t format, LogState state) {
  CHECK(mark.end(format).value == state.high_watermark, mark.end(format).value,
        state.high_watermark);
  const bool moves = state.high_watermark != this->state()->high_watermark;
  set(std::move(state));
  if (moves) wake_all();
}

void PublishedLog::replace(LogState state) {
  CHECK(state.high_watermark == this->state()->high_watermark, state.high_watermark);
  set(std::move(state));
}

void PublishedLog::close() { wake_all(); }

}  // namespace millrace::storage
