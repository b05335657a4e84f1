// SPDX-License-Identifier: Apache-2.0
// What one connection has still to send: pieces of memory and ranges of segments, in order. A range
// keeps its segment open until its last byte has gone, whatever retention does meanwhile.
#pragma once

#include <deque>
#include <vector>

#include "base/buffer.h"
#include "kafka/limits.h"
#include "kafka/server/transport.h"
#include "kafka/wire/codec.h"
#include "storage/log_reader.h"

namespace millrace::kafka {

class Output {
 public:
  explicit Output(const Limits& limits) : limits_(limits) {}

  // A frame: `memory` with the n-th of `ranges` put in at the n-th of `splices`.
  void push(Buffer memory, const std::vector<Splice>& splices,
            std::vector<storage::FileRange> ranges);

  enum class Flushed : uint8_t { kAll, kWantRead, kWantWrite, kCold, kYield, kClosed };
  // Sends what the peer takes. kYield: it took a lot; let others have the loop first. kCold: the
  // next bytes are not in the page cache; call warm() on another thread, then warmed(), then go on.
  Flushed flush(Transport& transport);
  bool empty() const { return pieces_.empty(); }
  uint64_t sent() const { return sent_; }

  struct Cold {
    std::shared_ptr<const storage::SegmentHandle> segment;
    uint64_t position = 0;
    size_t bytes = 0;
  };
  Cold cold() const;
  void warmed() { warm_ = true; }
  // Reads the range into the page cache; blocks. Any thread.
  static void warm(const Cold& cold);

 private:
  struct Piece {
    Buffer memory;
    size_t at = 0;             // sent of the memory
    storage::FileRange range;  // what is left of it
  };
  void push_memory(Bytes bytes);
  size_t slice() const;
  static bool is_cached(const storage::FileRange& range, size_t bytes);

  Limits limits_;
  std::deque<Piece> pieces_;
  uint64_t sent_ = 0;
  bool broken_ = false;  // a range could not be read: its frame can never be whole
  bool warm_ = false;    // the next slice was just read
};

}  // namespace millrace::kafka
