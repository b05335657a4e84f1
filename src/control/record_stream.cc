// SPDX-License-Identifier: Apache-2.0
#include "control/record_stream.h"

#include <fmt/format.h>

#include <charconv>

#include "base/units.h"
#include "control/limits.h"
#include "control/log_scan.h"
#include "control/record_view.h"
#include "format/dts_avro/json_view.h"

namespace millrace::control {
namespace {

class RecordStream final : public BodyStream {
 public:
  RecordStream(std::shared_ptr<storage::LogReader> log, const RecordQuery& query)
      : log_(std::move(log)),
        query_(query),
        end_(log_->view().high_watermark),
        left_(query.limit.value_or(INT64_MAX)),
        scan_(*log_, query.from) {}
  ~RecordStream() override {
    if (watch_ != 0) log_->unwatch(watch_);
  }
  RecordStream(const RecordStream&) = delete;
  RecordStream& operator=(const RecordStream&) = delete;

  void on_ready(std::function<void()> wake) override {
    if (query_.follow) watch_ = log_->watch(std::move(wake));
  }

  Next next(std::string& out) override {
    bool broken = false;
    buffer_.clear();
    const Result<bool> more =
        scan_.piece(kStreamPieceBytes, [&](const storage::RecordView& record) {
          if (is_over(record.offset)) return false;
          broken = !append(record);
          return !broken && --left_ > 0;
        });
    out += as_text(buffer_.view());
    if (!more || broken) return Next::kBroken;
    if (left_ <= 0 || is_over(scan_.next())) return Next::kEnd;
    if (!*more) return query_.follow ? Next::kWait : Next::kEnd;
    return Next::kData;
  }

 private:
  bool is_over(storage::Offset offset) const { return !query_.follow && offset >= end_; }

  bool append(const storage::RecordView& record) {
    const Bytes value = record.value.value_or(Bytes{});
    if (query_.format == RecordFormat::kDtsAvro) {
      buffer_.be(value.size(), 4);
      buffer_.append(value);
      return true;
    }
    if (query_.format == RecordFormat::kCells) {
      const Result<format::dts_avro::Record> read = format::dts_avro::read_record(value);
      if (!read) return false;
      buffer_.append(json::write(record_view(record, *read)));
    } else if (!format::dts_avro::append_json(value, buffer_)) {
      return false;
    }
    buffer_.put('\n');
    return true;
  }

  const std::shared_ptr<storage::LogReader> log_;
  const RecordQuery query_;
  const storage::Offset end_;
  int64_t left_;
  LogScan scan_;
  Buffer buffer_;
  uint64_t watch_ = 0;
};

}  // namespace

Result<storage::Offset> find_offset(const storage::LogReader& log, const std::string& from) {
  const storage::LogView view = log.view();
  if (from.empty() || from == "latest") return view.high_watermark;
  if (from == "earliest") return view.start;
  int64_t offset = 0;
  const char* end = from.data() + from.size();
  const auto parsed = std::from_chars(from.data(), end, offset);
  if (parsed.ec == std::errc() && parsed.ptr == end) {
    if (offset < view.start.value || offset > view.high_watermark.value) {
      return Error{Errc::kNotFound,
                   fmt::format("offset {} is not in the log, which holds {} to {}", offset,
                               view.start.value, view.high_watermark.value)};
    }
    return storage::Offset{offset};
  }
  if (const Result<int64_t> time_us = parse_rfc3339_us(from)) {
    const auto match = TRY(log.find_time(*time_us / 1000));
    return match ? match->offset : view.high_watermark;
  }
  return Error{Errc::kInvalid,
               fmt::format("from \"{}\": give latest, earliest, an offset, or a time such as "
                           "2026-11-24T04:10:00Z",
                           from)};
}

std::shared_ptr<BodyStream> make_record_stream(std::shared_ptr<storage::LogReader> log,
                                               const RecordQuery& query) {
  return std::make_shared<RecordStream>(std::move(log), query);
}

}  // namespace millrace::control
