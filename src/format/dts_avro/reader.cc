// SPDX-License-Identifier: Apache-2.0
#include "format/dts_avro/reader.h"

#include <bit>
#include <limits>

#include "base/byte_reader.h"
#include "base/varint.h"
#include "format/dts_avro/limits.h"

namespace millrace::format::dts_avro {
namespace {

Error damaged(const char* what) {
  return {Errc::kCorrupt, std::string("dts-avro record: ") + what};
}
Error cut() { return {Errc::kTruncated, "dts-avro record: ends too early"}; }

class Parser {
 public:
  explicit Parser(Bytes bytes) : in_(bytes) {}

  Result<Record> record() {
    Record record;
    record.version = TRY(number32());
    record.id = read_varint(in_);
    record.source_timestamp = read_varint(in_);
    record.source_position = text();
    record.safe_source_position = text();
    record.source_txid = text();
    record.source_type = static_cast<int32_t>(TRY(index(kSourceTypeNames.size())));
    record.source_version = text();
    record.operation = static_cast<Operation>(TRY(index(kOperationNames.size())));
    if (TRY(index(2)) == 1) record.object_name = text();
    TRY(process_timestamps(record));
    TRY(tags(record));
    TRY(fields(record));
    TRY(image(record.before));
    TRY(image(record.after));
    record.born_timestamp = read_varint(in_);
    if (!in_.ok()) return cut();
    if (!in_.at_end()) return damaged("bytes after its end");
    return record;
  }

 private:
  Result<int32_t> number32() {
    const int64_t number = read_varint(in_);
    if (!in_.ok()) return cut();
    if (number < std::numeric_limits<int32_t>::min() ||
        number > std::numeric_limits<int32_t>::max())
      return damaged("an int beyond 32 bits");
    return static_cast<int32_t>(number);
  }

  // A union's branch or an enum's symbol.
  Result<size_t> index(size_t count) {
    const int64_t which = read_varint(in_);
    if (!in_.ok()) return cut();
    if (which < 0 || static_cast<uint64_t>(which) >= count)
      return damaged("a branch or symbol that the schema has not");
    return static_cast<size_t>(which);
  }

  std::string_view text() {
    const int64_t size = read_varint(in_);
    if (size < 0) in_.fail();
    return in_.text(static_cast<size_t>(size));
  }

  // Avro's blocks: count (negative when the block's size in bytes follows), items, ..., 0.
  template <class ReadItem>
  Status blocks(size_t most, ReadItem read_item) {
    size_t total = 0;
    for (;;) {
      int64_t count = read_varint(in_);
      if (!in_.ok()) return cut();
      if (count == 0) return Done{};
      if (count < 0) {
        read_varint(in_);
        if (count == std::numeric_limits<int64_t>::min()) return damaged("a block without end");
        count = -count;
      }
      if (static_cast<uint64_t>(count) > most - total) return damaged("too many items");
      total += static_cast<size_t>(count);
      for (; count > 0; --count) {
        TRY(read_item());
        if (!in_.ok()) return cut();
      }
    }
  }

  Status process_timestamps(Record& record) {
    if (TRY(index(2)) == 0) return Done{};
    auto& times = record.process_timestamps.emplace();
    return blocks(kMaxProcessTimestamps, [&]() -> Status {
      times.push_back(read_varint(in_));
      return Done{};
    });
  }

  Status tags(Record& record) {
    return blocks(kMaxTags, [&]() -> Status {
      const std::string_view key = text();
      record.tags.emplace_back(key, text());
      return Done{};
    });
  }

  Status fields(Record& record) {
    const size_t branch = TRY(index(3));
    if (branch == 0) return Done{};
    if (branch == 1) {
      record.fields_text = text();
      return Done{};
    }
    auto& fields = record.fields.emplace();
    return blocks(kMaxColumns, [&]() -> Status {
      Field field;
      field.name = text();
      field.type_number = TRY(number32());
      fields.push_back(field);
      return Done{};
    });
  }

  Status image(Image& image) {
    const size_t branch = TRY(index(3));
    if (branch == 0) return Done{};
    if (branch == 1) {
      image.text = text();
      return Done{};
    }
    auto& values = image.values.emplace();
    return blocks(kMaxColumns, [&]() -> Status {
      values.push_back(TRY(value()));
      return Done{};
    });
  }

  Status parts(Value& value) {
    for (auto& part : value.parts)
      if (TRY(index(2)) == 1) part = TRY(number32());
    return Done{};
  }

  Status precision_and_scale(Value& value) {
    value.precision = TRY(number32());
    value.scale = TRY(number32());
    return Done{};
  }

  Result<Value> value() {
    Value value;
    value.kind = static_cast<ValueKind>(TRY(index(kValueKinds)));
    switch (value.kind) {
      case ValueKind::kNull:
        break;
      case ValueKind::kInteger:
        value.precision = TRY(number32());
        value.value = text();
        break;
      case ValueKind::kDecimal:
        value.value = text();
        TRY(precision_and_scale(value));
        break;
      case ValueKind::kFloat:
        value.number = std::bit_cast<double>(in_.u64());
        TRY(precision_and_scale(value));
        break;
      case ValueKind::kTimestamp:
        value.seconds = read_varint(in_);
        value.micros = TRY(number32());
        break;
      case ValueKind::kDateTime:
        TRY(parts(value));
        break;
      case ValueKind::kTimestampWithTimeZone:
        TRY(parts(value));
        value.zone = text();
        break;
      case ValueKind::kCharacter:
      case ValueKind::kBinaryGeometry:
      case ValueKind::kTextGeometry:
      case ValueKind::kBinaryObject:
      case ValueKind::kTextObject:
        value.label = text();
        value.value = text();
        break;
      case ValueKind::kEmptyObject:
        value.absent = TRY(index(2)) == 1;
        break;
    }
    return value;
  }

  ByteReader in_;
};

}  // namespace

Result<Record> read_record(Bytes bytes) { return Parser(bytes).record(); }

}  // namespace millrace::format::dts_avro
