// SPDX-License-Identifier: Apache-2.0
// Proof that a journal entry, and all that it covers, is on disk. Only the journal makes one, and a
// high watermark moves by nothing else: no mark, no visibility.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "storage/log_reader.h"

namespace millrace::storage {

class CommitMark {
 public:
  uint64_t sequence() const { return sequence_; }
  Offset end(size_t format) const { return ends_[format]; }

 private:
  friend class CommitJournal;
  CommitMark(uint64_t sequence, std::vector<Offset> ends)
      : sequence_(sequence), ends_(std::move(ends)) {}
  uint64_t sequence_;
  std::vector<Offset> ends_;
};

}  // namespace millrace::storage
