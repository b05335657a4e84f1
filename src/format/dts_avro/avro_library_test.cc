// SPDX-License-Identifier: Apache-2.0
// Our schema and our records against an Avro library that is not ours: Debian's python3-avro.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "format/dts_avro/encoder.h"
#include "format/dts_avro/random_rows_test_support.h"
#include "format/dts_avro/reader.h"
#include "format/dts_avro/record_schema.h"

namespace millrace::format::dts_avro {
namespace {

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<uint8_t>(c) >> 4];
    text += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return text;
}
std::string of_text(std::string_view text) { return text.empty() ? "." : hex(text); }
std::string of_text(const std::optional<std::string_view>& text) {
  return text ? of_text(*text) : "-";
}
std::string number(int64_t value) { return std::to_string(value); }

std::string of_item(const Value& value) {
  const std::string text(value.value), precision = number(value.precision);
  switch (value.kind) {
    case ValueKind::kNull:
      return "null";
    case ValueKind::kEmptyObject:
      return value.absent ? "empty:NONE" : "empty:NULL";
    case ValueKind::kInteger:
      return "integer:" + text + "," + precision;
    case ValueKind::kDecimal:
      return "decimal:" + text + "," + precision + "," + number(value.scale);
    case ValueKind::kFloat: {
      const auto bits = std::bit_cast<uint64_t>(value.number);
      std::string bytes;
      for (int i = 7; i >= 0; --i) bytes += static_cast<char>(bits >> (8 * i));
      return "float:" + hex(bytes) + "," + precision + "," + number(value.scale);
    }
    case ValueKind::kTimestamp:
      return "timestamp:" + number(value.seconds) + "," + number(value.micros);
    case ValueKind::kDateTime: {
      std::string parts;
      for (const auto& part : value.parts)
        parts += (parts.empty() ? "" : ",") + (part ? number(*part) : std::string("-"));
      return "datetime:" + parts;
    }
    case ValueKind::kCharacter:
      return "text:" + std::string(value.label) + ":" + hex(value.value);
    default:
      return "object:" + std::string(value.label) + ":" + hex(value.value);
  }
}

std::string of_image(const Image& image) {
  if (!image.values) return of_text(image.text);
  std::string items;
  for (const Value& value : *image.values) items += (items.empty() ? "" : " ") + of_item(value);
  return "[" + items + "]";
}

std::string of_record(Record record) {
  std::string tags, fields;
  std::sort(record.tags.begin(), record.tags.end());
  for (const auto& [key, value] : record.tags)
    tags += (tags.empty() ? "" : " ") + std::string(key) + "=" + of_text(value);
  if (record.fields)
    for (const Field& field : *record.fields)
      fields += (fields.empty() ? "" : " ") + of_text(field.name) + ":" + number(field.type_number);
  std::string line = number(record.version) + "|" + number(record.id) + "|" +
                     number(record.source_timestamp) + "|";
  for (const std::string_view text :
       {record.source_position, record.safe_source_position, record.source_txid,
        kSourceTypeNames[static_cast<size_t>(record.source_type)], record.source_version,
        kOperationNames[static_cast<size_t>(record.operation)]})
    line += std::string(text) + "|";
  line += of_text(record.object_name) + "|None|" + tags + "|";
  line += (record.fields ? "[" + fields + "]" : "-") + "|";
  return line + of_image(record.before) + "|" + of_image(record.after) + "|" +
         number(record.born_timestamp);
}

class AvroLibrary : public testing::Test {
 protected:
  AvroLibrary()
      : folder_(std::filesystem::temp_directory_path() / ("dts-avro-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "schema.avsc") << record_schema();
  }
  ~AvroLibrary() override { std::filesystem::remove_all(folder_); }

  void add(const Buffer& record) {
    Buffer framed;
    framed.be(record.size(), 4);
    framed.append(record.view());
    std::ofstream(folder_ / "records", std::ios::app | std::ios::binary) << as_text(framed.view());
    const auto read = read_record(record.view());
    ASSERT_TRUE(read) << read.error().what;
    expected_ += of_record(*read) + "\n";
  }

  std::string library_output() const {
    const std::string command = "/usr/bin/python3 " MILLRACE_CORPUS "/../tools/read_dts_avro.py " +
                                (folder_ / "schema.avsc").string() + " " +
                                (folder_ / "records").string() + " 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    std::string output;
    char block[4096];
    while (const size_t size = fread(block, 1, sizeof block, pipe)) output.append(block, size);
    EXPECT_EQ(pclose(pipe), 0) << output;
    return output;
  }

  std::filesystem::path folder_;
  std::string expected_;
};

TEST_F(AvroLibrary, ReadsEveryKindOfRecordAsWeDo) {
  DtsAvroEncoder encoder;
  change::Transaction txn;
  txn.commit_time_us = 1700000000123456;
  txn.server_id = 3;
  txn.thread_id = 8;
  txn.gtid = "281c62dc-590c-11ee-a295-00163e390c7c:7";
  txn.server_version = "8.0.36";
  txn.status = {1168113696, 0, UINT64_C(33) << 32};
  const change::RecordPlace place{12345, 78, UINT64_C(5000000000), 78, 4};
  Buffer record;
  encoder.begin(place, txn, record);
  add(record);
  record.clear();
  encoder.commit(place, txn, record);
  add(record);
  record.clear();
  encoder.ddl(place, txn, {"shop", "create table d\xC3\xA9j\xC3\xA0(a int)", false}, record);
  add(record);
  record.clear();
  const Tag tags[] = {{"millrace.event", "gap"}};
  encoder.heartbeat(place, 1700000009, "8.0.36", tags, record);
  add(record);

  for (uint64_t seed = 0; seed < 150; ++seed) {
    RandomRows random(seed);
    const change::RowShapePtr shape = random.shape();
    const std::string before = random.columns(shape->cells.size());
    const std::string after = random.columns(shape->cells.size());
    const std::string images = random.image(*shape, before) + random.image(*shape, after);
    ByteReader rows(as_bytes(images));
    record.clear();
    if (encoder.row(place, txn, change::RowKind::kUpdate, *shape,
                    {as_bytes(before), as_bytes(after)}, rows, record))
      add(record);
  }
  EXPECT_GT(std::count(expected_.begin(), expected_.end(), '\n'), 100);
  EXPECT_EQ(library_output(), expected_);
}

}  // namespace
}  // namespace millrace::format::dts_avro
