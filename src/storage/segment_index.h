// SPDX-License-Identifier: Apache-2.0
// The sparse index of one segment: about every kIndexEveryBytes, and for its first batch, what
// batch begins there. Never mapped, never trusted: who uses an entry checks it against the batch.
//
//   offset  size  field (little-endian), 40 bytes an entry, after the file's header
//        0     8  offset        base offset of the batch
//        8     8  position      of the batch in the segment
//       16     8  max_before    largest timestamp of the segment's batches before it, ms
//       24     8  appended      wall clock when it was appended, ms
//       32     4  batch_crc     the batch's own CRC-32C
//       36     4  CRC-32C of the 36 bytes before
//
// A closed segment's index ends with an entry for what would follow: position is the segment's
// size, offset its end, batch_crc 0.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/buffer.h"
#include "base/result.h"
#include "io/files.h"

namespace millrace::storage {

inline constexpr size_t kIndexEntrySize = 40;
inline constexpr int64_t kNoTimestamp = INT64_MIN;

struct IndexEntry {
  int64_t offset = 0;
  uint64_t position = 0;
  int64_t max_before_ms = kNoTimestamp;
  int64_t appended_ms = 0;
  uint32_t batch_crc = 0;
  friend bool operator==(const IndexEntry&, const IndexEntry&) = default;
};

void encode_index_entry(const IndexEntry& entry, Buffer& out);
Result<IndexEntry> decode_index_entry(Bytes bytes);

inline constexpr uint64_t index_position(uint64_t entry) { return 32 + entry * kIndexEntrySize; }
Result<IndexEntry> read_index_entry(const io::File& index, uint64_t entry);

// The last of the first `entries` entries for which `holds` is true; it must be true for a
// beginning of them and false for the rest. nullopt when it holds for none.
Result<std::optional<IndexEntry>> last_index_entry(
    const io::File& index, uint64_t entries, const std::function<bool(const IndexEntry&)>& holds);

// Whether the header is that of `base`'s index, in our version.
bool is_index_of(const io::File& index, int64_t base);

// The entries at the beginning of an index that are whole and grow: what may be kept of it. None
// when the header is not `base`'s.
std::vector<IndexEntry> load_index(const io::File& index, int64_t base);

}  // namespace millrace::storage
