// SPDX-License-Identifier: Apache-2.0
// A run of the tracker: from a source that may go on to whatever ends the dump, and what is done
// about it.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "capture/binlog_folder.h"
#include "capture/healing.h"
#include "format/dts_avro/encoder.h"
#include "mysql/binlog_stream.h"
#include "mysql/source_info.h"
#include "schema/script.h"
#include "sink/storage_sink.h"
#include "task/dump_watch.h"
#include "task/pipeline_tracker_impl.h"

namespace millrace::task {
namespace {

constexpr size_t kLeastQueueBytes = 128 << 10;
constexpr size_t kMostQueueBytes = 4 << 20;

// A server that was reset under its old file names finds no event, or another file's end, where we
// stood.
Error told_as_divergence(Error error, bool awaits_overlap) {
  if (awaits_overlap && (error.code == Errc::kCorrupt || error.code == Errc::kTooLarge)) {
    return {Errc::kDiverged,
            "diverged: the source has no event where this task stands: it was reset, restored or "
            "replaced. Check which server answers at this address; or go on somewhere else, with "
            "a marker of the gap in the topic: millrace task start TASK --from P --accept-gap (P: "
            "earliest, latest ...). It says: " +
                error.what};
  }
  if (error.code == Errc::kDiverged && error.what.find("diverged") == std::string::npos)
    error.what = "diverged: " + error.what;
  return error;
}

}  // namespace

Status PipelineTracker::track() {
  TRY(check_disk());
  Chosen chosen = TRY(choose());
  {
    const std::lock_guard lock(control_mutex_);
    if (stopping_) return Error{Errc::kCancelled, "stopped"};
    control_ = chosen.control.get();
  }
  Status status = track_from(chosen);
  const std::lock_guard lock(control_mutex_);
  control_ = nullptr;
  return status;
}

// Until something ends it that cannot be helped over.
Status PipelineTracker::track_from(Chosen& chosen) {
  {
    const std::lock_guard lock(status_mutex_);
    status_.source = mysql::masked_url(chosen.source.options);
    status_.server = chosen.source.identity;
    status_.source_clock_delta_ms = chosen.source.clock_delta_ms;
  }
  const bool begins = !state_.progress;
  const bool jumps = !begins && order_.from;
  if (begins) TRY(begin(chosen.source));
  TRY(remember(kVersionInput, chosen.control->server_version(), state_.server_version));
  TRY(remember(kOnlineDdlInput, task_.spec.online_ddl == OnlineDdl::kRaw ? "raw" : "fold",
               state_.online_ddl));
  if (jumps) TRY(jump(chosen.source));
  for (bool planned = !begins && !jumps;; planned = false) {
    Refusal refusal;
    if (!planned) chosen.plan = TRY(plan(*chosen.control, chosen.source, refusal));
    if (!chosen.plan.accepted.empty()) TRY(accept_server(chosen));
    schema::Catalog catalog = state_.catalog;
    std::optional<capture::Stop> stop;
    Status status = run(chosen, catalog, stop);
    if (status || !stop) return status;
    TRY(help_over(status.error(), *stop, catalog, chosen.source));
  }
}

void PipelineTracker::set_stream(mysql::EventStream* stream) {
  const std::lock_guard lock(control_mutex_);
  stream_ = stream;
  if (stopping_ && stream != nullptr) stream->shutdown();
}

Result<std::unique_ptr<mysql::EventStream>> PipelineTracker::open_stream(const Chosen& chosen) {
  mysql::DumpOptions dump;
  dump.connect = chosen.source.options;
  dump.server_id = task_.server_id;
  dump.replica_uuid = mysql::uuid_text(task_.topic_id);
  dump.by_gtid = chosen.plan.by_gtid;
  dump.start = chosen.plan.start;
  if (!chosen.plan.from_folder)
    return std::unique_ptr<mysql::EventStream>(TRY(mysql::BinlogStream::open(dump)));

  capture::BinlogFolderOptions folder;
  folder.folder = order_.binlog_dir;
  folder.start = chosen.plan.start;
  folder.first_live = TRY(mysql::list_binlogs(*chosen.control)).front().name;
  folder.server_id = chosen.source.identity.server_id;
  folder.flavour = chosen.source.mariadb ? mysql::Flavour::kMariaDb : mysql::Flavour::kMySql;
  dump.by_gtid = false;
  dump.start = {folder.first_live, 4, ""};
  folder.live = [dump]() -> Result<std::unique_ptr<mysql::EventStream>> {
    return std::unique_ptr<mysql::EventStream>(TRY(mysql::BinlogStream::open(dump)));
  };
  return std::unique_ptr<mysql::EventStream>(
      TRY(capture::BinlogFolder::open(context_.files, std::move(folder))));
}

Result<std::unique_ptr<capture::XaFolder>> PipelineTracker::open_xa() {
  const std::lock_guard removal(removal_mutex_);
  return capture::XaFolder::open(context_.files, folder_ + "/xa",
                                 {state_.progress->file, state_.progress->offset, ""});
}

Status PipelineTracker::run(const Chosen& chosen, schema::Catalog& catalog,
                            std::optional<capture::Stop>& stop) {
  const std::unique_ptr<mysql::EventStream> stream = TRY(open_stream(chosen));
  format::dts_avro::DtsAvroEncoder encoder;
  sink::StorageSink sink(*log_, kTaskFormat, task_.spec.compression,
                         [this](const std::string& gtids) {
                           GtidState whole = state_.gtids;
                           const Status added = whole.add(gtids);
                           return added ? whole.text() : state_.gtids.text();
                         });
  {
    const std::lock_guard lock(status_mutex_);
    xa_ = nullptr;
  }
  std::unique_ptr<capture::XaFolder> xa = TRY(open_xa());
  {
    const std::lock_guard lock(status_mutex_);
    xa_ = std::move(xa);
  }
  const storage::Progress from = *state_.progress;
  Pipeline pipeline(
      pipeline_options(), context_.executor, context_.clock, catalog, *xa_, encoder, sink,
      from.last_record_id, from, chosen.source.identity,
      [this](Committed what) { committed(std::move(what)); }, counts_);
  pipeline.know(state_.healed(), state_.lost_xa());
  pipeline.start(chosen.plan.start,
                 chosen.source.mariadb ? mysql::Flavour::kMariaDb : mysql::Flavour::kMySql,
                 chosen.plan.overlap);
  {
    const std::lock_guard log_lock(log_mutex_);
    run_active_ = true;
    const std::lock_guard lock(control_mutex_);
    stream_ = stream.get();
    pipeline_ = &pipeline;
    if (stopping_) pipeline.stop();
  }
  set_phase(Phase::kRunning, "");
  DumpWatch watch(context_.clock, [&] { return mysql::log_end(*chosen.control); });
  Status status = pipeline.run(*stream, watch, chosen.source.clock_delta_ms);
  stop = pipeline.stopped_by();
  if (!status && !chosen.plan.from_folder)
    status = told_as_divergence(std::move(status.error()), pipeline.awaits_overlap());
  const std::lock_guard log_lock(log_mutex_);
  run_active_ = false;
  last_offline_ms_ = context_.clock.monotonic_ms();
  {
    const std::lock_guard lock(status_mutex_);
    status_.position = state_.position();
  }
  const std::lock_guard lock(control_mutex_);
  stream_ = nullptr;
  pipeline_ = nullptr;
  return status;
}

PipelineOptions PipelineTracker::pipeline_options() const {
  PipelineOptions options;
  const size_t share = context_.memory_bytes / (4 * std::max<size_t>(context_.trackers, 1));
  options.read_queue_bytes = std::clamp(share, kLeastQueueBytes, kMostQueueBytes);
  options.write_queue_bytes = std::clamp(2 * share, kLeastQueueBytes, 2 * kMostQueueBytes);
  options.writer.transaction_bytes = std::clamp<size_t>(4 * share, 256 << 10, 16 << 20);
  options.writer.max_record_bytes = context_.max_record_bytes;
  options.assembler.selection = task_.spec.selection;
  options.assembler.selection.fold_case = state_.catalog.server().lower_case_table_names != 0;
  options.assembler.fold_online_ddl = state_.online_ddl != "raw";
  options.assembler.emit_partial_rows = task_.spec.partial_rows == PartialRows::kEmit;
  options.server_version_hint = state_.server_version;
  return options;
}

// The append stage's thread: what it made durable is now the state to come back to.
void PipelineTracker::committed(Committed what) {
  const size_t healed = state_.healed_ever();
  for (const std::string& entry : what.history) {
    const Status taken = state_.take_history(as_bytes(entry));
    CHECK(static_cast<bool>(taken), taken ? std::string() : taken.error().what);
  }
  const std::string gtids = what.progress.gtids;
  {
    const std::lock_guard lock(status_mutex_);
    const Status added = state_.take_progress(std::move(what.progress));
    CHECK(static_cast<bool>(added), gtids);
  }
  if (state_.healed_ever() != healed) show_history();
  retain_if_due();
  {
    const std::lock_guard removal(removal_mutex_);
    // What cannot be removed now is when the next run opens the folder.
    const Status removed = xa_->passed({state_.progress->file, state_.progress->offset, ""});
    (void)removed;
  }
  const std::lock_guard lock(status_mutex_);
  status_.position.file = state_.progress->file;
  status_.position.offset = state_.progress->offset;
  status_.read_time_ms = std::max(status_.read_time_ms, what.read_time_ms);
  status_.end_offset = log_->reader(kTaskFormat)->view().high_watermark;
}

// Done: the next run begins at the same border and comes past the place.
Status PipelineTracker::help_over(const Error& error, const capture::Stop& stop,
                                  const schema::Catalog& known, const Source& source) {
  if (stop.kind == capture::Stop::Kind::kLostXa) {
    if (order_.accept_gap) return accept_lost_xa(stop);
    return error;
  }
  // What was found out for this place did not help.
  if (state_.has_healed(stop.at, stop.database + "." + stop.table)) return error;
  Status healed = heal(stop, known, source);
  if (healed || healed.error().code != Errc::kMismatch) return healed;
  return Error{Errc::kMismatch, error.what + ". " + healed.error().what};
}

// Design section 6, "A DDL that cannot be read".
Status PipelineTracker::heal(const capture::Stop& stop, const schema::Catalog& known,
                             const Source& source) {
  set_phase(Phase::kRunning, "reading the definition of " + stop.database + "." + stop.table +
                                 " again, and the log since then for DDL");
  std::vector<schema::Healed> found;
  // A person's definitions are of the place where the task stood, and of no later one.
  if (!order_.schema_sql.empty() && state_.position() == ordered_at_) {
    schema::Catalog given(known.server());
    TRY(schema::apply_script(order_.schema_sql, given));
    found = TRY(capture::heal_with(given, stop, context_.clock.wall_ms()));
  } else {
    capture::HealingOptions options;
    options.source = source.options;
    options.server = source.identity;
    options.server_id = task_.server_id;
    options.now_ms = context_.clock.wall_ms();
    options.reading = [this](mysql::EventStream* stream) { set_stream(stream); };
    found = TRY(capture::heal(options, stop, known));
  }
  const std::lock_guard lock(log_mutex_);
  for (const schema::Healed& one : found) {
    const std::string entry = schema::encode(one);
    TRY(log_->append_history(as_bytes(entry), storage::HistoryKind::kInput));
    TRY(state_.take_history(as_bytes(entry)));
  }
  show_history();
  return Done{};
}

Status PipelineTracker::accept_lost_xa(const capture::Stop& stop) {
  const std::lock_guard lock(log_mutex_);
  Accepted lost;
  lost.what = Accepted::What::kLostXa;
  lost.place = stop.at;
  lost.from = position_text({stop.at.file, stop.group_start, stop.at.gtids});
  lost.to = position_text({stop.at.file, stop.event_end, ""});
  if (order_.reason.empty())
    lost.reason = "XA COMMIT " + capture::xid_text(stop.xid) + " without its XA PREPARE";
  return write_marker(std::move(lost), *state_.progress);
}

Status PipelineTracker::accept_server(const Chosen& chosen) {
  if (accepted_server_) return Done{};  // and it is this one
  const std::lock_guard lock(log_mutex_);
  Accepted server;
  server.what = Accepted::What::kServer;
  server.from = server_text(state_.progress->server);
  server.to = server_text(chosen.source.identity);
  server.reason = order_.reason.empty() ? chosen.plan.accepted : order_.reason;
  storage::Progress progress = *state_.progress;
  if (!chosen.plan.by_gtid) progress.server = chosen.source.identity;  // with the same files
  if (!chosen.plan.by_gtid || chosen.source.mariadb) {
    TRY(write_marker(std::move(server), progress));
    accepted_server_ = chosen.source.identity;
    return Done{};
  }
  // It is the task's server from here on, and what it lacks is not asked for again.
  GtidState gtids;
  TRY(gtids.add(TRY(state_.gtids.without(chosen.plan.lacking))));
  progress.server = chosen.source.identity;
  progress.transaction_file.clear();
  progress.transaction_start = 0;
  progress.transaction_crc = 0;
  progress.transaction_gtid.clear();
  TRY(write_marker(std::move(server), progress, std::move(gtids)));
  accepted_server_ = chosen.source.identity;
  return Done{};
}

}  // namespace millrace::task
