// SPDX-License-Identifier: Apache-2.0
#include "storage/batch.h"

#include <algorithm>
#include <limits>

#include "base/byte_reader.h"
#include "base/check.h"
#include "base/crc.h"
#include "base/varint.h"
#include "storage/batch_layout.h"
#include "storage/codec.h"

namespace millrace::storage {
namespace {

// attributes, key length, header count: one byte each.
constexpr size_t kRecordFixed = 3;
// The largest record header: length, attributes, two deltas, key length, value length.
constexpr size_t kMaxRecordHeader = 5 + 1 + kMaxVarint + 5 + 1 + 5;
constexpr std::byte kNullKey{0x01};  // varint -1

}  // namespace

void BatchBuilder::open(int64_t timestamp_ms) {
  open_at_ = done_.bytes.size();
  done_.bytes.reserve(open_at_ == 0 ? expected_bytes_ + kBatchHeaderSize : kBatchHeaderSize);
  done_.bytes.commit(kBatchHeaderSize);  // written by cut()
  open_base_timestamp_ms_ = timestamp_ms;
  open_max_timestamp_ms_ = timestamp_ms;
}

void BatchBuilder::add(int64_t timestamp_ms, Bytes value) {
  const size_t held = done_.bytes.size() - open_at_;
  if (open_records_ > 0 && held + value.size() + kMaxRecordHeader > kBatchTargetBytes) cut();
  if (open_records_ == 0) open(timestamp_ms);

  const int64_t timestamp_delta = timestamp_ms - open_base_timestamp_ms_;
  const auto value_size = static_cast<int64_t>(value.size());
  const size_t length = kRecordFixed + varint_size(timestamp_delta) + varint_size(open_records_) +
                        varint_size(value_size) + value.size();
  std::byte* const begin = done_.bytes.reserve(kMaxRecordHeader + value.size() + 1);
  std::byte* out = write_varint(begin, static_cast<int64_t>(length));
  *out++ = std::byte{0};  // attributes
  out = write_varint(out, timestamp_delta);
  out = write_varint(out, open_records_);
  *out++ = kNullKey;
  out = write_varint(out, value_size);
  if (!value.empty()) std::memcpy(out, value.data(), value.size());
  out += value.size();
  *out++ = std::byte{0};  // no headers
  done_.bytes.commit(static_cast<size_t>(out - begin));

  ++open_records_;
  ++done_.records;
  open_max_timestamp_ms_ = std::max(open_max_timestamp_ms_, timestamp_ms);
  done_.max_timestamp_ms = std::max(done_.max_timestamp_ms, timestamp_ms);
}

void BatchBuilder::cut() {
  if (open_records_ == 0) return;
  const size_t size = done_.bytes.size() - open_at_;
  CHECK(size - kBatchPrefixSize <= static_cast<size_t>(std::numeric_limits<int32_t>::max()), size);
  write_batch_header(done_.bytes.data() + open_at_,
                     {.base_offset = done_.records - open_records_,
                      .batch_length = static_cast<int32_t>(size - kBatchPrefixSize),
                      .last_offset_delta = open_records_ - 1,
                      .base_timestamp_ms = open_base_timestamp_ms_,
                      .max_timestamp_ms = open_max_timestamp_ms_,
                      .records = open_records_});
  open_records_ = 0;
  open_at_ = done_.bytes.size();
}

Batches BatchBuilder::take() {
  cut();
  Batches taken = std::move(done_);
  *this = BatchBuilder();
  expected_bytes_ = std::min(taken.bytes.size(), 2 * kBatchTargetBytes);
  return taken;
}

BatchBuilder::Mark BatchBuilder::mark() const {
  return {.bytes = done_.bytes.size(),
          .records = done_.records,
          .max_timestamp_ms = done_.max_timestamp_ms,
          .open_at = open_at_,
          .open_records = open_records_,
          .open_base_timestamp_ms = open_base_timestamp_ms_,
          .open_max_timestamp_ms = open_max_timestamp_ms_};
}

void BatchBuilder::cut_back(const Mark& mark) {
  CHECK(mark.bytes <= done_.bytes.size(), mark.bytes, done_.bytes.size());
  done_.bytes.truncate(mark.bytes);
  done_.records = mark.records;
  done_.max_timestamp_ms = mark.max_timestamp_ms;
  open_at_ = mark.open_at;
  open_records_ = mark.open_records;
  open_base_timestamp_ms_ = mark.open_base_timestamp_ms;
  open_max_timestamp_ms_ = mark.open_max_timestamp_ms;
}

BatchBuilder BatchBuilder::split(const Mark& mark) {
  cut();
  BatchBuilder rest;
  const Bytes added = done_.bytes.view().subspan(mark.bytes);
  size_t at = 0;
  if (mark.open_records > 0 && !added.empty()) {
    // The batch that the mark stands in: its later records count from a base that stays behind.
    const auto header = decode_batch_header(done_.bytes.view().subspan(mark.open_at));
    CHECK(header);
    at = mark.open_at + header->size() - mark.bytes;
    ByteReader in(added.first(at));
    while (!in.at_end()) {
      read_varint(in);  // length
      in.skip(1);       // attributes
      const int64_t timestamp_ms = header->base_timestamp_ms + read_varint(in);
      read_varint(in);  // offset
      in.skip(1);       // key
      const Bytes value = in.bytes(static_cast<size_t>(read_varint(in)));
      in.skip(1);  // headers
      CHECK(in.ok());
      rest.add(timestamp_ms, value);
    }
    rest.cut();
  }
  while (at < added.size()) {
    const auto header = decode_batch_header(added.subspan(at));
    CHECK(header);
    const size_t to = rest.done_.bytes.size();
    rest.done_.bytes.append(added.subspan(at, header->size()));
    patch_base_offset(rest.done_.bytes.data() + to, rest.done_.records);
    rest.done_.records += header->records;
    rest.done_.max_timestamp_ms = std::max(rest.done_.max_timestamp_ms, header->max_timestamp_ms);
    at += header->size();
  }
  cut_back(mark);
  return rest;
}

Status seal(Batches& batches, Compression compression) {
  if (compression != Compression::kNone) {
    Buffer out;
    for (size_t at = 0; at < batches.bytes.size();) {
      const Bytes rest = batches.bytes.view().subspan(at);
      const BatchHeader header = TRY(decode_batch_header(rest));
      const Bytes records = rest.first(header.size()).subspan(kBatchHeaderSize);
      const size_t to = out.size();
      out.append(rest.first(kBatchHeaderSize));
      TRY(compress(compression, records, out));
      patch_compressed(out.data() + to, out.size() - to, compression);
      at += header.size();
    }
    batches.bytes = std::move(out);
  }
  std::byte* const bytes = batches.bytes.data();
  for (size_t at = 0; at < batches.bytes.size();) {
    const Bytes rest = batches.bytes.view().subspan(at);
    const BatchHeader header = TRY(decode_batch_header(rest));
    const Bytes batch = rest.first(header.size());
    patch_crc(bytes + at, batch_crc(batch));
    at += header.size();
  }
  return Done{};
}

}  // namespace millrace::storage
