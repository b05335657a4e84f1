// SPDX-License-Identifier: Apache-2.0
// One run of a task's data path, from a connected dump until something ends it. Three stages, each
// on one thread at a time, with queues that are bounded in bytes between them:
//   read    the caller's thread: socket to chunks of events
//   encode  a strand: events to record batches
//   append  a strand: batches to the sink, one commit for all that is there
// Pressure goes backwards: a full queue stops the stage before it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/byte_queue.h"
#include "base/executor.h"
#include "capture/assembler.h"
#include "format/record_encoder.h"
#include "io/clock.h"
#include "mysql/event_stream.h"
#include "sink/sink.h"
#include "task/dump_watch.h"
#include "task/record_writer.h"

namespace millrace::task {

struct PipelineOptions {
  size_t chunk_bytes = 256 << 10;  // of events handed on at once when they come fast
  size_t read_queue_bytes = 4 << 20;
  size_t write_queue_bytes = 8 << 20;
  size_t commit_bytes = 8 << 20;      // appended at most before a commit
  std::chrono::seconds pressure{30};  // a reader that is blocked longer lets the dump go
  WriterOptions writer;
  capture::AssemblerOptions assembler;
  std::string server_version_hint;  // for a heartbeat before the first FORMAT_DESCRIPTION
};

// Since the process began; a run adds to them.
struct PipelineCounts {
  std::atomic<uint64_t> bytes_read{0};
  std::atomic<uint64_t> records{0};
  std::atomic<uint64_t> rows{0};
  std::atomic<uint64_t> ddl{0};
  std::atomic<uint64_t> transactions{0};
  std::atomic<uint64_t> filtered_rows_events{0};
  std::atomic<uint64_t> bytes_written{0};
};

// What the append stage made durable, for whoever keeps the committed state.
struct Committed {
  storage::Progress progress;        // `gtids`: of this commit
  std::vector<std::string> history;  // entries, in order
  int64_t read_time_ms = 0;          // the source was read up to this time
};

class Pipeline {
 public:
  using OnCommit = std::function<void(Committed)>;

  // The references outlive the pipeline. `catalog` holds at the position where `stream` begins.
  Pipeline(PipelineOptions options, Executor& executor, io::Clock& clock, schema::Catalog& catalog,
           capture::XaStore& xa, format::RecordEncoder& encoder, sink::Sink& sink,
           int64_t last_record_id, storage::Progress progress, change::ServerIdentity server,
           OnCommit on_commit, PipelineCounts& counts);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // What was found out and accepted for places ahead; before start().
  void know(std::vector<schema::Healed> healed, std::vector<change::Position> lost_xa) {
    assembler_.know(std::move(healed));
    assembler_.accept_lost_xa(std::move(lost_xa));
  }
  // Where the stream begins, and what the first transaction of it must be.
  void start(const change::Position& position, mysql::Flavour flavour,
             std::optional<capture::Overlap> overlap);
  // Reads until the stream ends or fails, a stage fails, or stop(). What was complete by then is
  // durable when this returns, unless it was the append stage that failed. The clock difference is
  // the source's less ours.
  Status run(mysql::EventStream& stream, DumpWatch& watch, int64_t source_clock_delta_ms);
  // From any thread; the caller shuts the stream down beside it.
  void stop() { stopping_ = true; }
  // Likewise, and run() gives this error.
  void stop_with(Error error) { fail_append(std::move(error)); }
  // A second has passed: heartbeats.
  void tick();

  const std::string& server_version() const { return server_version_; }
  // After run(): what ended it, if it is something that may be helped over.
  const std::optional<capture::Stop>& stopped_by() const { return assembler_.stop(); }
  // Likewise: whether it ended before the transaction that must come first.
  bool awaits_overlap() const { return assembler_.awaits_overlap(); }

 private:
  struct Chunk {
    Buffer events;  // each: length in 4 bytes, then the event
    int64_t received_ms = 0;
  };

  struct Outgoing {
    sink::Batch batch;
    int64_t read_time_ms = 0;
  };

  Status read(mysql::EventStream& stream, DumpWatch& watch);
  Status hand_on(Chunk& chunk);
  void encode();
  Status encode_chunk(const Chunk& chunk);
  Status heartbeat_if_due();
  void append();
  Status append_some();
  void fail(Error error);         // of any stage: nothing more is read
  void fail_append(Error error);  // and nothing more is written
  std::optional<Error> failure() const;
  void publish_counts();
  void add_work();
  void end_work(size_t count = 1);
  void wait_until_drained();

  const PipelineOptions options_;
  io::Clock& clock_;
  sink::Sink& sink_;
  const OnCommit on_commit_;
  PipelineCounts& counts_;

  ByteQueue<Chunk> chunks_;
  ByteQueue<Outgoing> batches_;
  std::shared_ptr<Strand> encode_strand_;
  std::shared_ptr<Strand> append_strand_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> failed_{false};
  std::atomic<bool> append_failed_{false};
  std::mutex drained_mutex_;
  std::condition_variable drained_;
  size_t in_work_ = 0;  // chunks and batches that are in a queue or a stage, under drained_mutex_
  std::atomic<bool> tick_{false};
  mutable std::mutex failure_mutex_;
  std::optional<Error> failure_;

  // The encode stage's own.
  RecordWriter writer_;
  capture::Assembler assembler_;
  int64_t clock_delta_ms_ = 0;
  int64_t idle_source_ms_ = 0;  // the source's clock when it said that nothing more was there
  int64_t last_record_ms_ = 0;  // monotonic, when records were last handed on
  int64_t last_commit_ms_ = 0;  // of the last transaction read to its end
  int64_t read_time_ms_ = 0;    // the source was read up to this time
  std::string server_version_;
  struct {
    uint64_t records = 0, rows = 0, ddl = 0, transactions = 0, filtered_rows_events = 0;
  } published_;  // of the counts
};

}  // namespace millrace::task
