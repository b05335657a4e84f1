// SPDX-License-Identifier: Apache-2.0
// Reads a task's log record by record: for tails and for delays.
#pragma once

#include <cstddef>
#include <functional>

#include "base/buffer.h"
#include "base/result.h"
#include "storage/batch_reader.h"
#include "storage/log_reader.h"

namespace millrace::control {

// Called with each record from an offset on; false ends the scan.
using VisitRecord = std::function<bool(const storage::RecordView& record)>;

class LogScan {
 public:
  LogScan(const storage::LogReader& log, storage::Offset from) : log_(log), next_(from) {}
  // Visits the records of one piece, about `max_bytes`, and moves on behind the last one visited.
  // False: nothing is there now. kNotFound: retention has overtaken us.
  Result<bool> piece(size_t max_bytes, const VisitRecord& visit);
  storage::Offset next() const { return next_; }
  size_t bytes_read() const { return bytes_read_; }

 private:
  const storage::LogReader& log_;
  storage::Offset next_;
  size_t bytes_read_ = 0;
  Buffer buffer_;
  storage::BatchReader batch_;
};

}  // namespace millrace::control
