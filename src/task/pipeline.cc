// SPDX-License-Identifier: Apache-2.0
#include "task/pipeline.h"

#include <utility>
#include <vector>

namespace millrace::task {
namespace {

constexpr size_t kLengthBytes = 4;  // before each event in a chunk
constexpr int64_t kHeartbeatMs = 1000;
constexpr size_t kChunksAtOnce = 4;  // of the encode stage before others get its thread

}  // namespace

Pipeline::Pipeline(PipelineOptions options, Executor& executor, io::Clock& clock,
                   schema::Catalog& catalog, capture::XaStore& xa, format::RecordEncoder& encoder,
                   sink::Sink& sink, int64_t last_record_id, storage::Progress progress,
                   change::ServerIdentity server, OnCommit on_commit, PipelineCounts& counts)
    : options_(std::move(options)),
      clock_(clock),
      sink_(sink),
      on_commit_(std::move(on_commit)),
      counts_(counts),
      chunks_(options_.read_queue_bytes),
      batches_(options_.write_queue_bytes),
      writer_(encoder, options_.writer, last_record_id, std::move(progress), std::move(server),
              [this](sink::Batch batch) {
                const size_t bytes = batch.records.bytes.size();
                if (batch.records.records > 0) last_record_ms_ = clock_.monotonic_ms();
                Outgoing outgoing{std::move(batch), read_time_ms_};
                add_work();
                batches_.push_over(std::move(outgoing), bytes);
                append_strand_->wake();
                return Status(Done{});
              }),
      assembler_(options_.assembler, catalog, writer_, xa),
      server_version_(options_.server_version_hint) {
  encode_strand_ = Strand::make(executor, [this] { encode(); });
  append_strand_ = Strand::make(executor, [this] { append(); });
  last_record_ms_ = clock_.monotonic_ms();
}

Pipeline::~Pipeline() {
  encode_strand_->close();
  append_strand_->close();
}

void Pipeline::start(const change::Position& position, mysql::Flavour flavour,
                     std::optional<capture::Overlap> overlap) {
  assembler_.start(position, flavour, overlap);
}

Status Pipeline::run(mysql::EventStream& stream, DumpWatch& watch, int64_t source_clock_delta_ms) {
  clock_delta_ms_ = source_clock_delta_ms;
  Status status = read(stream, watch);
  wait_until_drained();
  encode_strand_->close();
  append_strand_->close();
  publish_counts();
  if (auto error = failure()) return std::move(*error);
  return status;
}

// The caller's thread. Events are gathered while they come without waiting, and handed on as soon
// as the next one would have to be waited for.
Status Pipeline::read(mysql::EventStream& stream, DumpWatch& watch) {
  Chunk chunk;
  for (;;) {
    if (stopping_) return Error{Errc::kCancelled, "stopped"};
    if (failed_) return Done{};
    auto event = stream.next();
    if (!event) {
      TRY(hand_on(chunk));
      return std::move(event.error());
    }
    if (event->empty()) {
      TRY(hand_on(chunk));
      return Error{Errc::kUnavailable, "the source ended the dump"};
    }
    chunk.events.le(event->size(), kLengthBytes);
    chunk.events.append(*event);
    Status alive = watch.event(*event);
    if (!alive || chunk.events.size() >= options_.chunk_bytes || !stream.more_buffered())
      TRY(hand_on(chunk));
    if (!alive) return alive;
  }
}

Status Pipeline::hand_on(Chunk& chunk) {
  if (chunk.events.empty()) return Done{};
  counts_.bytes_read += chunk.events.size();
  chunk.received_ms = clock_.wall_ms();
  const size_t bytes = chunk.events.size();
  const auto step = std::chrono::milliseconds(200);
  add_work();
  for (auto waited = std::chrono::milliseconds(0); !chunks_.push(chunk, bytes, step);
       waited += step) {
    const bool blocked = waited >= options_.pressure;
    if (!stopping_ && !failed_ && !blocked) continue;
    end_work();
    if (failed_) return Done{};
    if (stopping_) return Error{Errc::kCancelled, "stopped"};
    return Error{
        Errc::kUnavailable,
        "the log takes records more slowly than the source gives changes; the dump was let "
        "go and will be taken up again"};
  }
  chunk = {};
  encode_strand_->wake();
  return Done{};
}

void Pipeline::tick() {
  tick_ = true;
  encode_strand_->wake();
}

void Pipeline::encode() {
  for (size_t i = 0; i < kChunksAtOnce; ++i) {
    if (!failed_ && !batches_.has_room()) return;  // the append stage wakes us
    std::optional<Chunk> chunk = chunks_.try_pop();
    if (!chunk) break;
    if (!failed_) {
      Status status = encode_chunk(*chunk);
      // The last chunk's complete transactions go out before it counts as done.
      if (status && chunks_.empty()) status = writer_.flush();
      if (!status) {
        fail(std::move(status.error()));
        if (Status complete = writer_.abandon(); !complete)
          fail_append(std::move(complete.error()));
      }
    }
    end_work();
  }
  if (failed_) {
    if (!chunks_.empty()) encode_strand_->wake();
    return;
  }
  publish_counts();
  if (!chunks_.empty()) {
    encode_strand_->wake();
    return;
  }
  Status status = writer_.flush();
  if (status && tick_.exchange(false)) status = heartbeat_if_due();
  if (!status) fail(std::move(status.error()));
}

Status Pipeline::encode_chunk(const Chunk& chunk) {
  ByteReader events(chunk.events.view());
  while (!events.at_end()) {
    const auto size = static_cast<size_t>(events.le(kLengthBytes));
    TRY(assembler_.event(events.bytes(size)));
  }
  server_version_ = assembler_.format().server_version;
  const int64_t commit_ms = assembler_.last_commit_time_us() / 1000;
  if (std::exchange(last_commit_ms_, commit_ms) != commit_ms) read_time_ms_ = commit_ms;
  if (writer_.take_idle()) {
    idle_source_ms_ = chunk.received_ms + clock_delta_ms_;
    if (idle_source_ms_ > read_time_ms_) read_time_ms_ = idle_source_ms_;
  }
  return Done{};
}

// Design section 5: when no selected record was appended for a second. Its time is the source's
// clock once the server said that nothing more is there, else the last commit time; it stands still
// while a transaction is open, and never goes back.
Status Pipeline::heartbeat_if_due() {
  if (clock_.monotonic_ms() - last_record_ms_ < kHeartbeatMs) return Done{};
  if (assembler_.format().server_version.empty() || read_time_ms_ == 0) return Done{};
  if (writer_.holds_records()) return Done{};
  return writer_.heartbeat(read_time_ms_, server_version_, {});
}

void Pipeline::append() {
  if (append_failed_) {
    while (batches_.try_pop()) end_work();
    encode_strand_->wake();
    return;
  }
  Status status = append_some();
  if (!status) fail_append(std::move(status.error()));
  if (!batches_.empty()) append_strand_->wake();
  encode_strand_->wake();
}

Status Pipeline::append_some() {
  size_t bytes = 0;
  size_t taken = 0;
  Committed committed;
  Status status = Done{};
  while (status && bytes < options_.commit_bytes) {
    std::optional<Outgoing> outgoing = batches_.try_pop();
    if (!outgoing) break;
    ++taken;
    bytes += outgoing->batch.records.bytes.size();
    committed.read_time_ms = outgoing->read_time_ms;
    using sink::Part;
    const Part part = outgoing->batch.part;
    if (part == Part::kWhole || part == Part::kEnd || part == Part::kProgress) {
      for (const std::string& entry : outgoing->batch.history) committed.history.push_back(entry);
      std::string gtids = std::move(committed.progress.gtids);
      committed.progress = outgoing->batch.progress;
      if (!gtids.empty() && !committed.progress.gtids.empty()) gtids += ',';
      committed.progress.gtids = gtids + committed.progress.gtids;
    }
    status = sink_.append(std::move(outgoing->batch));
  }
  if (status && taken > 0) status = sink_.commit();
  counts_.bytes_written += bytes;
  if (status && !committed.progress.file.empty()) on_commit_(std::move(committed));
  end_work(taken);
  return status;
}

void Pipeline::fail(Error error) {
  {
    const std::lock_guard lock(failure_mutex_);
    if (!failure_) failure_ = std::move(error);
  }
  failed_ = true;
  chunks_.close();
  encode_strand_->wake();
  append_strand_->wake();
}

void Pipeline::fail_append(Error error) {
  append_failed_ = true;
  fail(std::move(error));
}

std::optional<Error> Pipeline::failure() const {
  const std::lock_guard lock(failure_mutex_);
  return failure_;
}

void Pipeline::publish_counts() {
  const auto add = [](std::atomic<uint64_t>& total, uint64_t now, uint64_t& before) {
    total += now - before;
    before = now;
  };
  const WriterCounts& written = writer_.counts();
  const capture::AssemblerCounts& read = assembler_.counts();
  add(counts_.records, written.records, published_.records);
  add(counts_.rows, written.rows, published_.rows);
  add(counts_.ddl, written.ddl, published_.ddl);
  add(counts_.transactions, read.transactions, published_.transactions);
  add(counts_.filtered_rows_events, read.filtered_rows_events, published_.filtered_rows_events);
}

void Pipeline::add_work() {
  const std::lock_guard lock(drained_mutex_);
  ++in_work_;
}

void Pipeline::end_work(size_t count) {
  const std::lock_guard lock(drained_mutex_);
  in_work_ -= count;
  if (in_work_ == 0) drained_.notify_all();
}

// What the reader handed on goes through to its end: it is whole transactions, apart from an open
// one that stays unfinished and leaves nothing.
void Pipeline::wait_until_drained() {
  encode_strand_->wake();
  std::unique_lock lock(drained_mutex_);
  drained_.wait(lock, [this] { return in_work_ == 0; });
}

}  // namespace millrace::task
