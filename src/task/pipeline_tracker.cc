// SPDX-License-Identifier: Apache-2.0
#include "task/pipeline_tracker.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "base/check.h"
#include "capture/start.h"
#include "capture/xa_folder.h"
#include "format/dts_avro/encoder.h"
#include "mysql/binlog_stream.h"
#include "mysql/source_info.h"
#include "schema/history.h"
#include "sink/storage_sink.h"
#include "storage/task_log.h"
#include "task/backoff.h"
#include "task/gtid_state.h"
#include "task/pipeline.h"

namespace millrace::task {
namespace {

constexpr size_t kFormat = 0;  // the one log of a task
constexpr int64_t kOfflineHeartbeatMs = 10'000;
constexpr int64_t kRetainMs = 60'000;
constexpr size_t kLeastQueueBytes = 128 << 10;
constexpr size_t kMostQueueBytes = 4 << 20;
constexpr std::string_view kVersionInput = "source.version";

bool can_be_tried_again(Errc code) {
  return code == Errc::kUnavailable || code == Errc::kNoSpace || code == Errc::kIo ||
         code == Errc::kCancelled;
}

// What a control connection found at the other end.
struct Source {
  change::ServerIdentity identity;
  bool mariadb = false;
  bool gtid_on = false;
  int64_t clock_delta_ms = 0;  // its clock less ours
};

Result<Source> look_at(mysql::Connection& control) {
  Source source;
  source.identity = TRY(mysql::server_identity(control));
  source.mariadb = control.is_mariadb();
  source.gtid_on = TRY(mysql::is_gtid_on(control));
  source.clock_delta_ms = TRY(mysql::clock_difference_us(control)) / 1000;
  return source;
}

class PipelineTracker final : public Tracker {
 public:
  static Result<std::unique_ptr<Tracker>> open(TrackerContext& context, const TaskRecord& task,
                                               const std::string& folder, TrackerChanged changed);
  ~PipelineTracker() override;

  void start() override;
  void stop() override;
  TrackerStatus status() const override;
  std::shared_ptr<storage::LogReader> log() const override { return log_->reader(kFormat); }

 private:
  PipelineTracker(TrackerContext& context, TaskRecord task, std::string folder,
                  TrackerChanged changed);
  Status open_log();
  Status take_history(Bytes entry);
  void work();
  Status track();
  Status track_from(mysql::Connection& control, const mysql::ConnectOptions& source);
  Result<std::unique_ptr<mysql::Connection>> connect(mysql::ConnectOptions& source);
  Status begin(const mysql::ConnectOptions& source);
  Status check_identity(mysql::Connection& control, const Source& found);
  Status remember_version(const std::string& version);
  Status check_disk() const;
  PipelineOptions pipeline_options() const;
  void committed(Committed what);
  void tick();
  void offline_heartbeat();
  void retain_if_due();
  void set_phase(Phase phase, const std::string& reason, int64_t next_retry_ms = 0);
  bool wait(std::chrono::milliseconds time);

  TrackerContext& context_;
  const TaskRecord task_;
  const std::string folder_;
  const TrackerChanged changed_;
  std::unique_ptr<storage::TaskLog> log_;
  uint64_t ticket_ = 0;

  // The committed state: as of the journal's last entry. Written by the append stage while a run is
  // under way, by the tracker's thread otherwise.
  schema::Catalog catalog_;
  GtidState gtids_;
  std::optional<storage::Progress> progress_;
  std::string server_version_;

  // Held by whoever writes to the log outside of a run, and while a run begins and ends.
  std::mutex log_mutex_;
  bool run_active_ = false;  // under log_mutex_
  int64_t last_offline_ms_ = 0;
  int64_t last_retain_ms_ = 0;

  std::thread thread_;
  std::mutex control_mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;                  // under control_mutex_
  mysql::BinlogStream* stream_ = nullptr;  // likewise: shut down by stop()
  mysql::Connection* control_ = nullptr;   // likewise
  Pipeline* pipeline_ = nullptr;           // likewise

  mutable std::mutex status_mutex_;
  TrackerStatus status_;
  std::unique_ptr<capture::XaFolder> xa_;  // since the first run; replaced by each
  PipelineCounts counts_;
};

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
  storage::LogOptions options;
  options.formats = {task_.spec.format};
  options.retention_ms = task_.spec.retention_ms;
  options.retention_bytes = task_.spec.retention_bytes.value_or(-1);
  options.sync = context_.sync;
  log_ = TRY(storage::TaskLog::open(
      context_.files, context_.clock, folder_, options,
      [this](Bytes entry, storage::HistoryKind) { return take_history(entry); }));
  const storage::Recovered& recovered = log_->recovered();
  progress_ = recovered.progress;
  for (const std::string& gtids : recovered.gtids) TRY(gtids_.add(gtids));
  if (!progress_ && task_.first_offset > 0)
    TRY(log_->bump_epoch(kFormat, storage::Offset{task_.first_offset}));
  const std::lock_guard lock(status_mutex_);
  if (progress_) {
    status_.position = {progress_->file, progress_->offset, gtids_.text()};
    status_.read_time_ms = progress_->commit_time_us / 1000;
  }
  status_.end_offset = log_->reader(kFormat)->view().high_watermark;
  return Done{};
}

Status PipelineTracker::take_history(Bytes entry) {
  const schema::HistoryEntry decoded = TRY(schema::decode_history_entry(entry));
  if (const auto* input = std::get_if<schema::Input>(&decoded)) {
    if (input->name == kVersionInput) server_version_ = input->value;
    return Done{};
  }
  return schema::replay(decoded, catalog_);
}

void PipelineTracker::start() {
  stop();
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

void PipelineTracker::set_phase(Phase phase, const std::string& reason, int64_t next_retry_ms) {
  TrackerStatus now;
  {
    const std::lock_guard lock(status_mutex_);
    const bool same = status_.phase == phase && status_.reason == reason;
    status_.phase = phase;
    status_.reason = reason;
    status_.next_retry_ms = next_retry_ms;
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
    const auto pause = backoff.next(context_.random.next());
    set_phase(Phase::kRetrying, error.what, context_.clock.wall_ms() + pause.count());
    if (!wait(pause)) return;
  }
}

Status PipelineTracker::track() {
  TRY(check_disk());
  mysql::ConnectOptions source;
  std::unique_ptr<mysql::Connection> control = TRY(connect(source));
  {
    const std::lock_guard lock(control_mutex_);
    if (stopping_) return Error{Errc::kCancelled, "stopped"};
    control_ = control.get();
  }
  Status status = track_from(*control, source);
  const std::lock_guard lock(control_mutex_);
  control_ = nullptr;
  return status;
}

// The sources in their order; the error is the last one's.
Result<std::unique_ptr<mysql::Connection>> PipelineTracker::connect(mysql::ConnectOptions& source) {
  Error last{Errc::kInvalid, "the task has no source"};
  for (const mysql::ConnectOptions& candidate : task_.spec.sources) {
    auto connection = mysql::Connection::open(candidate);
    if (connection) {
      source = candidate;
      return connection;
    }
    last = std::move(connection.error());
  }
  return last;
}

Status PipelineTracker::track_from(mysql::Connection& control,
                                   const mysql::ConnectOptions& source) {
  const Source found = TRY(look_at(control));
  if (!progress_) {
    TRY(begin(source));
  } else {
    TRY(check_identity(control, found));
  }
  TRY(remember_version(control.server_version()));

  mysql::DumpOptions dump;
  dump.connect = source;
  dump.server_id = task_.server_id;
  dump.replica_uuid = mysql::uuid_text(task_.topic_id);
  dump.by_gtid = found.gtid_on && !found.mariadb;
  std::optional<capture::Overlap> overlap;
  dump.start = {progress_->file, progress_->offset, gtids_.text()};
  if (!progress_->transaction_file.empty()) {
    overlap = capture::Overlap{progress_->transaction_crc, progress_->original_commit_time_us,
                               progress_->server == found.identity};
    dump.start.file = progress_->transaction_file;
    dump.start.offset = progress_->transaction_start;
    if (dump.by_gtid) dump.start.gtids = TRY(gtids_.without(progress_->transaction_gtid));
  }
  std::unique_ptr<mysql::BinlogStream> stream = TRY(mysql::BinlogStream::open(dump));

  storage::Progress from = *progress_;
  from.server = found.identity;
  schema::Catalog catalog = catalog_;
  format::dts_avro::DtsAvroEncoder encoder;
  sink::StorageSink sink(*log_, kFormat, task_.spec.compression, [this](const std::string& gtids) {
    GtidState whole = gtids_;
    const Status added = whole.add(gtids);
    return added ? whole.text() : gtids_.text();
  });
  {
    const std::lock_guard lock(status_mutex_);
    xa_ = nullptr;
  }
  std::unique_ptr<capture::XaFolder> xa = TRY(capture::XaFolder::open(
      context_.files, folder_ + "/xa", {progress_->file, progress_->offset, ""}));
  {
    const std::lock_guard lock(status_mutex_);
    xa_ = std::move(xa);
  }
  Pipeline pipeline(
      pipeline_options(), context_.executor, context_.clock, catalog, *xa_, encoder, sink,
      from.last_record_id, from, [this](Committed what) { committed(std::move(what)); }, counts_);
  pipeline.start(dump.start, found.mariadb ? mysql::Flavour::kMariaDb : mysql::Flavour::kMySql,
                 overlap);
  {
    const std::lock_guard log_lock(log_mutex_);
    run_active_ = true;
    const std::lock_guard lock(control_mutex_);
    stream_ = stream.get();
    pipeline_ = &pipeline;
    if (stopping_) pipeline.stop();
  }
  {
    const std::lock_guard lock(status_mutex_);
    status_.source_clock_delta_ms = found.clock_delta_ms;
  }
  set_phase(Phase::kRunning, "");
  Status status = pipeline.run(*stream, found.clock_delta_ms);
  const std::lock_guard log_lock(log_mutex_);
  run_active_ = false;
  last_offline_ms_ = context_.clock.monotonic_ms();
  const std::lock_guard lock(control_mutex_);
  stream_ = nullptr;
  pipeline_ = nullptr;
  return status;
}

// The first start: the place where it begins, and all definitions that hold there, become the head
// of the history; no row that existed before is a record.
Status PipelineTracker::begin(const mysql::ConnectOptions& source) {
  {
    const std::lock_guard lock(status_mutex_);
    status_.reason = "reading the definitions of the tables (no existing rows are copied)";
  }
  capture::StartOptions options;
  options.source = source;
  options.server_id = task_.server_id;
  options.selection = task_.spec.selection;
  options.schema_sql = task_.spec.schema_sql;
  capture::Beginning start = TRY(capture::start_at(options, task_.spec.from));
  const std::lock_guard lock(log_mutex_);
  for (const std::string& entry : schema::encode_snapshot(start.catalog))
    TRY(log_->append_history(as_bytes(entry), storage::HistoryKind::kInput));
  std::string objects;
  for (const capture::ObjectName& object : task_.spec.selection.objects)
    objects += (objects.empty() ? "" : ",") + capture::object_text(object);
  TRY(log_->append_history(as_bytes(schema::encode(schema::Input{"objects", objects})),
                           storage::HistoryKind::kInput));
  storage::Progress progress;
  progress.file = start.position.file;
  progress.offset = start.position.offset;
  progress.server = start.identity;
  progress.gtids = start.position.gtids;
  GtidState gtids;
  TRY(gtids.add(start.position.gtids));
  TRY(log_->commit(progress, [&] { return gtids.text(); }));
  catalog_ = std::move(start.catalog);
  gtids_ = std::move(gtids);
  progress_ = std::move(progress);
  const std::lock_guard status_lock(status_mutex_);
  status_.position = start.position;
  return Done{};
}

// Whether the server that answers is the one that we read before, or one that can go on for it.
Status PipelineTracker::check_identity(mysql::Connection& control, const Source& found) {
  if (progress_->server == found.identity) return Done{};
  const auto name = [](const change::ServerIdentity& server) {
    return server.uuid.empty() ? "server_id " + std::to_string(server.server_id)
                               : "server_uuid " + server.uuid;
  };
  const std::string both = name(found.identity) + ", before: " + name(progress_->server);
  if (found.mariadb || !found.gtid_on || gtids_.empty())
    return Error{
        Errc::kDiverged,
        "another server answers at this address (" + both +
            "); its file names and offsets mean nothing here. Point the task at the server "
            "that it read, or make a new task"};
  // With GTIDs another server may go on if it has all that we have; the dump itself refuses what
  // was purged, and the transaction that is read again must have the same original commit time.
  const std::string executed = TRY(mysql::current_position(control)).gtids;
  if (TRY(gtids_.is_subset_of(executed))) return Done{};
  return Error{Errc::kDiverged, "another server answers (" + both +
                                    ") and it lacks transactions that were read: " +
                                    TRY(gtids_.missing_from(executed)) +
                                    "; point the task at a server that has them"};
}

Status PipelineTracker::remember_version(const std::string& version) {
  if (version == server_version_) return Done{};
  const std::lock_guard lock(log_mutex_);
  TRY(log_->append_history(
      as_bytes(schema::encode(schema::Input{std::string(kVersionInput), version})),
      storage::HistoryKind::kInput));
  server_version_ = version;
  return Done{};
}

Status PipelineTracker::check_disk() const {
  const io::Space space = TRY(context_.files.space(folder_));
  const auto share =
      static_cast<uint64_t>(static_cast<double>(space.total_bytes) * context_.disk_reserve_share);
  const uint64_t reserve = std::max(context_.disk_reserve_bytes, share);
  if (space.free_bytes >= reserve) return Done{};
  return Error{Errc::kNoSpace, "the disk under " + folder_ + " has " +
                                   std::to_string(space.free_bytes >> 20) +
                                   " MiB left, under the reserve (disk_reserve) of " +
                                   std::to_string(reserve >> 20) +
                                   " MiB; tracking goes on by itself when there is room"};
}

PipelineOptions PipelineTracker::pipeline_options() const {
  PipelineOptions options;
  const size_t share = context_.memory_bytes / (4 * std::max<size_t>(context_.trackers, 1));
  options.read_queue_bytes = std::clamp(share, kLeastQueueBytes, kMostQueueBytes);
  options.write_queue_bytes = std::clamp(2 * share, kLeastQueueBytes, 2 * kMostQueueBytes);
  options.writer.transaction_bytes = std::clamp<size_t>(4 * share, 256 << 10, 16 << 20);
  options.writer.max_record_bytes = context_.max_record_bytes;
  options.assembler.selection = task_.spec.selection;
  options.assembler.selection.fold_case = catalog_.server().lower_case_table_names != 0;
  options.assembler.emit_partial_rows = task_.spec.partial_rows == PartialRows::kEmit;
  options.server_version_hint = server_version_;
  return options;
}

// The append stage's thread: what it made durable is now the state to come back to.
void PipelineTracker::committed(Committed what) {
  for (const std::string& entry : what.history) {
    const Status taken = take_history(as_bytes(entry));
    CHECK(static_cast<bool>(taken), taken ? std::string() : taken.error().what);
  }
  const Status added = gtids_.add(what.progress.gtids);
  CHECK(static_cast<bool>(added), what.progress.gtids);
  progress_ = std::move(what.progress);
  retain_if_due();
  // What cannot be removed now is when the next run opens the folder.
  const Status removed = xa_->passed({progress_->file, progress_->offset, ""});
  (void)removed;
  const std::lock_guard lock(status_mutex_);
  status_.position.file = progress_->file;
  status_.position.offset = progress_->offset;
  status_.read_time_ms = std::max(status_.read_time_ms, what.read_time_ms);
  status_.end_offset = log_->reader(kFormat)->view().high_watermark;
}

void PipelineTracker::retain_if_due() {
  const int64_t now = context_.clock.monotonic_ms();
  if (now - last_retain_ms_ < kRetainMs) return;
  last_retain_ms_ = now;
  // Retention that fails is tried again in a minute; what it left is only disk.
  const auto report = log_->retain();
  (void)report;
}

void PipelineTracker::tick() {
  {
    const std::lock_guard lock(control_mutex_);
    if (pipeline_ != nullptr) {
      if (!check_disk()) {
        pipeline_->stop_with(check_disk().error());
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

// While nothing is read a heartbeat every ten seconds keeps consumers alive; its time stands still.
void PipelineTracker::offline_heartbeat() {
  const int64_t now = context_.clock.monotonic_ms();
  if (!progress_ || server_version_.empty() || now - last_offline_ms_ < kOfflineHeartbeatMs) return;
  last_offline_ms_ = now;
  int64_t time_ms = 0;
  {
    const std::lock_guard lock(status_mutex_);
    time_ms = status_.read_time_ms;
  }
  if (time_ms == 0 || !check_disk()) return;
  format::dts_avro::DtsAvroEncoder encoder;
  Buffer value;
  const uint32_t file_number = change::binlog_file_number(progress_->file);
  encoder.heartbeat(
      {progress_->last_record_id, file_number, progress_->offset, file_number, progress_->offset},
      time_ms / 1000, server_version_, {}, value);
  storage::BatchBuilder builder;
  builder.add(time_ms, value.view());
  storage::Batches batches = builder.take();
  Status status = storage::seal(batches, storage::Compression::kNone);
  if (status) status = log_->append(kFormat, std::move(batches));
  if (!status) return;
  storage::Progress progress = *progress_;
  progress.gtids.clear();
  const auto mark = log_->commit(progress, [this] { return gtids_.text(); });
  if (!mark) return;
  const std::lock_guard lock(status_mutex_);
  status_.end_offset = mark->end(kFormat);
}

TrackerStatus PipelineTracker::status() const {
  const std::lock_guard lock(status_mutex_);
  TrackerStatus now = status_;
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

}  // namespace

TrackerFactory make_pipeline_trackers(TrackerContext& context) {
  return [&context](const TaskRecord& task, const std::string& folder, TrackerChanged changed) {
    return PipelineTracker::open(context, task, folder, std::move(changed));
  };
}

}  // namespace millrace::task
