// SPDX-License-Identifier: Apache-2.0
// The encode stage: changes in, record batches out. Counts the records' ids, gathers small
// transactions into one batch, and cuts a large one into pieces so that memory stays bounded.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "capture/change_handler.h"
#include "format/record_encoder.h"
#include "sink/sink.h"
#include "task/gtid_delta.h"

namespace millrace::task {

struct WriterOptions {
  size_t max_record_bytes = 64 << 20;   // a larger record stops the task
  size_t transaction_bytes = 16 << 20;  // an open transaction above this goes on in pieces
  size_t batch_bytes = 1 << 20;         // complete transactions are handed on at this size
};

struct WriterCounts {
  uint64_t records = 0;
  uint64_t rows = 0;
  uint64_t ddl = 0;
  uint64_t bytes = 0;  // of values
};

class RecordWriter final : public capture::ChangeHandler {
 public:
  using Emit = std::function<Status(sink::Batch)>;

  // `last_id`: of the last record that the log holds; `progress`: the place where reading begins.
  // `server`: the one that is read; the progress becomes its own with its first transaction.
  RecordWriter(format::RecordEncoder& encoder, WriterOptions options, int64_t last_id,
               storage::Progress progress, change::ServerIdentity server, Emit emit);

  Status begin(const change::Transaction& txn, const capture::EventPlace& place) override;
  Status rows(const change::Transaction& txn, const capture::EventPlace& place,
              change::RowKind kind, const change::RowShape& shape,
              const change::RowColumns& columns, ByteReader& rows) override;
  Status commit(const change::Transaction& txn, const capture::EventPlace& place) override;
  void roll_back() override;
  void savepoint(std::string_view name) override;
  bool roll_back_to(std::string_view name) override;
  Status ddl(const change::Transaction& txn, const capture::EventPlace& place,
             const change::Ddl& ddl) override;
  void history(std::vector<std::string> entries) override;
  Status border(const capture::Border& border) override;
  void idle() override { idle_ = true; }

  // Hands on the complete transactions that are held. Nothing when there are none.
  Status flush();
  // Reading ends inside the open transaction, if there is one: nothing of it stays. What was
  // complete before it does.
  Status abandon();
  // A HEARTBEAT record of this time, handed on at once; before it everything complete must have
  // been flushed. Never lands inside a transaction: one in pieces is hidden elsewhere until its
  // end.
  Status heartbeat(int64_t time_ms, std::string_view server_version,
                   std::span<const format::Tag> tags);

  // Whether the server said that nothing more was there, since this was last asked.
  bool take_idle() { return std::exchange(idle_, false); }
  bool in_transaction() const { return in_transaction_; }
  // Whether records of small transactions wait for the open one to end.
  bool holds_records() const { return !in_pieces_ && builder_.records() > 0; }
  const storage::Progress& progress() const { return progress_; }
  const WriterCounts& counts() const { return counts_; }

 private:
  // A place inside the open transaction: in the builder, or between two pieces.
  struct Savepoint {
    std::string name;
    int64_t records = 0;  // since the last border
    int64_t id = 0;
    storage::BatchBuilder::Mark mark;  // while records >= piece_records_
  };
  int64_t open_records() const;
  void take_value(int64_t timestamp_ms);
  change::RecordPlace next_place(const capture::EventPlace& place);
  Status spill();
  Status emit_piece();
  Status hand_on(sink::Part part);

  format::RecordEncoder& encoder_;
  const WriterOptions options_;
  const Emit emit_;
  storage::BatchBuilder builder_;
  Buffer scratch_;
  int64_t id_;
  bool idle_ = false;
  Status failed_ = Done{};  // of a callback that cannot return one

  bool in_transaction_ = false;
  storage::BatchBuilder::Mark start_mark_;  // where the open transaction begins in the builder
  int64_t start_id_ = 0;
  // The last border. Between it and the transaction's begin there is the DDL of a CREATE ...
  // SELECT.
  storage::BatchBuilder::Mark border_mark_;
  int64_t border_id_ = 0;
  std::vector<Savepoint> savepoints_;
  bool in_pieces_ = false;
  int64_t piece_records_ = 0;  // since the last border, handed on

  std::vector<std::string> history_;       // up to the last border
  std::vector<std::string> open_history_;  // since then
  const change::ServerIdentity server_;
  storage::Progress progress_;   // at the last border
  GtidDelta gtids_;              // since the last batch that was handed on
  bool progress_moved_ = false;  // since then
  WriterCounts counts_;
};

}  // namespace millrace::task
