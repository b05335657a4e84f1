// SPDX-License-Identifier: Apache-2.0
#include "control/lag.h"

#include <algorithm>

#include "control/limits.h"
#include "control/log_scan.h"
#include "format/dts_avro/reader.h"

namespace millrace::control {
namespace {

bool is_heartbeat(const storage::RecordView& record) {
  if (!record.value) return false;
  const auto decoded = format::dts_avro::read_record(*record.value);
  return decoded && decoded->operation == format::dts_avro::Operation::kHeartbeat;
}

}  // namespace

int64_t Lag::delay_ms(int64_t now_ms) const {
  if (records == 0 || !oldest_unread_ms) return 0;
  return std::max<int64_t>(0, now_ms - *oldest_unread_ms);
}

Result<Lag> measure_lag(const storage::LogReader& log, storage::Offset committed,
                        size_t max_bytes) {
  const storage::LogView view = log.view();
  Lag lag;
  lag.lost = std::max<int64_t>(0, view.start.value - committed.value);
  const storage::Offset first = std::max(view.start, committed);
  if (first >= view.high_watermark) committed = view.high_watermark;
  // From the record before, whose time is where the group stands.
  const bool has_before = committed > view.start && committed <= view.high_watermark;
  LogScan scan(log, has_before ? storage::Offset{committed.value - 1} : first);
  int64_t visited = 0;
  const auto visit = [&](const storage::RecordView& record) {
    if (record.offset >= view.high_watermark) return false;
    if (record.offset < committed) {
      lag.read_to_ms = record.timestamp_ms;
      return true;
    }
    ++visited;
    if (is_heartbeat(record)) {
      ++lag.heartbeats;
    } else if (!lag.oldest_unread_ms) {
      lag.oldest_unread_ms = record.timestamp_ms;
    }
    return true;
  };
  while (scan.next() < view.high_watermark && scan.bytes_read() < max_bytes) {
    if (!TRY(scan.piece(kStreamPieceBytes, visit))) break;
  }
  lag.exact = scan.next() >= view.high_watermark;
  // What was not read is counted by its offsets; a gap in them (guarantee 9) has no records, but
  // ends by being read.
  const int64_t unvisited = std::max<int64_t>(0, view.high_watermark.value - scan.next().value);
  lag.records = visited + unvisited - lag.heartbeats;
  return lag;
}

}  // namespace millrace::control
