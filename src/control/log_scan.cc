// SPDX-License-Identifier: Apache-2.0
#include "control/log_scan.h"

namespace millrace::control {

Result<bool> LogScan::piece(size_t max_bytes, const VisitRecord& visit) {
  const storage::FileRange range = TRY(log_.read(next_, max_bytes, true));
  if (range.bytes == 0) return false;
  buffer_.clear();
  TRY(storage::read_range(range, buffer_));
  bytes_read_ += buffer_.size();
  Bytes rest = buffer_.view();
  while (!rest.empty()) {
    TRY(batch_.open(rest));
    while (const std::optional<storage::RecordView> record = TRY(batch_.next())) {
      if (record->offset < next_) continue;  // before the place that was asked for
      next_ = {record->offset.value + 1};
      if (!visit(*record)) return true;
    }
    next_ = {batch_.header().next_offset()};
    rest = rest.subspan(batch_.header().size());
  }
  return true;
}

}  // namespace millrace::control
