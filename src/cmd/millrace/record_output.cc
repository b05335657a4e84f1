// SPDX-License-Identifier: Apache-2.0
#include "cmd/millrace/record_output.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_reader.h"
#include "format/dts_avro/json_view.h"
#include "storage/batch_reader.h"

namespace millrace::cmd {
namespace {

constexpr size_t kFlushBytes = 64 << 10;

Error cannot_write(const char* what) {
  return Error{Errc::kIo, std::string("cannot write to ") + what + ": " + std::strerror(errno)};
}

}  // namespace

Result<OutputFormat> parse_output_format(std::string_view text) {
  if (text == "json") return OutputFormat::kJson;
  if (text == "dts-avro") return OutputFormat::kDtsAvro;
  if (text == "none") return OutputFormat::kNone;
  return Error{Errc::kInvalid,
               "unknown format \"" + std::string(text) + "\"; choose json, dts-avro or none"};
}

RecordOutput::RecordOutput(OutputFormat format, std::FILE* out) : format_(format), out_(out) {}

RecordOutput::~RecordOutput() {
  if (hidden_ != nullptr) std::fclose(hidden_);
}

Status RecordOutput::take(sink::Batch batch) {
  using sink::Part;
  bytes_ += batch.records.bytes.size();
  if (format_ == OutputFormat::kNone) return Done{};
  // A reader of batches checks what only sealing fills in.
  TRY(storage::seal(batch.records, storage::Compression::kNone));
  switch (batch.part) {
    case Part::kWhole:
      return print(batch.records.bytes.view());
    case Part::kPiece:
      return hide(batch.records);
    case Part::kEnd:
      TRY(show_hidden());
      return print(batch.records.bytes.view());
    case Part::kAbandon:
      hidden_bytes_ = 0;
      piece_ends_.clear();
      return Done{};
    case Part::kBackTo:
      while (!piece_ends_.empty() && piece_ends_.back().records > batch.keep)
        piece_ends_.pop_back();
      hidden_bytes_ = piece_ends_.empty() ? 0 : piece_ends_.back().bytes;
      return Done{};
    case Part::kProgress:
      return Done{};
  }
  return Done{};
}

Status RecordOutput::hide(const storage::Batches& piece) {
  const Bytes batches = piece.bytes.view();
  if (hidden_ == nullptr) hidden_ = std::tmpfile();
  if (hidden_ == nullptr || std::fseek(hidden_, static_cast<long>(hidden_bytes_), SEEK_SET) != 0 ||
      std::fwrite(batches.data(), 1, batches.size(), hidden_) != batches.size())
    return cannot_write("a temporary file for a large transaction");
  hidden_bytes_ += batches.size();
  piece_ends_.push_back(
      {(piece_ends_.empty() ? 0 : piece_ends_.back().records) + piece.records, hidden_bytes_});
  return Done{};
}

Status RecordOutput::show_hidden() {
  piece_ends_.clear();
  if (hidden_bytes_ == 0) return Done{};
  std::rewind(hidden_);
  Buffer batch;
  while (hidden_bytes_ > 0) {
    constexpr size_t kPrefix = 12;  // base offset, length of what follows
    batch.clear();
    if (std::fread(batch.reserve(kPrefix), 1, kPrefix, hidden_) != kPrefix)
      return cannot_write("a temporary file for a large transaction");
    batch.commit(kPrefix);
    ByteReader head(batch.view().subspan(8));
    const auto length = static_cast<size_t>(head.be(4));
    if (std::fread(batch.reserve(length), 1, length, hidden_) != length)
      return cannot_write("a temporary file for a large transaction");
    batch.commit(length);
    TRY(print(batch.view()));
    hidden_bytes_ -= std::min(hidden_bytes_, batch.size());
  }
  return Done{};
}

Status RecordOutput::print(Bytes batches) {
  storage::BatchReader reader;
  while (!batches.empty()) {
    TRY(reader.open(batches));
    batches = batches.subspan(reader.header().size());
    for (;;) {
      const std::optional<storage::RecordView> record = TRY(reader.next());
      if (!record.has_value()) break;
      TRY(print_record(record->value.value_or(Bytes{})));
    }
    if (text_.size() >= kFlushBytes) TRY(flush());
  }
  return Done{};
}

Status RecordOutput::print_record(Bytes value) {
  if (format_ == OutputFormat::kDtsAvro) {
    text_.be(value.size(), 4);
    text_.append(value);
    return Done{};
  }
  TRY(format::dts_avro::append_json(value, text_));
  text_.put('\n');
  return Done{};
}

Status RecordOutput::flush() {
  if (!text_.empty() && std::fwrite(text_.data(), 1, text_.size(), out_) != text_.size())
    return cannot_write("the output");
  text_.clear();
  if (std::fflush(out_) != 0) return cannot_write("the output");
  return Done{};
}

}  // namespace millrace::cmd
