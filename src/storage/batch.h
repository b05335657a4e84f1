// SPDX-License-Identifier: Apache-2.0
// Kafka record batches, magic 2 (kafka-endpoint spec 2.3): the one owner of that layout. Built here
// by the encode stage, written as they are, served as they are.
#pragma once

#include <cstdint>

#include "base/buffer.h"
#include "base/result.h"

namespace millrace::storage {

enum class Compression : uint8_t { kNone = 0, kGzip = 1, kSnappy = 2, kLz4 = 3, kZstd = 4 };

inline constexpr size_t kBatchHeaderSize = 61;
inline constexpr size_t kBatchPrefixSize =
    12;  // base offset and length, which the length does not count
inline constexpr size_t kBatchTargetBytes = 256 << 10;  // a batch is closed when it reaches this

// Whole record batches with base offsets that count from 0 within this piece; the log adds its end
// when it writes them (the base offset lies outside the CRC).
struct Batches {
  Buffer bytes;
  int64_t records = 0;
  int64_t max_timestamp_ms = -1;
};

// Fills one batch after another. Not thread safe. Of a batch's header nothing is written before the
// batch is closed, so that a mark may stand anywhere (docs/adr/0003).
class BatchBuilder {
 public:
  // Appends one record without key or headers. Closes the open batch first when it has reached its
  // target size or this record would take it over; a single larger record has a batch of its own.
  void add(int64_t timestamp_ms, Bytes value);
  // Closes the open batch (lengths, counts, timestamps; the CRC is the append stage's: seal()).
  void cut();
  // Bytes held so far, open batch included.
  size_t bytes() const { return done_.bytes.size(); }
  int64_t records() const { return done_.records; }
  // All that was added since the last take(), as closed batches. Marks of before mean nothing then.
  Batches take();

  // A place between two records: all of the builder's state there.
  struct Mark {
    size_t bytes = 0;
    int64_t records = 0;
    int64_t max_timestamp_ms = -1;
    size_t open_at = 0;
    int32_t open_records = 0;
    int64_t open_base_timestamp_ms = 0;
    int64_t open_max_timestamp_ms = 0;
  };
  Mark mark() const;
  // Throws away what was added since mark() gave `mark`: a ROLLBACK TO SAVEPOINT, an aborted
  // transaction. A batch that was open there is open again.
  void cut_back(const Mark& mark);
  // Moves what was added since `mark` to a builder of its own, with offsets that count from 0: a
  // transaction that outgrows memory.
  BatchBuilder split(const Mark& mark);

 private:
  void open(int64_t timestamp_ms);
  Batches done_;
  size_t open_at_ = 0;  // where the open batch begins, if open_records_ > 0
  int32_t open_records_ = 0;
  int64_t open_base_timestamp_ms_ = 0;
  int64_t open_max_timestamp_ms_ = 0;
  size_t expected_bytes_ = 0;  // what the last take() gave: room to begin with
};

// Compresses each batch of `batches` (when asked) and fills in every CRC. Once only.
Status seal(Batches& batches, Compression compression);

}  // namespace millrace::storage
