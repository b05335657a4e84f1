// SPDX-License-Identifier: Apache-2.0
// Where the fields of a record batch's header are (kafka-endpoint spec 2.3), for those who write or
// patch them in place. What lies before kCrcBegin may change without a new CRC.
#pragma once

#include <cstddef>
#include <cstdint>

#include "storage/batch_reader.h"

namespace millrace::storage {

inline constexpr size_t kAtBaseOffset = 0;
inline constexpr size_t kAtLength = 8;
inline constexpr size_t kAtLeaderEpoch = 12;
inline constexpr size_t kAtMagic = 16;
inline constexpr size_t kAtCrc = 17;
inline constexpr size_t kCrcBegin = 21;
inline constexpr size_t kAtAttributes = 21;
inline constexpr size_t kAtLastOffsetDelta = 23;
inline constexpr size_t kAtBaseTimestamp = 27;
inline constexpr size_t kAtMaxTimestamp = 35;
inline constexpr size_t kAtProducerId = 43;
inline constexpr size_t kAtProducerEpoch = 51;
inline constexpr size_t kAtBaseSequence = 53;
inline constexpr size_t kAtRecords = 57;
static_assert(kAtRecords + 4 == kBatchHeaderSize);
static_assert(kAtLength + 4 == kBatchPrefixSize);

inline void write_be(std::byte* out, uint64_t value, size_t width) {
  for (size_t i = 0; i < width; ++i) {
    out[width - 1 - i] = static_cast<std::byte>(value >> (8 * i));
  }
}

// All kBatchHeaderSize bytes; the producer's fields say that there is none.
void write_batch_header(std::byte* out, const BatchHeader& header);

inline void patch_base_offset(std::byte* batch, int64_t offset) {
  write_be(batch + kAtBaseOffset, static_cast<uint64_t>(offset), 8);
}
inline void patch_leader_epoch(std::byte* batch, int32_t epoch) {
  write_be(batch + kAtLeaderEpoch, static_cast<uint32_t>(epoch), 4);
}
inline void patch_crc(std::byte* batch, uint32_t crc) { write_be(batch + kAtCrc, crc, 4); }
// The batch has `size` bytes now, its records are compressed. The CRC is to be computed again.
void patch_compressed(std::byte* batch, size_t size, Compression compression);

}  // namespace millrace::storage
