// SPDX-License-Identifier: Apache-2.0
#include "storage/segment_index.h"

#include <array>

#include "base/byte_reader.h"
#include "base/crc.h"
#include "storage/file_header.h"

namespace millrace::storage {

static_assert(index_position(0) == kFileHeaderSize);

void encode_index_entry(const IndexEntry& entry, Buffer& out) {
  const size_t at = out.size();
  out.le(static_cast<uint64_t>(entry.offset), 8);
  out.le(entry.position, 8);
  out.le(static_cast<uint64_t>(entry.max_before_ms), 8);
  out.le(static_cast<uint64_t>(entry.appended_ms), 8);
  out.le(entry.batch_crc, 4);
  out.le(crc32c(out.view().subspan(at)), 4);
}

Result<IndexEntry> decode_index_entry(Bytes bytes) {
  ByteReader in(bytes);
  IndexEntry entry;
  entry.offset = static_cast<int64_t>(in.u64());
  entry.position = in.u64();
  entry.max_before_ms = static_cast<int64_t>(in.u64());
  entry.appended_ms = static_cast<int64_t>(in.u64());
  entry.batch_crc = in.u32();
  const uint32_t stored = in.u32();
  if (!in.ok()) return Error{Errc::kTruncated, "index entry: under 40 bytes"};
  if (crc32c(bytes.first(kIndexEntrySize - 4)) != stored) {
    return Error{Errc::kCorrupt, "index entry: damaged"};
  }
  return entry;
}

Result<IndexEntry> read_index_entry(const io::File& index, uint64_t entry) {
  std::array<std::byte, kIndexEntrySize> bytes{};
  const size_t got = TRY(index.pread(index_position(entry), bytes));
  return decode_index_entry(Bytes(bytes).first(got));
}

Result<std::optional<IndexEntry>> last_index_entry(
    const io::File& index, uint64_t entries, const std::function<bool(const IndexEntry&)>& holds) {
  std::optional<IndexEntry> best;
  uint64_t low = 0;
  uint64_t high = entries;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    const IndexEntry entry = TRY(read_index_entry(index, middle));
    if (holds(entry)) {
      best = entry;
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return best;
}

bool is_index_of(const io::File& index, int64_t base) {
  std::array<std::byte, kFileHeaderSize> head{};
  const auto got = index.pread(0, head);
  if (!got) return false;
  const auto header = decode_file_header(kIndexKind, Bytes(head).first(*got), "index");
  return header && header->number == static_cast<uint64_t>(base);
}

std::vector<IndexEntry> load_index(const io::File& index, int64_t base) {
  std::vector<IndexEntry> entries;
  if (!is_index_of(index, base)) return entries;
  std::array<std::byte, 256 * kIndexEntrySize> block{};
  for (uint64_t at = kFileHeaderSize;;) {
    const auto read = index.pread(at, block);
    if (!read) return entries;
    const size_t whole = *read / kIndexEntrySize;
    for (size_t i = 0; i < whole; ++i) {
      const auto entry =
          decode_index_entry(Bytes(block).subspan(i * kIndexEntrySize, kIndexEntrySize));
      if (!entry) return entries;
      const bool grows = entries.empty() ? entry->offset == base && entry->position == 0
                                         : entry->offset > entries.back().offset &&
                                               entry->position > entries.back().position &&
                                               entry->max_before_ms >= entries.back().max_before_ms;
      if (!grows) return entries;
      entries.push_back(*entry);
    }
    if (*read < block.size()) return entries;
    at += *read;
  }
}

}  // namespace millrace::storage
