// SPDX-License-Identifier: Apache-2.0
// TRANSACTION_PAYLOAD (MySQL, binlog_transaction_compression): a transaction's events in one
// compressed event. Body: items of type and length, both length-encoded, until type 0; then the
// payload:
//
//   1 payload size    2 compression (0 zstd, 255 none)    3 size unpacked       (length-encoded)
//
// Unpacked, it is events without checksums, back to back: BEGIN, TABLE_MAPs, rows, XID or COMMIT.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/result.h"

namespace millrace::mysql {

// Gives the inner events one after another and holds no more than one of them and zstd's window.
// The body outlives it.
class PayloadReader {
 public:
  static Result<PayloadReader> open(Bytes body);
  PayloadReader(PayloadReader&&) noexcept;
  PayloadReader& operator=(PayloadReader&&) noexcept;
  ~PayloadReader();

  // The next inner event, for open_inner_event(); valid until the next call. Empty after the last.
  Result<Bytes> next();

  // Bytes unpacked so far.
  uint64_t unpacked() const { return unpacked_; }

 private:
  struct Zstd;
  PayloadReader();
  Result<bool> fill(size_t wanted);  // false: the payload ended before

  Bytes packed_;
  std::unique_ptr<Zstd> zstd_;  // null: the payload is not compressed
  std::optional<uint64_t> stated_size_;
  Buffer window_;     // unpacked bytes
  size_t begin_ = 0;  // of those, what was already given away
  uint64_t unpacked_ = 0;
};

}  // namespace millrace::mysql
