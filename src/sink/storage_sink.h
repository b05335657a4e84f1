// SPDX-License-Identifier: Apache-2.0
// The append stage's end: batches into a task's own log.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sink/sink.h"
#include "storage/task_log.h"

namespace millrace::sink {

class StorageSink final : public Sink {
 public:
  // `whole_gtids` adds the given GTIDs, those of a commit, to the set that was committed before,
  // and gives the whole; asked when a file of the journal begins.
  using WholeGtids = std::function<std::string(const std::string& gtids)>;
  StorageSink(storage::TaskLog& log, size_t format, storage::Compression compression,
              WholeGtids whole_gtids);
  Status append(Batch batch) override;
  Status commit() override;

 private:
  Status append_records(Batch& batch);
  Status append_piece(Batch& batch);

  storage::TaskLog& log_;
  const size_t format_;
  const storage::Compression compression_;
  const WholeGtids whole_gtids_;
  std::unique_ptr<storage::PendingSegment> pending_;
  std::vector<storage::PendingSegment::Mark> piece_ends_;
  storage::Progress progress_;
  std::string gtids_;         // of all batches since the last commit
  bool moved_ = false;        // progress_ is ahead of what was committed
  bool has_records_ = false;  // so the commit must be durable
};

}  // namespace millrace::sink
