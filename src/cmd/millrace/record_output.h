// SPDX-License-Identifier: Apache-2.0
// Prints records to stdout as `track` and `binlog` offer: json lines, framed dts-avro, or nothing
// at all. A transaction too large for memory waits in an unlinked file until it has ended.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/result.h"
#include "sink/sink.h"

namespace millrace::cmd {

enum class OutputFormat : uint8_t {
  kJson,     // one object a line
  kDtsAvro,  // 4-byte big-endian length, then the record
  kNone,     // thrown away: the benchmark
};

Result<OutputFormat> parse_output_format(std::string_view text);

class RecordOutput {
 public:
  explicit RecordOutput(OutputFormat format, std::FILE* out = stdout);
  ~RecordOutput();
  RecordOutput(const RecordOutput&) = delete;
  RecordOutput& operator=(const RecordOutput&) = delete;

  Status take(sink::Batch batch);
  // kIo when nobody reads any more, or the disk under stdout is full.
  Status flush();
  uint64_t bytes() const { return bytes_; }  // of record batches

 private:
  Status print(Bytes batches);
  Status print_record(Bytes value);
  Status hide(const storage::Batches& piece);
  Status show_hidden();

  const OutputFormat format_;
  std::FILE* const out_;
  Buffer text_;
  std::FILE* hidden_ = nullptr;  // pieces of the open transaction
  size_t hidden_bytes_ = 0;
  struct PieceEnd {
    int64_t records = 0;
    size_t bytes = 0;
  };
  std::vector<PieceEnd> piece_ends_;
  uint64_t bytes_ = 0;
};

}  // namespace millrace::cmd
