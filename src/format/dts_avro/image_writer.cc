// SPDX-License-Identifier: Apache-2.0
#include "format/dts_avro/image_writer.h"

#include <fmt/format.h>

#include <bit>

#include "cell/address.h"
#include "cell/compressed.h"
#include "cell/decimal.h"
#include "cell/float_text.h"
#include "cell/geometry.h"
#include "cell/integer.h"
#include "cell/json.h"
#include "cell/temporal.h"
#include "format/dts_avro/wire.h"

namespace millrace::format::dts_avro {
namespace {

constexpr int kMaxMicros = 999999;
constexpr size_t kKeptScratch = 1 << 20;

std::byte* write_head(std::byte* out, const Op& op) {
  std::memcpy(out, op.head.data(),
              kMaxHead);  // a constant size is a few moves; the rest is overwritten
  return out + op.head_size;
}

// A part of a DateTime that is not null.
std::byte* write_part(std::byte* out, int value) {
  *out++ = std::byte{2};
  return write_varint(out, value);
}

std::byte* write_date_parts(std::byte* out, int year, int month, int day) {
  out = write_part(out, year);
  out = write_part(out, month);
  return write_part(out, day);
}

std::byte* write_time_parts(std::byte* out, int hour, int minute, int second, int micros) {
  out = write_part(out, hour);
  out = write_part(out, minute);
  out = write_part(out, second);
  return write_part(out, micros);
}

std::byte* write_nulls(std::byte* out, size_t count) {
  std::memset(out, 0, count);
  return out + count;
}

std::byte* write_float(std::byte* out, double value) {
  std::memcpy(out, &value, sizeof value);
  out = write_varint(out + sizeof value, kFloatPrecision);
  return write_varint(out, kFloatScale);
}

std::byte* write_time(std::byte* out, const cell::Time& time) {
  const int sign = time.negative ? -1 : 1;
  return write_time_parts(out, sign * time.hour, sign * time.minute, sign * time.second,
                          sign * time.micros);
}

std::byte* write_datetime(std::byte* out, const cell::DateTime& value) {
  out = write_date_parts(out, value.year, value.month, value.day);
  return write_time_parts(out, value.hour, value.minute, value.second, value.micros);
}

std::byte* write_timestamp(std::byte* out, const cell::Timestamp& value) {
  return write_varint(write_varint(out, value.seconds), value.micros);
}

std::byte* write_date(std::byte* out, const cell::Date& value) {
  return write_nulls(write_date_parts(out, value.year, value.month, value.day), 4);
}

// Null where the digits are damaged.
std::byte* write_decimal(std::byte* out, const Op& op, const std::byte* in) {
  char text[cell::kMaxDecimalText];
  const auto printed = cell::decimal_text(in, op.precision, op.scale, text);
  if (!printed) return nullptr;
  out = write_string(out, {text, printed->size});
  out = write_varint(out, printed->digits);
  return write_varint(out, op.scale);
}

// Null for an index beyond the labels.
std::byte* write_enum(std::byte* out, const Labels& labels, uint64_t index) {
  if (index >= labels.text.size()) return nullptr;
  return write_string(out, labels.text[static_cast<size_t>(index)]);
}

// Null for a bit beyond the labels.
std::byte* write_set(std::byte* out, const Labels& labels, uint64_t bits) {
  const size_t known = labels.text.size();
  if (known < 64 && bits >> known != 0) return nullptr;
  size_t size = 0;
  for (uint64_t left = bits; left != 0; left &= left - 1)
    size += labels.text[static_cast<size_t>(std::countr_zero(left))].size() + 1;
  out = write_varint(out, size == 0 ? 0 : static_cast<int64_t>(size - 1));
  for (uint64_t left = bits; left != 0; left &= left - 1) {
    if (left != bits) *out++ = std::byte{','};
    out = write_raw(out, labels.text[static_cast<size_t>(std::countr_zero(left))]);
  }
  return out;
}

std::byte* write_address(std::byte* out, OpCode code, Bytes value) {
  auto* text = reinterpret_cast<char*>(out + 1);
  const char* end = code == OpCode::kUuid    ? cell::print_uuid(text, value)
                    : code == OpCode::kInet4 ? cell::print_inet4(text, value)
                                             : cell::print_inet6(text, value);
  const auto size = static_cast<size_t>(end - text);  // at most 45: one byte
  *out = static_cast<std::byte>(size << 1);
  return out + 1 + size;
}

}  // namespace

ImageWriter::Outcome ImageWriter::fixed(const Op& op, const std::byte* in, Cursor& out) {
  std::byte* at = write_head(out.at, op);
  switch (op.code) {
    case OpCode::kSigned:
      at = write_number_text(at, cell::read_signed(in, op.size));
      break;
    case OpCode::kUnsigned:
      at = write_number_text(at, cell::read_unsigned(in, op.size));
      break;
    case OpCode::kBit:
      at = write_number_text(at, cell::read_bit(in, op.bits));
      break;
    case OpCode::kYear:
      at = write_nulls(write_part(at, cell::read_year(*in)), 6);
      break;
    case OpCode::kFloat:
      at = write_float(at, cell::read_float(in));
      break;
    case OpCode::kDouble:
      at = write_float(at, cell::read_double(in));
      break;
    case OpCode::kDecimal:
      at = write_decimal(at, op, in);
      if (at == nullptr) return Outcome::kCorrupt;
      break;
    case OpCode::kDate:
      at = write_date(at, cell::read_date(in));
      break;
    case OpCode::kOldTime:
      at = write_time(at, cell::read_old_time(in));
      break;
    case OpCode::kOldDateTime:
      at = write_datetime(at, cell::read_old_datetime(in));
      break;
    case OpCode::kOldTimestamp:
      at = write_timestamp(at, cell::read_old_timestamp(in));
      break;
    case OpCode::kTime2: {
      const cell::Time value = cell::read_time2(in, op.scale);
      if (value.micros > kMaxMicros) return Outcome::kCorrupt;
      at = write_time(at, value);
      break;
    }
    case OpCode::kDateTime2: {
      const cell::DateTime value = cell::read_datetime2(in, op.scale);
      if (value.micros > kMaxMicros) return Outcome::kCorrupt;
      at = write_datetime(at, value);
      break;
    }
    case OpCode::kTimestamp2: {
      const cell::Timestamp value = cell::read_timestamp2(in, op.scale);
      if (value.micros > kMaxMicros) return Outcome::kCorrupt;
      at = write_timestamp(at, value);
      break;
    }
    case OpCode::kEnum:
      at = write_enum(at, *op.labels, cell::read_unsigned(in, op.size));
      if (at == nullptr) return Outcome::kMismatch;
      break;
    case OpCode::kSet:
      at = write_set(at, *op.labels, cell::read_unsigned(in, op.size));
      if (at == nullptr) return Outcome::kMismatch;
      break;
    default:
      return Outcome::kCorrupt;
  }
  out.at = at;
  return Outcome::kOk;
}

ImageWriter::Outcome ImageWriter::scratch_value(Status made, Cursor& out) {
  if (!made) {
    detail_ = std::move(made.error());
    return Outcome::kDetailed;
  }
  out.need(scratch_.size());
  out.at = write_string(out.at, as_text(scratch_.view()));
  if (scratch_.capacity() > kKeptScratch) scratch_ = Buffer();
  return Outcome::kOk;
}

// What stood behind a length.
ImageWriter::Outcome ImageWriter::contents(const Op& op, Bytes value, Cursor& out) {
  switch (op.code) {
    case OpCode::kBytes:
      out.need(value.size());
      out.at = write_string(write_head(out.at, op), as_text(value));
      return Outcome::kOk;
    case OpCode::kPadded: {
      out.need(value.size());
      const size_t zeros = value.size() < op.pad ? op.pad - value.size() : 0;
      out.at = write_varint(write_head(out.at, op), static_cast<int64_t>(value.size() + zeros));
      out.at = write_nulls(write_raw(out.at, as_text(value)), zeros);
      return Outcome::kOk;
    }
    case OpCode::kUuid:
    case OpCode::kInet4:
    case OpCode::kInet6:
      if (value.size() > (op.code == OpCode::kInet4 ? 4 : 16)) return Outcome::kCorrupt;
      out.at = write_address(write_head(out.at, op), op.code, value);
      return Outcome::kOk;
    case OpCode::kGeometry: {
      const auto geometry = cell::split_geometry(value);
      if (!geometry) return Outcome::kCorrupt;
      out.need(value.size());
      out.at = write_string(write_head(out.at, op), as_text(geometry->wkb));
      return Outcome::kOk;
    }
    case OpCode::kJson:
      out.at = write_head(out.at, op);
      scratch_.clear();
      return scratch_value(cell::append_json_text(value, scratch_), out);
    case OpCode::kInflate:
      out.at = write_head(out.at, op);
      scratch_.clear();
      return scratch_value(cell::append_inflated(value, scratch_), out);
    default:
      return Outcome::kCorrupt;
  }
}

ImageWriter::Outcome ImageWriter::item(const Op& op, const std::byte*& in, const std::byte* end,
                                       Cursor& out) {
  if (static_cast<size_t>(end - in) < op.size) return Outcome::kTruncated;
  if (op.code < OpCode::kBytes || op.code == OpCode::kEnum || op.code == OpCode::kSet) {
    const std::byte* value = in;
    in += op.size;
    return fixed(op, value, out);
  }
  const auto size = static_cast<size_t>(cell::read_unsigned(in, op.size));
  in += op.size;
  if (static_cast<size_t>(end - in) < size) return Outcome::kTruncated;
  const Bytes value(in, size);
  in += size;
  return contents(op, value, out);
}

ImageWriter::Outcome ImageWriter::items(const ImagePlan& image, const std::byte*& in,
                                        const std::byte* end, Cursor& out) {
  if (static_cast<size_t>(end - in) < image.null_bytes) return Outcome::kTruncated;
  const std::byte* nulls = in;
  in += image.null_bytes;
  size_t bit = 0;
  for (const Op& op : image.ops) {
    if (op.code == OpCode::kAbsent) {
      *out.at++ = static_cast<std::byte>(static_cast<int>(ValueKind::kEmptyObject) << 1);
      *out.at++ = std::byte{2};  // NONE
      continue;
    }
    const bool null = (std::to_integer<unsigned>(nulls[bit / 8]) >> (bit % 8) & 1) != 0;
    ++bit;
    if (null) {
      *out.at++ = static_cast<std::byte>(ValueKind::kNull);
      continue;
    }
    if (const Outcome outcome = item(op, in, end, out); outcome != Outcome::kOk) {
      failed_column_ = op.column;
      return outcome;
    }
  }
  for (const size_t fields = bit; bit < fields + image.hidden; ++bit) {
    constexpr ptrdiff_t kBigint = 8;
    if ((std::to_integer<unsigned>(nulls[bit / 8]) >> (bit % 8) & 1) != 0) continue;
    if (end - in < kBigint) return Outcome::kTruncated;
    in += kBigint;
  }
  return Outcome::kOk;
}

Error ImageWriter::explain(const Plan& plan, Outcome outcome) {
  const schema::Table& table = *plan.table;
  const std::string where = fmt::format("{}.{} column {}", table.database, table.name,
                                        table.columns[failed_column_].name);
  switch (outcome) {
    case Outcome::kMismatch:
      return {Errc::kMismatch, where + ": a label beyond those of the definition"};
    case Outcome::kCorrupt:
      return {Errc::kCorrupt, where + ": a value that the type cannot have"};
    case Outcome::kDetailed:
      return in_context(where, std::move(detail_));
    default:
      return {Errc::kTruncated, where + ": the row ends too early"};
  }
}

Status ImageWriter::write(const Plan& plan, const ImagePlan& image, Bytes& in, Cursor& out) {
  failed_column_ = 0;
  const std::byte* at = in.data();
  const std::byte* end = at + in.size();
  out.at = write_raw(out.at, image.list_head);
  const Outcome outcome = items(image, at, end, out);
  if (outcome != Outcome::kOk) return explain(plan, outcome);
  *out.at++ = std::byte{0};  // no further block of items
  in = Bytes(at, end);
  return Done{};
}

}  // namespace millrace::format::dts_avro
