// SPDX-License-Identifier: Apache-2.0
// The inside of the tracker that follows a binlog. Its parts: pipeline_tracker.cc its life,
// tracker_run.cc a run, tracker_begin.cc where reading begins, tracker_marks.cc what is written
// outside of a run, tracker_backup.cc a copy of it all.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "capture/assembler.h"
#include "capture/xa_folder.h"
#include "mysql/connection.h"
#include "mysql/event_stream.h"
#include "storage/task_log.h"
#include "task/backoff.h"
#include "task/pipeline.h"
#include "task/pipeline_tracker.h"
#include "task/resume_plan.h"
#include "task/tracker_state.h"

namespace millrace::task {

inline constexpr size_t kTaskFormat = 0;  // the one log of a task

class PipelineTracker final : public Tracker {
 public:
  static Result<std::unique_ptr<Tracker>> open(TrackerContext& context, const TaskRecord& task,
                                               const std::string& folder, TrackerChanged changed);
  ~PipelineTracker() override;

  void start(const StartOrder& order) override;
  void stop() override;
  TrackerStatus status() const override;
  std::shared_ptr<storage::LogReader> log() const override { return log_->reader(kTaskFormat); }
  Result<storage::VerifyReport> verify(const storage::VerifyProgress& progress) const override {
    return log_->verify(progress);
  }
  void resume_retention() override { clock_was_looked_at_ = true; }
  Status back_up(const std::string& to, const io::CopyProgress& progress) override;
  uint64_t bytes_on_disk() const override { return log_->bytes_on_disk(); }
  std::string loss() const override { return log_->recovered().loss; }

 private:
  // A source that may go on.
  struct Chosen {
    std::unique_ptr<mysql::Connection> control;
    Source source;
    ResumePlan plan;
  };

  PipelineTracker(TrackerContext& context, TaskRecord task, std::string folder,
                  TrackerChanged changed);
  Status open_log();
  Status go_on_beyond();
  void work();
  bool wait(std::chrono::milliseconds time);
  void set_phase(Phase phase, const std::string& reason, int64_t next_retry_ms = 0,
                 bool waits_for_disk = false);
  Status check_disk() const { return context_.disk.check(); }
  std::chrono::milliseconds next_try(const Error& error, Backoff& backoff) const;
  void tick();
  void retain_if_due();
  void show_history();

  // tracker_run.cc
  Status track();
  Status track_from(Chosen& chosen);
  Status run(const Chosen& chosen, schema::Catalog& catalog, std::optional<capture::Stop>& stop);
  Result<std::unique_ptr<capture::XaFolder>> open_xa();
  Result<std::unique_ptr<mysql::EventStream>> open_stream(const Chosen& chosen);
  Status help_over(const Error& error, const capture::Stop& stop, const schema::Catalog& known,
                   const Source& source);
  Status heal(const capture::Stop& stop, const schema::Catalog& known, const Source& source);
  Status accept_lost_xa(const capture::Stop& stop);
  Status accept_server(const Chosen& chosen);
  PipelineOptions pipeline_options() const;
  void committed(Committed what);
  void set_stream(mysql::EventStream* stream);

  // tracker_begin.cc
  Result<Chosen> choose();
  Result<Chosen> try_source(const mysql::ConnectOptions& options, Refusal& refusal);
  Result<ResumePlan> plan(mysql::Connection& control, const Source& found, Refusal& refusal);
  Status check_jump(const Source& found) const;
  bool accepts(const change::ServerIdentity& server) const;
  Error none_can_go_on(std::vector<Error> errors, bool is_behind);
  Status begin(const Source& source);
  Status jump(const Source& source);
  Status begin_history(const schema::Catalog& catalog, storage::HistoryKind kind);
  Status remember(std::string_view input, const std::string& value, std::string& known);

  // tracker_backup.cc
  Status copy_xa(const std::string& to, const io::CopyProgress& progress) const;

  // tracker_marks.cc: under log_mutex_.
  Status add_heartbeat(const storage::Progress& progress, int64_t time_ms,
                       std::span<const format::Tag> tags);
  Status write_marker(Accepted accepted, const storage::Progress& progress,
                      std::optional<GtidState> gtids = std::nullopt);
  void offline_heartbeat();

  TrackerContext& context_;
  const TaskRecord task_;
  const std::string folder_;
  const TrackerChanged changed_;
  std::unique_ptr<storage::TaskLog> log_;
  uint64_t ticket_ = 0;

  // As of the journal's last entry. Written by the append stage while a run is under way, by the
  // tracker's thread otherwise; its GTIDs under status_mutex_ too, since status() reads them.
  TrackerState state_;

  // The tracker's thread's own.
  StartOrder order_;  // what is still to be done of it
  // The server that --accept-server was good for; its marker is written.
  std::optional<change::ServerIdentity> accepted_server_;
  change::Position ordered_at_;    // where reading stood when the order came
  int64_t refused_since_ms_ = -1;  // monotonic: since when no source can go on

  // Held by whoever writes to the log outside of a run, and while a run begins and ends.
  std::mutex log_mutex_;
  bool run_active_ = false;  // under log_mutex_
  int64_t last_offline_ms_ = 0;
  int64_t last_retain_ms_ = 0;

  // Held while something of the folder is removed that a backup may be copying.
  std::mutex removal_mutex_;
  int backups_ = 0;  // under removal_mutex_
  std::atomic<bool> clock_was_looked_at_{false};

  std::thread thread_;
  std::mutex control_mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;                 // under control_mutex_
  mysql::EventStream* stream_ = nullptr;  // likewise: shut down by stop()
  mysql::Connection* control_ = nullptr;  // likewise
  Pipeline* pipeline_ = nullptr;          // likewise

  mutable std::mutex status_mutex_;
  TrackerStatus status_;
  std::unique_ptr<capture::XaFolder> xa_;  // since the first run; replaced by each
  PipelineCounts counts_;
};

}  // namespace millrace::task
