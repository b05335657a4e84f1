// SPDX-License-Identifier: Apache-2.0
#include "cmd/millrace/live_track.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "capture/assembler.h"
#include "capture/healing.h"
#include "capture/start.h"
#include "format/dts_avro/encoder.h"
#include "io/clock.h"
#include "io/random.h"
#include "mysql/binlog_stream.h"
#include "mysql/source_info.h"
#include "schema/history.h"
#include "task/backoff.h"
#include "task/gtid_state.h"
#include "task/record_writer.h"

namespace millrace::cmd {
namespace {

// Written by the signal handler; the watcher thread below cuts the dump.
const int kStopFd = ::eventfd(0, EFD_CLOEXEC);

bool wait_for_stop(int timeout_ms) {
  pollfd fd{kStopFd, POLLIN, 0};
  return ::poll(&fd, 1, timeout_ms) > 0;
}

// Cuts whatever stream is at hand when the process is asked to stop.
class StopWatcher {
 public:
  StopWatcher() : thread_([this] { watch(); }) {}
  ~StopWatcher() {
    stop_live_track();
    thread_.join();
  }
  StopWatcher(const StopWatcher&) = delete;
  StopWatcher& operator=(const StopWatcher&) = delete;

  void set(mysql::EventStream* stream) {
    const std::lock_guard lock(mutex_);
    stream_ = stream;
    if (stopped_ && stream_ != nullptr) stream_->shutdown();
  }
  bool stopped() {
    const std::lock_guard lock(mutex_);
    return stopped_;
  }

 private:
  void watch() {
    while (!wait_for_stop(-1)) {
    }
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    if (stream_ != nullptr) stream_->shutdown();
  }
  std::mutex mutex_;
  bool stopped_ = false;
  mysql::EventStream* stream_ = nullptr;
  std::thread thread_;
};

class LiveTrack {
 public:
  explicit LiveTrack(const LiveTrackOptions& options)
      : options_(options), output_(options.format) {}

  Status run() {
    task::Backoff backoff;
    for (;;) {
      Status status = follow();
      if (watcher_.stopped()) return output_.flush();
      if (status && healed_.size() > known_healed_) {
        known_healed_ = healed_.size();
        continue;
      }
      if (status) status = Error{Errc::kUnavailable, "the source ended the dump"};
      if (!began_ || status.error().code != Errc::kUnavailable) return status;
      const auto pause = backoff.next(random_.next());
      options_.say(status.error().what + "; trying again in " +
                   std::to_string((pause.count() + 999) / 1000) + " s");
      if (wait_for_stop(static_cast<int>(pause.count()))) return output_.flush();
    }
  }

 private:
  Status follow() {
    auto control = TRY(mysql::Connection::open(options_.source));
    const uint32_t server_id = TRY(mysql::choose_server_id(*control));
    if (!began_) TRY(begin(server_id));
    mysql::DumpOptions dump;
    dump.connect = options_.source;
    dump.server_id = server_id;
    mysql::Uuid uuid{};
    random_.fill(uuid);
    dump.replica_uuid = mysql::uuid_text(uuid);
    dump.by_gtid = TRY(mysql::is_gtid_on(*control)) && !control->is_mariadb();
    dump.start = {progress_.file, progress_.offset, gtids_.text()};
    std::unique_ptr<mysql::BinlogStream> stream = TRY(mysql::BinlogStream::open(dump));

    task::RecordWriter writer(encoder_, {}, last_id_, progress_, {},
                              [this](sink::Batch batch) { return take(std::move(batch)); });
    capture::AssemblerOptions assembler_options;
    assembler_options.selection = options_.selection;
    assembler_options.selection.fold_case = catalog_.server().lower_case_table_names != 0;
    assembler_options.fold_online_ddl = options_.fold_online_ddl;
    schema::Catalog catalog = catalog_;
    capture::Assembler assembler(assembler_options, catalog, writer, xa_);
    assembler.start(dump.start, stream->flavour());
    assembler.know(healed_);
    watcher_.set(stream.get());
    Status status = read(*stream, assembler, writer);
    watcher_.set(nullptr);
    const auto& stop = assembler.stop();
    if (status || !stop || stop->kind != capture::Stop::Kind::kMisfit) return status;
    return heal(*stop, catalog, std::move(status.error()));
  }

  // Looks for the definition that the rows at `stop` need. Done: it is in healed_, and reading
  // begins again at the last border.
  Status heal(const capture::Stop& stop, const schema::Catalog& known, Error misfit) {
    const bool tried = std::any_of(healed_.begin(), healed_.end(), [&](const auto& one) {
      return one.file == stop.at.file && one.offset == stop.at.offset;
    });
    if (tried) return misfit;
    auto control = TRY(mysql::Connection::open(options_.source));
    capture::HealingOptions options;
    options.source = options_.source;
    options.server = TRY(mysql::server_identity(*control));
    options.server_id = TRY(mysql::choose_server_id(*control));
    options.now_ms = io::RealClock().wall_ms();
    options.reading = [this](mysql::EventStream* stream) { watcher_.set(stream); };
    auto found = capture::heal(options, stop, known);
    if (!found && found.error().code == Errc::kMismatch)
      return Error{Errc::kMismatch, misfit.what + ". " + found.error().what};
    if (!found) return std::move(found.error());
    healed_.insert(healed_.end(), found->begin(), found->end());
    options_.say("the definition of " + stop.database + "." + stop.table +
                 " was read again from the source: no statement that was logged gives it");
    return Done{};
  }

  Status begin(uint32_t server_id) {
    capture::StartOptions start;
    start.source = options_.source;
    start.server_id = server_id;
    start.selection = options_.selection;
    start.schema_sql = options_.schema_sql;
    capture::Beginning beginning = TRY(capture::start_at(start, options_.from));
    progress_.file = beginning.position.file;
    progress_.offset = beginning.position.offset;
    TRY(gtids_.add(beginning.position.gtids));
    catalog_ = std::move(beginning.catalog);
    began_ = true;
    options_.say("tracking from " + progress_.file + ":" + std::to_string(progress_.offset) +
                 "; existing rows are not copied");
    return Done{};
  }

  Status read(mysql::BinlogStream& stream, capture::Assembler& assembler,
              task::RecordWriter& writer) {
    for (;;) {
      const Bytes event = TRY(stream.next());
      TRY(assembler.event(event));
      if (stream.more_buffered()) continue;
      TRY(writer.flush());
      TRY(output_.flush());
    }
  }

  Status take(sink::Batch batch) {
    using sink::Part;
    if (batch.part == Part::kWhole || batch.part == Part::kEnd || batch.part == Part::kProgress) {
      for (const std::string& entry : batch.history)
        TRY(schema::replay(TRY(schema::decode_history_entry(as_bytes(entry))), catalog_));
      TRY(gtids_.add(batch.progress.gtids));
      progress_ = batch.progress;
      last_id_ = batch.progress.last_record_id;
    }
    return output_.take(std::move(batch));
  }

  const LiveTrackOptions& options_;
  RecordOutput output_;
  io::RealRandom random_;
  StopWatcher watcher_;
  format::dts_avro::DtsAvroEncoder encoder_;
  bool began_ = false;
  // As of the last border that was printed.
  storage::Progress progress_;
  task::GtidState gtids_;
  int64_t last_id_ = 0;
  schema::Catalog catalog_;
  std::vector<schema::Healed> healed_;
  size_t known_healed_ = 0;  // how many of them the last run began with
  capture::XaMemory xa_;
};

}  // namespace

Status live_track(const LiveTrackOptions& options) { return LiveTrack(options).run(); }

void stop_live_track() {
  const uint64_t one = 1;
  // A full counter is as good as a written one.
  if (::write(kStopFd, &one, sizeof one) < 0) return;
}

}  // namespace millrace::cmd
