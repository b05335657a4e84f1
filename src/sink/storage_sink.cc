// SPDX-License-Identifier: Apache-2.0
#include "sink/storage_sink.h"

#include <utility>

namespace millrace::sink {

StorageSink::StorageSink(storage::TaskLog& log, size_t format, storage::Compression compression,
                         WholeGtids whole_gtids)
    : log_(log), format_(format), compression_(compression), whole_gtids_(std::move(whole_gtids)) {}

Status StorageSink::append(Batch batch) {
  switch (batch.part) {
    case Part::kPiece:
      return append_piece(batch);
    case Part::kAbandon:
      pending_.reset();
      piece_ends_.clear();
      return Done{};
    case Part::kBackTo:
      while (!piece_ends_.empty() && piece_ends_.back().records > batch.keep)
        piece_ends_.pop_back();
      return pending_ == nullptr
                 ? Status(Done{})
                 : pending_->cut_back(piece_ends_.empty() ? storage::PendingSegment::Mark{}
                                                          : piece_ends_.back());
    case Part::kEnd:
      for (const std::string& entry : std::exchange(batch.history, {}))
        TRY(log_.append_history(as_bytes(entry), storage::HistoryKind::kDerived));
      if (batch.records.records > 0) TRY(append_piece(batch));
      if (pending_ != nullptr) TRY(pending_->commit());
      pending_.reset();
      piece_ends_.clear();
      has_records_ = true;
      break;
    case Part::kWhole:
      TRY(append_records(batch));
      break;
    case Part::kProgress:
      break;
  }
  if (!batch.progress.gtids.empty()) {
    if (!gtids_.empty()) gtids_ += ',';
    gtids_ += batch.progress.gtids;
  }
  progress_ = std::move(batch.progress);
  moved_ = true;
  return Done{};
}

Status StorageSink::append_records(Batch& batch) {
  for (const std::string& entry : batch.history)
    TRY(log_.append_history(as_bytes(entry), storage::HistoryKind::kDerived));
  if (!batch.history.empty()) has_records_ = true;
  if (batch.records.records == 0) return Done{};
  TRY(storage::seal(batch.records, compression_));
  has_records_ = true;
  return log_.append(format_, std::move(batch.records));
}

Status StorageSink::append_piece(Batch& batch) {
  if (pending_ == nullptr) {
    pending_ = TRY(log_.begin_pending(format_));
    piece_ends_.clear();
  }
  TRY(storage::seal(batch.records, compression_));
  TRY(pending_->append(std::move(batch.records)));
  piece_ends_.push_back(pending_->mark());
  return Done{};
}

Status StorageSink::commit() {
  if (!moved_) return Done{};
  progress_.gtids = std::exchange(gtids_, {});
  moved_ = false;
  const auto whole = [this] { return whole_gtids_(progress_.gtids); };
  if (std::exchange(has_records_, false)) {
    auto mark = log_.commit(progress_, whole);
    return mark ? Status(Done{}) : Status(std::move(mark.error()));
  }
  return log_.commit_progress(progress_, whole);
}

}  // namespace millrace::sink
