// SPDX-License-Identifier: Apache-2.0
// Every maximum of the log.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace::storage {

// One batch as it lies in a file. The largest record (design: max_record_bytes, 64 MiB) with what a
// codec may add to it stays below.
inline constexpr size_t kMaxBatchBytes = 100 << 20;
// What one batch may grow to when it is decompressed: a larger one is damage.
inline constexpr size_t kMaxDecompressedBytes = 100 << 20;
// Bytes of a segment between two entries of its index. A look-up reads at most this much to find
// its batch, or one batch.
inline constexpr uint64_t kIndexEveryBytes = 64 << 10;
// A commit journal's file ends after the entry that takes it over this.
inline constexpr uint64_t kJournalFileBytes = 4 << 20;
// Journal files are kept as long as the log that they speak of, but no more than these.
inline constexpr size_t kMaxJournalFiles = 32;
// One entry: a whole GTID set of a long-lived cluster is a few hundred kilobytes.
inline constexpr size_t kMaxJournalEntryBytes = 32 << 20;
inline constexpr size_t kMaxHistoryEntryBytes = 64 << 20;
inline constexpr size_t kMaxFormats = 16;
// Leader epochs that are remembered: clients ask for those that they last saw.
inline constexpr size_t kMaxEpochs = 64;
// Guarantee 9: how far the next offset is moved past the highest that may have been seen.
inline constexpr int64_t kEpochGap = 1 << 20;
// Closed segments whose files are kept open because somebody read them last.
inline constexpr size_t kOpenClosedSegments = 4;
// A wall clock that moved by more than this against the monotonic one stops retention.
inline constexpr int64_t kMaxClockStepMs = 3'600'000;
// A segment closes after this part of the retention time.
inline constexpr int64_t kSegmentsPerRetention = 24;

}  // namespace millrace::storage
