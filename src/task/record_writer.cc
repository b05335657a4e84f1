// SPDX-License-Identifier: Apache-2.0
#include "task/record_writer.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace millrace::task {

RecordWriter::RecordWriter(format::RecordEncoder& encoder, WriterOptions options, int64_t last_id,
                           storage::Progress progress, change::ServerIdentity server, Emit emit)
    : encoder_(encoder),
      options_(options),
      emit_(std::move(emit)),
      id_(last_id),
      border_id_(last_id),
      server_(std::move(server)),
      progress_(std::move(progress)) {
  progress_.gtids.clear();
}

change::RecordPlace RecordWriter::next_place(const capture::EventPlace& place) {
  return {++id_, place.file_number, place.end_offset, place.safe_file_number, place.safe_offset};
}

void RecordWriter::take_value(int64_t timestamp_ms) {
  builder_.add(timestamp_ms, scratch_.view());
  ++counts_.records;
  counts_.bytes += scratch_.size();
}

int64_t RecordWriter::open_records() const {
  return piece_records_ + builder_.records() - (in_pieces_ ? 0 : border_mark_.records);
}

Status RecordWriter::begin(const change::Transaction& txn, const capture::EventPlace& place) {
  in_transaction_ = true;
  in_pieces_ = false;
  piece_records_ = 0;
  savepoints_.clear();
  start_mark_ = builder_.mark();
  start_id_ = id_;
  scratch_.clear();
  encoder_.begin(next_place(place), txn, scratch_);
  take_value(txn.commit_time_us / 1000);
  return Done{};
}

Status RecordWriter::rows(const change::Transaction& txn, const capture::EventPlace& place,
                          change::RowKind kind, const change::RowShape& shape,
                          const change::RowColumns& columns, ByteReader& rows) {
  const int64_t timestamp_ms = txn.commit_time_us / 1000;
  while (!rows.at_end()) {
    scratch_.clear();
    TRY(encoder_.row(next_place(place), txn, kind, shape, columns, rows, scratch_));
    if (scratch_.size() > options_.max_record_bytes)
      return Error{Errc::kTooLarge, "a record of " + std::to_string(scratch_.size()) +
                                        " bytes is over max_record_bytes = " +
                                        std::to_string(options_.max_record_bytes) +
                                        "; raise it in the settings and start the task again"};
    take_value(timestamp_ms);
    ++counts_.rows;
    if (in_pieces_ ? builder_.bytes() >= options_.batch_bytes
                   : builder_.bytes() - start_mark_.bytes >= options_.transaction_bytes)
      TRY(spill());
  }
  return std::exchange(failed_, Done{});
}

// The open transaction has outgrown memory: what was complete before it goes out whole, and from
// here on it goes out in pieces, one of which ends at each savepoint.
Status RecordWriter::spill() {
  if (in_pieces_) return emit_piece();
  std::vector<storage::BatchBuilder> parts;  // last first
  for (auto point = savepoints_.rbegin(); point != savepoints_.rend(); ++point)
    parts.push_back(builder_.split(point->mark));
  parts.push_back(builder_.split(border_mark_));
  if (builder_.records() > 0 || !history_.empty()) TRY(hand_on(sink::Part::kWhole));
  in_pieces_ = true;
  for (; !parts.empty(); parts.pop_back()) {
    builder_ = std::move(parts.back());
    TRY(emit_piece());
  }
  return Done{};
}

Status RecordWriter::emit_piece() {
  if (builder_.records() == 0) return Done{};
  sink::Batch batch;
  batch.part = sink::Part::kPiece;
  batch.records = builder_.take();
  piece_records_ += batch.records.records;
  return emit_(std::move(batch));
}

Status RecordWriter::commit(const change::Transaction& txn, const capture::EventPlace& place) {
  scratch_.clear();
  encoder_.commit(next_place(place), txn, scratch_);
  take_value(txn.commit_time_us / 1000);
  return Done{};
}

void RecordWriter::roll_back() {
  if (!in_transaction_) return;
  in_transaction_ = false;
  if (!in_pieces_) {
    id_ = start_id_;
    builder_.cut_back(start_mark_);
    return;
  }
  id_ = border_id_;
  builder_.take();
  sink::Batch batch;
  batch.part = sink::Part::kAbandon;
  Status status = emit_(std::move(batch));
  if (!status) failed_ = std::move(status);
}

void RecordWriter::savepoint(std::string_view name) {
  if (!in_transaction_) return;
  if (in_pieces_) {
    Status status = emit_piece();
    if (!status) failed_ = std::move(status);
  }
  savepoints_.push_back({std::string(name), open_records(), id_, builder_.mark()});
}

bool RecordWriter::roll_back_to(std::string_view name) {
  if (!in_transaction_) return false;
  const auto found = std::find_if(savepoints_.rbegin(), savepoints_.rend(),
                                  [&](const Savepoint& point) { return point.name == name; });
  if (found == savepoints_.rend()) {
    roll_back();
    return false;
  }
  savepoints_.erase(found.base(), savepoints_.end());
  const Savepoint& point = savepoints_.back();
  id_ = point.id;
  if (!in_pieces_) {
    builder_.cut_back(point.mark);
    return true;
  }
  builder_.take();
  if (point.records == piece_records_) return true;
  piece_records_ = point.records;
  sink::Batch batch;
  batch.part = sink::Part::kBackTo;
  batch.keep = point.records;
  Status status = emit_(std::move(batch));
  if (!status) failed_ = std::move(status);
  return true;
}

Status RecordWriter::ddl(const change::Transaction& txn, const capture::EventPlace& place,
                         const change::Ddl& ddl) {
  scratch_.clear();
  encoder_.ddl(next_place(place), txn, ddl, scratch_);
  take_value(txn.commit_time_us / 1000);
  ++counts_.ddl;
  return std::exchange(failed_, Done{});
}

void RecordWriter::history(std::vector<std::string> entries) {
  for (std::string& entry : entries) open_history_.push_back(std::move(entry));
}

Status RecordWriter::border(const capture::Border& border) {
  // A place of one server means nothing beside a transaction of another.
  if (!border.transaction && progress_.server != server_) return Done{};
  progress_.file = border.file;
  progress_.offset = border.offset;
  if (border.transaction) {
    progress_.server = server_;
    progress_.transaction_file = border.transaction_file;
    progress_.transaction_start = border.transaction_start;
    progress_.transaction_crc = border.transaction_crc;
    progress_.commit_time_us = border.commit_time_us;
    progress_.original_commit_time_us = border.original_commit_time_us;
    progress_.transaction_gtid = border.gtid;
    for (const std::string& gtid : border.earlier_gtids) gtids_.add(gtid);
    gtids_.add(border.gtid);
  }
  progress_.last_record_id = id_;
  progress_moved_ = true;
  in_transaction_ = false;
  history_.insert(history_.end(), std::make_move_iterator(open_history_.begin()),
                  std::make_move_iterator(open_history_.end()));
  open_history_.clear();
  border_mark_ = builder_.mark();
  border_id_ = id_;
  if (in_pieces_) {
    in_pieces_ = false;
    return hand_on(sink::Part::kEnd);
  }
  if (builder_.bytes() >= options_.batch_bytes) return flush();
  return std::exchange(failed_, Done{});
}

Status RecordWriter::hand_on(sink::Part part) {
  sink::Batch batch;
  batch.part = part;
  batch.records = builder_.take();
  border_mark_ = {};
  batch.history = std::exchange(history_, {});
  batch.progress = progress_;
  batch.progress.gtids = gtids_.take();
  progress_moved_ = false;
  return emit_(std::move(batch));
}

Status RecordWriter::abandon() {
  roll_back();
  if (!in_pieces_) builder_.cut_back(border_mark_);
  id_ = border_id_;
  in_pieces_ = false;
  open_history_.clear();
  return flush();
}

Status RecordWriter::flush() {
  if (!failed_) return std::exchange(failed_, Done{});
  if (in_transaction_) return Done{};  // what was complete before a piece went out with it
  storage::BatchBuilder open;
  const bool has_open = builder_.records() > border_mark_.records;
  if (has_open) open = builder_.split(border_mark_);
  Status status = Done{};
  if (builder_.records() > 0 || !history_.empty()) {
    status = hand_on(sink::Part::kWhole);
  } else if (progress_moved_) {
    status = hand_on(sink::Part::kProgress);
  }
  if (has_open) builder_ = std::move(open);
  return status;
}

Status RecordWriter::heartbeat(int64_t time_ms, std::string_view server_version,
                               std::span<const format::Tag> tags) {
  const uint32_t file_number = change::binlog_file_number(progress_.file);
  scratch_.clear();
  encoder_.heartbeat({id_, file_number, progress_.offset, file_number, progress_.offset},
                     time_ms / 1000, server_version, tags, scratch_);
  ++counts_.records;
  sink::Batch batch;
  storage::BatchBuilder builder;
  builder.add(time_ms, scratch_.view());
  batch.records = builder.take();
  batch.progress = progress_;
  return emit_(std::move(batch));
}

}  // namespace millrace::task
