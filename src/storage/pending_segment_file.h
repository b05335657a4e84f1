// SPDX-License-Identifier: Apache-2.0
// A pending segment on disk: `pending-N.log` beside the segments.
#pragma once

#include <memory>
#include <string>

#include "storage/format_log.h"
#include "storage/pending_segment.h"

namespace millrace::storage {

class PendingSegmentFile final : public PendingSegment {
 public:
  PendingSegmentFile(FormatLog& log, std::unique_ptr<io::File> file, std::string path);
  ~PendingSegmentFile() override;
  PendingSegmentFile(const PendingSegmentFile&) = delete;
  PendingSegmentFile& operator=(const PendingSegmentFile&) = delete;

  Status append(Batches&& batches) override;
  Mark mark() const override { return at_; }
  Status cut_back(const Mark& mark) override;
  uint64_t bytes() const override { return at_.bytes; }
  int64_t records() const override { return at_.records; }
  Status commit() override;

 private:
  FormatLog& log_;
  std::unique_ptr<io::File> file_;  // null after commit()
  const std::string path_;
  Mark at_;
};

}  // namespace millrace::storage
