// SPDX-License-Identifier: Apache-2.0
// Reads record batches back: recovery, verify, tail, tests. The bytes come from outside.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/buffer.h"
#include "base/byte_reader.h"
#include "base/result.h"
#include "storage/batch.h"
#include "storage/log_reader.h"

namespace millrace::storage {

// The fixed part of a batch (kafka-endpoint spec 2.3).
struct BatchHeader {
  int64_t base_offset = 0;
  int32_t batch_length = 0;  // what follows this field
  int32_t leader_epoch = 0;
  uint32_t crc = 0;
  int16_t attributes = 0;
  int32_t last_offset_delta = 0;
  int64_t base_timestamp_ms = 0;
  int64_t max_timestamp_ms = 0;
  int32_t records = 0;

  size_t size() const { return static_cast<size_t>(batch_length) + kBatchPrefixSize; }
  int64_t next_offset() const { return base_offset + last_offset_delta + 1; }
  Compression compression() const { return static_cast<Compression>(attributes & 7); }
};

// From the first kBatchHeaderSize bytes of `bytes`. kTruncated: fewer; kCorrupt: no magic 2, or a
// length, count or codec that no batch of ours has. Says nothing about the bytes after the header.
Result<BatchHeader> decode_batch_header(Bytes bytes);
// CRC-32C over what a whole batch's CRC covers.
uint32_t batch_crc(Bytes batch);

struct RecordView {
  Offset offset;
  int64_t timestamp_ms = 0;
  std::optional<Bytes> key;
  std::optional<Bytes> value;
};

// The records of one whole batch. A record's views live until the next open() or the end of the
// reader or of the batch's bytes.
class BatchReader {
 public:
  // Checks CRC, decompresses. `batch` may be followed by other bytes.
  Status open(Bytes batch);
  const BatchHeader& header() const { return header_; }
  // The next record, nullopt after the last. kCorrupt when records and header do not agree.
  Result<std::optional<RecordView>> next();

 private:
  BatchHeader header_;
  Buffer decompressed_;
  ByteReader records_{Bytes{}};
  int32_t given_ = 0;
};

}  // namespace millrace::storage
