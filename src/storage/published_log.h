// SPDX-License-Identifier: Apache-2.0
// What readers see of one format's log: an immutable state that the writer replaces as a whole, and
// files that are only ever appended to. A reader takes the state under a short mutex and then works
// without any. It outlives the writer.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "storage/commit_mark.h"
#include "storage/journal_entry.h"
#include "storage/limits.h"
#include "storage/log_reader.h"
#include "storage/segment.h"

namespace millrace::storage {

// The visible part of a segment.
struct SegmentView {
  std::shared_ptr<const Segment> segment;
  int64_t end = 0;    // offset after its last batch
  uint64_t size = 0;  // bytes
  uint64_t index_entries = 0;
  int64_t max_timestamp_ms = kNoTimestamp;  // of its own records
  int64_t last_append_ms = 0;               // wall clock
  // The largest timestamp of this and all retained segments before it.
  int64_t running_max_ms = kNoTimestamp;
  uint64_t bytes_before = 0;  // of all retained segments before it

  int64_t base() const { return segment->base(); }
};

struct LogState {
  // Closed ones, oldest first; shared between states.
  std::shared_ptr<const std::vector<SegmentView>> closed =
      std::make_shared<const std::vector<SegmentView>>();
  SegmentView active;  // its segment is null: there is none
  int64_t high_watermark = 0;
  std::vector<Epoch> epochs;
  // Where the last commits ended in the active segment: a reader at the tail asks for one of these.
  struct Border {
    int64_t offset = -1;
    uint64_t position = 0;
  };
  std::array<Border, 8> borders;
  size_t next_border = 0;

  size_t segments() const { return closed->size() + (active.segment ? 1 : 0); }
  const SegmentView& segment(size_t i) const { return i < closed->size() ? (*closed)[i] : active; }
  int64_t start() const { return segments() == 0 ? high_watermark : segment(0).base(); }
  uint64_t bytes() const {
    if (segments() == 0) return 0;
    const SegmentView& last = segment(segments() - 1);
    return last.bytes_before + last.size;
  }
};

class PublishedLog final : public LogReader {
 public:
  LogView view() const override;
  Result<FileRange> read(Offset from, size_t max_bytes, bool at_least_one) const override;
  Result<std::optional<TimeMatch>> find_time(int64_t timestamp_ms) const override;
  std::optional<std::pair<int32_t, Offset>> epoch_end(int32_t epoch) const override;
  std::optional<Unread> unread_from(Offset from) const override;
  uint64_t watch(std::function<void()> wake) override;
  void unwatch(uint64_t ticket) override;

  std::shared_ptr<const LogState> state() const;

  // -- the writer's side
  // --------------------------------------------------------------------------- Moves the high
  // watermark to the mark's: `state` is what the mark's entry promised.
  void publish(const CommitMark& mark, size_t format, LogState state);
  // The same records, fewer segments (retention) or other files (a segment that was sealed).
  void replace(LogState state);
  void close();  // wakes everybody

  // -- any thread
  // Somebody found damage: of these segments, by their bases, what lies at and behind the position
  // is not read any more. Replaces what was known.
  void set_damaged(std::map<int64_t, uint64_t> damaged);

 private:
  void set(LogState state);
  void wake_all();
  Result<std::shared_ptr<const OpenSegment>> open(const SegmentView& view) const;
  // How much of a segment may be read.
  uint64_t sound_bytes(const SegmentView& view) const;

  mutable std::mutex mutex_;  // for the pointer alone
  std::shared_ptr<const LogState> state_ = std::make_shared<const LogState>();
  mutable std::mutex damaged_mutex_;
  std::map<int64_t, uint64_t> damaged_;
  std::atomic<bool> any_damage_{false};
  mutable std::mutex open_mutex_;
  mutable std::array<std::shared_ptr<const OpenSegment>, kOpenClosedSegments> open_;
  mutable size_t next_open_ = 0;
  std::mutex watchers_mutex_;  // held while they are called: see unwatch()
  std::map<uint64_t, std::function<void()>> watchers_;
  uint64_t next_ticket_ = 1;
};

}  // namespace millrace::storage
