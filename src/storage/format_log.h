// SPDX-License-Identifier: Apache-2.0
// The writer's side of one format's log. Between two commits it may be ahead of what is published;
// cut_to_mark() goes back. Names and bytes: docs/formats/segment.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/clock.h"
#include "io/files.h"
#include "storage/journal_entry.h"
#include "storage/pending_segment.h"
#include "storage/published_log.h"
#include "storage/segment.h"
#include "storage/task_log.h"

namespace millrace::storage {

class FormatLog {
 public:
  FormatLog(io::Files& files, io::Clock& clock, std::string folder, const LogOptions& options);

  // Recovers to `end`. `check_from`: the tail from there on is read and judged by the table of
  // recovery.h; null: the last segment. kCorrupt when something promised is damaged or gone. What
  // was found is visible after the first publish().
  Status open(const LogEnd& end, const LogEnd* check_from);
  // How far the log can be believed when something promised is damaged: the offset after the last
  // batch that is whole and in its place; `highest`: after the last batch that makes any sense.
  struct Sound {
    int64_t end = 0;
    int64_t highest = 0;
    std::string damage;         // empty: none
    int64_t damaged_base = -1;  // of the first segment that is to blame
    int64_t start = 0;          // base of the first segment; `highest` when there is none
    bool empty = true;          // no segment is there
  };
  // As if the segments up to the one with base `behind` were gone.
  Result<Sound> survey(const std::vector<Epoch>& epochs, int64_t behind = -1) const;
  // Removes them, oldest first. Before open().
  Status remove_up_to(int64_t base);
  Result<std::vector<int64_t>> segment_bases() const;
  // The offset after the last batch that makes any sense, promised or not. Before open().
  Result<int64_t> highest() const;

  // Base offsets and leader epochs are filled in here.
  Status append(Batches&& batches);
  Result<std::unique_ptr<PendingSegment>> begin_pending();
  // Something failed since the last mark: cut_to_mark() comes before anything else.
  bool failed() const { return append_failed_ || sync_failed_ || cut_pending_; }
  // Everything appended so far, on disk.
  Status sync();
  bool ahead() const;      // of the last mark
  bool needs_cut() const;  // something was appended, or failed to be, since the last mark
  LogEnd end() const { return describe(now_); }
  LogEnd marked_end() const { return describe(marked_); }
  // All that was appended is visible now.
  void publish(const CommitMark& mark, size_t format);
  // The same for a log that no mark speaks of yet: nothing is visible but that it is empty.
  void publish_empty();
  // Back to the last mark: after a failure of this or any other file. May fail itself, and is then
  // to be called again before anything else.
  Status cut_to_mark();
  // Guarantee 9; visible with the next publish().
  Status begin_epoch(int64_t next_offset);

  Result<RetentionReport> retain(int64_t retention_ms, int64_t retention_bytes);
  void set_retention(int64_t retention_ms) {
    segment_ms_ = retention_ms < 0 ? -1 : retention_ms / kSegmentsPerRetention;
  }
  int64_t start() const { return published_->state()->start(); }
  const std::shared_ptr<PublishedLog>& published() const { return published_; }
  const std::string& folder() const { return folder_; }

 private:
  friend class PendingSegmentFile;
  // Where the next batch goes.
  struct Writing {
    std::shared_ptr<const Segment> segment;  // null: the next append begins one
    std::shared_ptr<OpenSegment> open;
    int64_t next = 0;      // offset of the next record
    int64_t data_end = 0;  // offset after the last batch
    int64_t base = -1;     // of the segment with the last batch, here and below
    uint64_t size = 0;
    uint64_t index_entries = 0;
    uint64_t indexed_at = 0;
    int64_t max_timestamp_ms = kNoTimestamp;
    int64_t first_append_ms = 0;
    int64_t last_append_ms = 0;
    uint32_t last_crc = 0;
    std::vector<Epoch> epochs{{0, 0, 0}};
  };
  // A segment that is complete and gets the files' names: what cut_to_mark() may have to remove.
  struct Closed {
    SegmentView view;
    std::shared_ptr<OpenSegment> open;
  };

  LogEnd describe(const Writing& writing) const;
  static SegmentView view_of(const Writing& writing);
  Status begin_segment();
  Status close_segment();
  bool segment_is_due(uint64_t bytes) const;
  // Takes note of one batch at `position` of the active segment.
  void account(const BatchHeader& header, uint64_t position, int64_t now_ms, Buffer& index);
  Status try_append(Batches&& batches);
  void begin_counting();
  Status write_closing_entry();
  void seal();
  // Makes a pending segment's file the active segment.
  Status adopt(std::unique_ptr<io::File> pending, const std::string& path, uint64_t size);
  Status try_adopt(std::unique_ptr<io::File> pending, const std::string& path, uint64_t size);
  Result<std::unique_ptr<io::File>> create(const std::string& path);
  Status remove_leftover(const std::string& path);

  // Recovery (format_recovery.cc).
  struct Names {
    std::vector<int64_t> bases;
    std::vector<std::string> others;  // that are to be removed
  };
  Result<Names> names() const;
  Result<std::shared_ptr<OpenSegment>> open_for_writing(const Segment& segment) const;
  Result<SegmentView> recover_closed(int64_t base, int64_t end, const LogEnd* check_from);
  Status recover_active(const LogEnd& end, const LogEnd* check_from);
  void set_recovered(std::vector<SegmentView> closed);

  io::Files& files_;
  io::Clock& clock_;
  const std::string folder_;
  const uint64_t segment_bytes_;
  int64_t segment_ms_ = -1;  // -1: age closes none
  const bool sync_;
  std::shared_ptr<PublishedLog> published_ = std::make_shared<PublishedLog>();

  Writing now_;
  Writing marked_;
  std::vector<Closed> closed_;          // since the last mark
  std::optional<LogState> recovered_;   // by open(), until it is published
  std::vector<std::string> leftovers_;  // files to remove before anything else
  std::vector<std::string> retired_;    // files that retention has still to remove, in order
  bool folder_dirty_ = false;
  bool append_failed_ = false;  // since the last mark
  bool sync_failed_ = false;
  bool cut_pending_ = false;
  uint64_t pending_number_ = 0;
};

// Where the batches of a segment end that is followed by one with `next_base`: there, or before the
// gap that an epoch left.
int64_t expected_end(const std::vector<Epoch>& epochs, int64_t next_base);
// The epoch that a batch at `offset` belongs to; -1 when it is older than what is remembered.
int32_t epoch_at(const std::vector<Epoch>& epochs, int64_t offset);

// The views' sums over all retained segments before them.
void accumulate(SegmentView& view, const SegmentView* before);

// Judges the batches of a segment from `from` on by the table of recovery.h; `durable` is how much
// of it was promised. Stops at its end, or before the first batch that is not to be kept.
struct CheckedRange {
  uint64_t position = 0;  // after the last batch that is whole and in its place
  int64_t end = 0;        // the offset there
  uint32_t last_crc = 0;
  uint64_t batches = 0;
  std::optional<Damage> damage;  // of what was promised
};
struct CheckRequest {
  std::string path;
  uint64_t from = 0;
  int64_t next_offset = 0;  // there
  uint64_t durable = 0;
  const std::vector<Epoch>& epochs;
  // A place that the disk does not give is damage like any other, and no reason to stop looking.
  bool unreadable_is_damage = false;
};
// An Error only when reading fails, or from `each`, which is called for every batch kept.
Result<CheckedRange> check_batches(const io::File& file, const CheckRequest& request,
                                   const std::function<Status(uint64_t bytes)>& each);

}  // namespace millrace::storage
