// SPDX-License-Identifier: Apache-2.0
#include "storage/batch_reader.h"

#include <fmt/format.h>

#include "base/crc.h"
#include "base/varint.h"
#include "storage/batch_layout.h"
#include "storage/codec.h"
#include "storage/limits.h"

namespace millrace::storage {
namespace {

constexpr size_t kMaxVarint32 = 5;
// length, attributes, two deltas, two lengths, header count: no record is smaller.
constexpr size_t kMinRecordBytes = 7;

Error corrupt(std::string what) { return {Errc::kCorrupt, "record batch: " + std::move(what)}; }

// A length-prefixed run of bytes, -1 for null.
std::optional<Bytes> nullable_bytes(ByteReader& in) {
  const int64_t size = read_varint(in, kMaxVarint32);
  if (size == -1) return std::nullopt;
  if (size < 0) {
    in.fail();
    return std::nullopt;
  }
  return in.bytes(static_cast<size_t>(size));
}

void skip_headers(ByteReader& in) {
  const int64_t count = read_varint(in, kMaxVarint32);
  if (count < 0) in.fail();
  for (int64_t i = 0; i < count && in.ok(); ++i) {
    if (!nullable_bytes(in)) in.fail();  // a header's key is never null
    nullable_bytes(in);
  }
}

}  // namespace

Result<BatchHeader> decode_batch_header(Bytes bytes) {
  ByteReader in(bytes);
  BatchHeader header;
  header.base_offset = static_cast<int64_t>(in.be(8));
  header.batch_length = static_cast<int32_t>(in.be(4));
  header.leader_epoch = static_cast<int32_t>(in.be(4));
  const uint8_t magic = in.u8();
  header.crc = static_cast<uint32_t>(in.be(4));
  header.attributes = static_cast<int16_t>(in.be(2));
  header.last_offset_delta = static_cast<int32_t>(in.be(4));
  header.base_timestamp_ms = static_cast<int64_t>(in.be(8));
  header.max_timestamp_ms = static_cast<int64_t>(in.be(8));
  in.skip(8 + 2 + 4);  // producer
  header.records = static_cast<int32_t>(in.be(4));
  if (!in.ok()) {
    return Error{Errc::kTruncated,
                 fmt::format("record batch: {} bytes, a header has 61", bytes.size())};
  }
  if (magic != 2) return corrupt(fmt::format("magic {}, expected 2", magic));
  if (header.batch_length < static_cast<int32_t>(kBatchHeaderSize - kBatchPrefixSize) ||
      header.size() > kMaxBatchBytes) {
    return corrupt(fmt::format("length {}", header.batch_length));
  }
  if (header.base_offset < 0 || header.records < 1 || header.last_offset_delta < 0 ||
      header.last_offset_delta < header.records - 1 ||
      header.base_offset > INT64_MAX - header.last_offset_delta - 1) {
    return corrupt(fmt::format("{} records, base offset {}, last offset delta {}", header.records,
                               header.base_offset, header.last_offset_delta));
  }
  if ((header.attributes & 7) > static_cast<int>(Compression::kZstd)) {
    return corrupt(fmt::format("codec {}", header.attributes & 7));
  }
  return header;
}

uint32_t batch_crc(Bytes batch) { return crc32c(batch.subspan(kCrcBegin)); }

void write_batch_header(std::byte* out, const BatchHeader& header) {
  write_be(out + kAtBaseOffset, static_cast<uint64_t>(header.base_offset), 8);
  write_be(out + kAtLength, static_cast<uint32_t>(header.batch_length), 4);
  write_be(out + kAtLeaderEpoch, static_cast<uint32_t>(header.leader_epoch), 4);
  out[kAtMagic] = std::byte{2};
  write_be(out + kAtCrc, header.crc, 4);
  write_be(out + kAtAttributes, static_cast<uint16_t>(header.attributes), 2);
  write_be(out + kAtLastOffsetDelta, static_cast<uint32_t>(header.last_offset_delta), 4);
  write_be(out + kAtBaseTimestamp, static_cast<uint64_t>(header.base_timestamp_ms), 8);
  write_be(out + kAtMaxTimestamp, static_cast<uint64_t>(header.max_timestamp_ms), 8);
  write_be(out + kAtProducerId, UINT64_MAX, 8);
  write_be(out + kAtProducerEpoch, UINT16_MAX, 2);
  write_be(out + kAtBaseSequence, UINT32_MAX, 4);
  write_be(out + kAtRecords, static_cast<uint32_t>(header.records), 4);
}

void patch_compressed(std::byte* batch, size_t size, Compression compression) {
  write_be(batch + kAtLength, size - kBatchPrefixSize, 4);
  write_be(batch + kAtAttributes, static_cast<uint64_t>(compression), 2);
}

Status BatchReader::open(Bytes batch) {
  header_ = TRY(decode_batch_header(batch));
  given_ = 0;
  if (batch.size() < header_.size()) {
    return Error{Errc::kTruncated,
                 fmt::format("record batch: {} bytes of {}", batch.size(), header_.size())};
  }
  batch = batch.first(header_.size());
  if (const uint32_t crc = batch_crc(batch); crc != header_.crc) {
    return corrupt(fmt::format("CRC-32C {:08x}, the header says {:08x}", crc, header_.crc));
  }
  Bytes records = batch.subspan(kBatchHeaderSize);
  if (header_.compression() != Compression::kNone) {
    decompressed_.clear();
    TRY(decompress(header_.compression(), records, kMaxDecompressedBytes, decompressed_));
    records = decompressed_.view();
  }
  if (static_cast<size_t>(header_.records) > records.size() / kMinRecordBytes) {
    return corrupt(fmt::format("{} records in {} bytes", header_.records, records.size()));
  }
  records_ = ByteReader(records);
  return Done{};
}

Result<std::optional<RecordView>> BatchReader::next() {
  if (given_ == header_.records) {
    if (!records_.at_end()) return corrupt("bytes after the last record");
    return std::optional<RecordView>();
  }
  const int64_t length = read_varint(records_, kMaxVarint32);
  ByteReader in(length < 0 ? Bytes{} : records_.bytes(static_cast<size_t>(length)));
  in.skip(1);  // attributes: none are defined
  const int64_t timestamp_delta = read_varint(in);
  const int64_t offset_delta = read_varint(in, kMaxVarint32);
  RecordView record;
  record.key = nullable_bytes(in);
  record.value = nullable_bytes(in);
  skip_headers(in);
  if (!records_.ok() || !in.ok() || !in.at_end() || offset_delta < 0 ||
      offset_delta > header_.last_offset_delta) {
    return corrupt(fmt::format("record {} is damaged", given_));
  }
  record.offset.value = header_.base_offset + offset_delta;
  record.timestamp_ms = static_cast<int64_t>(static_cast<uint64_t>(header_.base_timestamp_ms) +
                                             static_cast<uint64_t>(timestamp_delta));
  ++given_;
  return std::optional(record);
}

}  // namespace millrace::storage
