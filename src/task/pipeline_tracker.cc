// SPDX-License-Identifier: Apache-2.0
#include "task/pipeline_tracker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "task/pipeline_tracker_impl.h"

namespace millrace::task {
namespace {

constexpr int64_t kRetainMs = 60'000;
// Of a limit in bytes: retention removes whole segments, and never the newest.
constexpr int64_t kSegmentsPerLimit = 8;
constexpr uint64_t kLeastSegmentBytes = 1 << 20;
constexpr std::chrono::milliseconds kLookForRoom{1000};

bool can_be_tried_again(Errc code) {
  return code == Errc::kUnavailable || code == Errc::kNoSpace || code == Errc::kIo ||
         code == Errc::kCancelled;
}

std::string_view how_text(schema::Healed::How how) {
  switch (how) {
    case schema::Healed::How::kReadAgain:
      return "read_again";
    case schema::Healed::How::kGiven:
      return "given";
    case schema::Healed::How::kMetadata:
      return "metadata";
  }
  return "";
}

}  // namespace

storage::LogOptions log_options(const TaskRecord& task, bool sync) {
  storage::LogOptions options;
  options.formats = {task.spec.format};
  options.retention_ms = task.spec.retention_ms;
  options.retention_bytes = task.spec.retention_bytes.value_or(-1);
  if (options.retention_bytes > 0) {
    const auto part = static_cast<uint64_t>(options.retention_bytes / kSegmentsPerLimit);
    options.segment_bytes = std::clamp(part, kLeastSegmentBytes, options.segment_bytes);
  }
  options.sync = sync;
  options.accept_loss = task.log_order.repair;
  options.give_up = task.log_order.give_up;
  return options;
}

PipelineTracker::PipelineTracker(TrackerContext& context, TaskRecord task, std::string folder,
                                 TrackerChanged changed)
    : context_(context),
      task_(std::move(task)),
      folder_(std::move(folder)),
      changed_(std::move(changed)) {}

Result<std::unique_ptr<Tracker>> PipelineTracker::open(TrackerContext& context,
                                                       const TaskRecord& task,
                                                       const std::string& folder,
                                                       TrackerChanged changed) {
  std::unique_ptr<PipelineTracker> tracker(
      new PipelineTracker(context, task, folder, std::move(changed)));
  TRY(tracker->open_log());
  ++context.trackers;
  tracker->ticket_ = context.ticker.add([raw = tracker.get()] { raw->tick(); });
  return std::unique_ptr<Tracker>(std::move(tracker));
}

PipelineTracker::~PipelineTracker() {
  if (ticket_ != 0) {
    context_.ticker.remove(ticket_);
    --context_.trackers;
  }
  stop();
}

Status PipelineTracker::open_log() {
  log_ = TRY(storage::TaskLog::open(
      context_.files, context_.clock, folder_, log_options(task_, context_.sync),
      [this](Bytes entry, storage::HistoryKind) { return state_.take_history(entry); }));
  const storage::Recovered& recovered = log_->recovered();
  state_.progress = recovered.progress;
  for (const std::string& gtids : recovered.gtids) TRY(state_.gtids.add(gtids));
  show_history();
  if (state_.progress) {
    const std::lock_guard lock(status_mutex_);
    status_.position = state_.position();
    status_.read_time_ms = state_.progress->commit_time_us / 1000;
    status_.server = state_.progress->server;
  }
  TRY(go_on_beyond());
  const std::lock_guard lock(status_mutex_);
  status_.end_offset = log_->reader(kTaskFormat)->view().high_watermark;
  return Done{};
}

// Guarantee 9: no offset that may have been seen is used again.
Status PipelineTracker::go_on_beyond() {
  const storage::LogView view = log_->reader(kTaskFormat)->view();
  const LogOrder& order = task_.log_order;
  const int64_t known = std::max(order.known_end, state_.progress ? 0 : task_.first_offset);
  const bool is_past = known > view.high_watermark.value;
  if (is_past || order.restored) TRY(log_->bump_epoch(kTaskFormat, storage::Offset{known}));
  const std::vector<storage::Offset>& cut = log_->recovered().cut;
  if (!order.repair || cut.empty() || !state_.progress) return Done{};
  Accepted repair;
  repair.what = order.give_up ? Accepted::What::kDamage : Accepted::What::kRepair;
  repair.reason = order.reason.empty() ? loss() : order.reason + " (" + loss() + ")";
  repair.from = fmt::format("offset {}", cut[kTaskFormat].value);
  repair.to =
      order.give_up ? fmt::format("offset {}", view.start.value) : position_text(state_.position());
  return write_marker(std::move(repair), *state_.progress);
}

void PipelineTracker::start(const StartOrder& order) {
  stop();
  order_ = order;
  accepted_server_.reset();
  ordered_at_ = state_.position();
  refused_since_ms_ = -1;
  {
    const std::lock_guard lock(control_mutex_);
    stopping_ = false;
  }
  {
    const std::lock_guard lock(status_mutex_);
    status_.phase = Phase::kStarting;
    status_.reason = "connecting to the source";
  }
  thread_ = std::thread([this] { work(); });
}

void PipelineTracker::stop() {
  {
    const std::lock_guard lock(control_mutex_);
    stopping_ = true;
    if (pipeline_ != nullptr) pipeline_->stop();
    if (stream_ != nullptr) stream_->shutdown();
    if (control_ != nullptr) control_->shutdown();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(status_mutex_);
  status_.phase = Phase::kStopped;
  status_.reason.clear();
  status_.next_retry_ms = 0;
}

// False when it was ended by stop().
bool PipelineTracker::wait(std::chrono::milliseconds time) {
  std::unique_lock lock(control_mutex_);
  return !wake_.wait_for(lock, time, [this] { return stopping_; });
}

void PipelineTracker::set_phase(Phase phase, const std::string& reason, int64_t next_retry_ms,
                                bool waits_for_disk) {
  TrackerStatus now;
  {
    const std::lock_guard lock(status_mutex_);
    const bool same = status_.phase == phase && status_.reason == reason;
    status_.phase = phase;
    status_.reason = reason;
    status_.next_retry_ms = next_retry_ms;
    status_.waits_for_disk = phase == Phase::kRetrying && waits_for_disk;
    if (phase == Phase::kRetrying || phase == Phase::kFailed) {
      status_.last_error = reason;
      status_.last_error_ms = context_.clock.wall_ms();
    }
    if (same) return;
    now = status_;
  }
  changed_(now);
}

// The tracker's thread: tries, and tries again after what trying may mend.
void PipelineTracker::work() {
  Backoff backoff;
  for (;;) {
    const int64_t began_ms = context_.clock.monotonic_ms();
    Status status = track();
    {
      const std::lock_guard lock(control_mutex_);
      if (stopping_) return;
    }
    Error error =
        status ? Error{Errc::kUnavailable, "the source ended the dump"} : std::move(status.error());
    if (!can_be_tried_again(error.code)) {
      set_phase(Phase::kFailed, error.what);
      return;
    }
    if (context_.clock.monotonic_ms() - began_ms > 60'000) backoff.reset();
    const auto pause = next_try(error, backoff);
    set_phase(Phase::kRetrying, error.what, context_.clock.wall_ms() + pause.count(),
              error.code == Errc::kNoSpace);
    if (!wait(pause)) return;
  }
}

// Room is looked for once a second: that costs nothing, and nobody is asked.
std::chrono::milliseconds PipelineTracker::next_try(const Error& error, Backoff& backoff) const {
  if (error.code == Errc::kNoSpace && !check_disk()) return kLookForRoom;
  return backoff.next(context_.random.next());
}

void PipelineTracker::retain_if_due() {
  const int64_t now = context_.clock.monotonic_ms();
  if (now - last_retain_ms_ < kRetainMs) return;
  last_retain_ms_ = now;
  const std::lock_guard removal(removal_mutex_);
  if (backups_ > 0) return;
  if (clock_was_looked_at_.exchange(false)) log_->resume_retention();
  // Retention that fails is tried again in a minute; what it left is only disk.
  const auto report = log_->retain();
  if (!report) return;
  const std::lock_guard lock(status_mutex_);
  status_.retention_suspended = report->clock_stepped;
}

void PipelineTracker::tick() {
  {
    const std::lock_guard lock(control_mutex_);
    if (pipeline_ != nullptr) {
      if (Status room = check_disk(); !room) {
        pipeline_->stop_with(std::move(room.error()));
        if (stream_ != nullptr) stream_->shutdown();
      }
      pipeline_->tick();
      return;
    }
  }
  const std::unique_lock lock(log_mutex_, std::try_to_lock);
  if (!lock.owns_lock() || run_active_) return;
  retain_if_due();
  offline_heartbeat();
}

// What the history holds for people to see.
void PipelineTracker::show_history() {
  std::vector<HealedTable> healed;
  for (const schema::Healed& one : state_.healed()) {
    healed.push_back({one.table->database + "." + one.table->name,
                      std::string(how_text(one.how)),
                      {one.file, one.offset, one.gtid},
                      one.time_ms,
                      one.read_at,
                      one.statement});
  }
  const std::lock_guard lock(status_mutex_);
  status_.healed = std::move(healed);
  status_.accepted = state_.accepted();
}

TrackerStatus PipelineTracker::status() const {
  const std::lock_guard lock(status_mutex_);
  TrackerStatus now = status_;
  now.position.gtids = state_.gtids.text();  // a set may be large: only where somebody asks
  if (xa_ != nullptr) now.prepared_xa = xa_->list();
  now.counters.records = counts_.records;
  now.counters.rows = counts_.rows;
  now.counters.transactions = counts_.transactions;
  now.counters.ddl = counts_.ddl;
  now.counters.bytes_read = counts_.bytes_read;
  now.counters.bytes_written = counts_.bytes_written;
  now.counters.filtered_rows = counts_.filtered_rows_events;
  return now;
}

TrackerFactory make_pipeline_trackers(TrackerContext& context) {
  return [&context](const TaskRecord& task, const std::string& folder, TrackerChanged changed) {
    return PipelineTracker::open(context, task, folder, std::move(changed));
  };
}

}  // namespace millrace::task
