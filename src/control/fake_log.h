// SPDX-License-Identifier: Apache-2.0
// A log in memory, of batches that a test adds.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "format/dts_avro/encoder.h"
#include "storage/batch.h"
#include "storage/log_reader.h"

namespace millrace::control {

class FakeLog final : public storage::LogReader {
 public:
  // One batch of records, whose values are as given.
  void add(const std::vector<std::string_view>& values, int64_t timestamp_ms) {
    storage::BatchBuilder builder;
    for (const std::string_view value : values) builder.add(timestamp_ms, as_bytes(value));
    builder.cut();
    storage::Batches batches = builder.take();
    static_cast<void>(storage::seal(batches, storage::Compression::kNone));
    std::function<void()> wake;
    {
      const std::lock_guard lock(mutex_);
      auto segment = std::make_shared<Segment>();
      segment->bytes.append(batches.bytes.view());
      // The base offset is the first field and outside the CRC.
      for (size_t i = 0; i < 8; ++i) {
        segment->bytes.data()[i] = static_cast<std::byte>(end_ >> (56 - 8 * i));
      }
      pieces_.push_back({end_, std::move(segment)});
      end_ += static_cast<int64_t>(values.size());
      newest_ms_ = std::max(newest_ms_, timestamp_ms);
      wake = wake_;
    }
    if (wake) wake();
  }
  void add_heartbeat(int64_t timestamp_ms) {
    format::dts_avro::DtsAvroEncoder encoder;
    Buffer out;
    encoder.heartbeat({}, timestamp_ms / 1000, "8.0.36", {}, out);
    add({as_text(out.view())}, timestamp_ms);
  }
  void add_commit(int64_t timestamp_ms) {
    format::dts_avro::DtsAvroEncoder encoder;
    Buffer out;
    change::Transaction txn;
    txn.commit_time_us = timestamp_ms * 1000;
    encoder.commit({}, txn, out);
    add({as_text(out.view())}, timestamp_ms);
  }
  // As retention does.
  void cut_to(int64_t offset) {
    const std::lock_guard lock(mutex_);
    start_ = offset;
  }

  storage::LogView view() const override {
    const std::lock_guard lock(mutex_);
    storage::LogView view;
    view.start = {start_};
    view.high_watermark = {end_};
    view.newest_timestamp_ms = newest_ms_;
    return view;
  }
  Result<storage::FileRange> read(storage::Offset from, size_t, bool) const override {
    const std::lock_guard lock(mutex_);
    if (from.value < start_ || from.value > end_) {
      return Error{Errc::kNotFound, "outside the log"};
    }
    for (auto piece = pieces_.rbegin(); piece != pieces_.rend() && from.value < end_; ++piece) {
      if (piece->first > from.value) continue;
      return storage::FileRange{
          .segment = piece->second, .position = 0, .bytes = piece->second->bytes.size()};
    }
    return storage::FileRange{};
  }
  Result<std::optional<storage::TimeMatch>> find_time(int64_t timestamp_ms) const override {
    if (timestamp_ms > newest_ms_) return std::optional<storage::TimeMatch>();
    return std::optional<storage::TimeMatch>({.offset = {start_}, .timestamp_ms = timestamp_ms});
  }
  std::optional<std::pair<int32_t, storage::Offset>> epoch_end(int32_t) const override {
    return std::nullopt;
  }
  uint64_t watch(std::function<void()> wake) override {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
    return 1;
  }
  void unwatch(uint64_t) override {
    const std::lock_guard lock(mutex_);
    wake_ = nullptr;
  }
  bool is_watched() const {
    const std::lock_guard lock(mutex_);
    return wake_ != nullptr;
  }

 private:
  struct Segment final : storage::SegmentHandle {
    int fd() const override { return -1; }
    Result<size_t> read(uint64_t position, std::span<std::byte> into) const override {
      const size_t count = std::min(into.size(), bytes.size() - static_cast<size_t>(position));
      std::memcpy(into.data(), bytes.data() + position, count);
      return count;
    }
    Buffer bytes;
  };
  mutable std::mutex mutex_;
  std::vector<std::pair<int64_t, std::shared_ptr<Segment>>> pieces_;
  int64_t start_ = 0;
  int64_t end_ = 0;
  int64_t newest_ms_ = -1;
  std::function<void()> wake_;
};

}  // namespace millrace::control
