// SPDX-License-Identifier: Apache-2.0
// The records of one open transaction that outgrew memory: a segment of its own, with offsets
// relative to its start, because heartbeats go on in the active segment meanwhile. commit() makes
// it the next segment; otherwise nothing is left of it. Used by the log's writer thread only, and
// only while its TaskLog lives.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "storage/batch.h"

namespace millrace::storage {

class PendingSegment {
 public:
  // A savepoint.
  struct Mark {
    uint64_t bytes = 0;
    int64_t records = 0;
    int64_t max_timestamp_ms = -1;
  };
  // Discards what was not committed.
  virtual ~PendingSegment() = default;
  // Sealed batches whose offsets count from 0.
  virtual Status append(Batches&& batches) = 0;
  virtual Mark mark() const = 0;
  virtual Status cut_back(const Mark& mark) = 0;
  virtual uint64_t bytes() const = 0;
  virtual int64_t records() const = 0;
  // Puts it behind all that was appended to its log so far. Visible with the next
  // TaskLog::commit(). Once only; nothing else may be called afterwards.
  virtual Status commit() = 0;
};

}  // namespace millrace::storage
