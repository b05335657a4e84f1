// SPDX-License-Identifier: Apache-2.0
// How the Kafka endpoint sees one topic's log. Every call may come from any thread and none waits
// for the writer.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "base/buffer.h"
#include "base/result.h"

namespace millrace::storage {

// A record's number in a partition. A file position is another type, so they cannot be swapped.
struct Offset {
  int64_t value = 0;
  auto operator<=>(const Offset&) const = default;
};

// An open segment, kept open as long as anybody refers to it: retention may unlink it meanwhile.
class SegmentHandle {
 public:
  virtual ~SegmentHandle() = default;
  virtual int fd() const = 0;  // for pread and sendfile; -1 on a simulated disk
  // Fewer bytes only at the end. The default reads fd().
  virtual Result<size_t> read(uint64_t position, std::span<std::byte> into) const;
};

// Whole record batches, one after another, as they go over the wire. bytes == 0: nothing there
// (yet).
struct FileRange {
  std::shared_ptr<const SegmentHandle> segment;
  uint64_t position = 0;
  size_t bytes = 0;
  bool at_tail = false;  // the range ends at the high watermark
};

// The bytes of `range`, appended to `out`.
Status read_range(const FileRange& range, Buffer& out);

struct LogView {
  Offset start;           // oldest retained
  Offset high_watermark;  // durable end: all below is on disk
  int32_t leader_epoch = 0;
  int64_t newest_timestamp_ms = -1;  // running maximum of record timestamps, -1 when empty
  uint64_t bytes = 0;                // held on disk below the high watermark
};

struct TimeMatch {
  Offset offset;
  int64_t timestamp_ms = -1;  // the record's own
  int32_t leader_epoch = 0;
};

// What retention sees of the records that somebody has still to read.
struct Unread {
  int64_t appended_ms = 0;  // wall clock of the last append to the segment that goes first
  uint64_t bytes = 0;       // of that segment and all behind it
};

class LogReader {
 public:
  virtual ~LogReader() = default;
  virtual LogView view() const = 0;
  // Whole batches beginning with the one that holds `from`, at most `max_bytes`; when
  // `at_least_one`, the first batch even if it alone is larger. Never past the high watermark and
  // never over a segment's end. `from` at the high watermark: an empty range. kNotFound: outside
  // [start, high watermark]. kIo: storage error. An offset inside a gap (guarantee 9) reads on from
  // its end.
  virtual Result<FileRange> read(Offset from, size_t max_bytes, bool at_least_one) const = 0;
  // The first record whose running-maximum timestamp reaches `timestamp_ms`; nullopt when none
  // does.
  virtual Result<std::optional<TimeMatch>> find_time(int64_t timestamp_ms) const = 0;
  // Kafka's OffsetForLeaderEpoch: the largest known epoch <= `epoch` and where the next one starts
  // (the high watermark for the current one); nullopt when unknown.
  virtual std::optional<std::pair<int32_t, Offset>> epoch_end(int32_t epoch) const = 0;
  // Of all from `from` on; nullopt when nothing is there, or nobody can tell.
  virtual std::optional<Unread> unread_from(Offset from) const {
    (void)from;
    return std::nullopt;
  }
  // Calls `wake` after each move of the high watermark, or when the log closes, from the writer's
  // thread: it must be short. Returns a ticket for unwatch(), after which no call is under way.
  virtual uint64_t watch(std::function<void()> wake) = 0;
  virtual void unwatch(uint64_t ticket) = 0;
};

}  // namespace millrace::storage
