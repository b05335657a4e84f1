// SPDX-License-Identifier: Apache-2.0
// The tracker's records outside of a run: heartbeats while nothing is read, and markers of what a
// person accepted.
#include <utility>

#include "format/dts_avro/encoder.h"
#include "schema/history.h"
#include "storage/batch.h"
#include "task/pipeline_tracker_impl.h"

namespace millrace::task {
namespace {

constexpr int64_t kOfflineHeartbeatMs = 10'000;

}  // namespace

// Appended, and neither durable nor visible before the next commit.
Status PipelineTracker::add_heartbeat(const storage::Progress& progress, int64_t time_ms,
                                      std::span<const format::Tag> tags) {
  format::dts_avro::DtsAvroEncoder encoder;
  Buffer value;
  const uint32_t file_number = change::binlog_file_number(progress.file);
  encoder.heartbeat(
      {progress.last_record_id, file_number, progress.offset, file_number, progress.offset},
      time_ms / 1000, state_.server_version, tags, value);
  storage::BatchBuilder builder;
  builder.add(time_ms, value.view());
  storage::Batches batches = builder.take();
  TRY(storage::seal(batches, storage::Compression::kNone));
  return log_->append(kTaskFormat, std::move(batches));
}

// While nothing is read a heartbeat every ten seconds keeps consumers alive; its time stands still.
void PipelineTracker::offline_heartbeat() {
  const int64_t now = context_.clock.monotonic_ms();
  if (!state_.progress || state_.server_version.empty() ||
      now - last_offline_ms_ < kOfflineHeartbeatMs)
    return;
  last_offline_ms_ = now;
  int64_t time_ms = 0;
  {
    const std::lock_guard lock(status_mutex_);
    time_ms = status_.read_time_ms;
  }
  if (time_ms == 0 || !check_disk() || !add_heartbeat(*state_.progress, time_ms, {})) return;
  storage::Progress progress = *state_.progress;
  progress.gtids.clear();
  const auto mark = log_->commit(progress, [this] { return state_.gtids.text(); });
  if (!mark) return;
  const std::lock_guard lock(status_mutex_);
  status_.end_offset = mark->end(kTaskFormat);
}

// The input and its marker become one step with `progress`; with `gtids` the set is another one
// from there on. The marker's time is that up to which the source was read.
Status PipelineTracker::write_marker(Accepted accepted, const storage::Progress& progress,
                                     std::optional<GtidState> gtids) {
  accepted.time_ms = context_.clock.wall_ms();
  if (accepted.reason.empty()) accepted.reason = order_.reason;
  const std::string entry =
      schema::encode(schema::Input{std::string(kAcceptedInput), accepted_text(accepted)});
  // Not kept without the marker: what was accepted is never without its sign.
  TRY(log_->append_history(as_bytes(entry), storage::HistoryKind::kDerived));
  int64_t time_ms = 0;
  {
    const std::lock_guard lock(status_mutex_);
    time_ms = status_.read_time_ms != 0 ? status_.read_time_ms
                                        : accepted.time_ms + status_.source_clock_delta_ms;
  }
  TRY(add_heartbeat(progress, time_ms, marker_tags(accepted)));
  if (gtids) log_->end_journal_file();
  const GtidState& whole = gtids ? *gtids : state_.gtids;
  storage::Progress now = progress;
  now.gtids.clear();
  const storage::CommitMark mark = TRY(log_->commit(now, [&] { return whole.text(); }));
  TRY(state_.take_history(as_bytes(entry)));
  show_history();
  const std::lock_guard lock(status_mutex_);
  if (gtids) state_.gtids = std::move(*gtids);
  state_.progress = std::move(now);
  status_.position = state_.position();
  status_.end_offset = mark.end(kTaskFormat);
  return Done{};
}

}  // namespace millrace::task
