// SPDX-License-Identifier: Apache-2.0
// One entry of the commit journal: what is promised, and the position that goes with it. Its bytes
// are in docs/formats/journal.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/buffer.h"
#include "base/byte_reader.h"
#include "base/result.h"
#include "storage/progress.h"

namespace millrace::storage {

// A leader epoch: where it begins, and where the batches of the one before it ended (guarantee 9
// leaves a gap between the two).
struct Epoch {
  int32_t epoch = 0;
  int64_t start = 0;
  int64_t previous_end = 0;
  friend bool operator==(const Epoch&, const Epoch&) = default;
};

// Where one format's log ends.
struct LogEnd {
  std::string format;
  int64_t next = 0;           // offset of the next record: the high watermark
  int64_t data_end = 0;       // offset after the last batch: less than `next` inside a gap
  int64_t segment_base = -1;  // the segment that holds the last batch; -1: there was never one
  uint64_t size = 0;          // bytes of it that count
  uint32_t last_crc = 0;      // CRC-32C of its last batch
  std::vector<Epoch> epochs;  // oldest first, never empty; the last one is current
  friend bool operator==(const LogEnd&, const LogEnd&) = default;
};

struct HistoryEnd {
  uint64_t file = 0;  // number; 0: there is none
  uint64_t size = 0;
  friend bool operator==(const HistoryEnd&, const HistoryEnd&) = default;
};

struct JournalEntry {
  static constexpr uint8_t kHead = 1;     // `gtids` is the whole set, not what was added
  static constexpr uint8_t kRelaxed = 2;  // written without syncs: may promise what is not on disk
  static constexpr uint8_t kClean = 4;    // nothing followed: the log was closed in order

  uint64_t sequence = 0;
  uint64_t synced = 0;  // the last sequence that was synced when this was written
  int64_t written_ms = 0;
  uint8_t flags = 0;
  std::vector<LogEnd> logs;
  HistoryEnd history;
  std::optional<Progress> progress;  // its `gtids` is empty
  std::vector<std::string> gtids;
  friend bool operator==(const JournalEntry&, const JournalEntry&) = default;
};

// Frame and body.
void encode_journal_entry(const JournalEntry& entry, Buffer& out);

struct FramedEntry {
  JournalEntry entry;
  size_t size = 0;  // of the frame
};
// From the beginning of `bytes`. kTruncated: not all of it is there; kCorrupt: damaged.
Result<FramedEntry> decode_journal_entry(Bytes bytes);
// Where the next frame may begin at or after `from`; bytes.size() when nowhere.
size_t find_journal_frame(Bytes bytes, size_t from);

}  // namespace millrace::storage
