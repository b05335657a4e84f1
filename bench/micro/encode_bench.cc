// SPDX-License-Identifier: Apache-2.0
// Rows a second of the dts-avro encoder on one core: sysbench's table, and 20 mixed columns.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "format/dts_avro/encoder.h"

namespace {

using namespace millrace;

constexpr int kRows = 1000;
constexpr size_t kBatchBytes = 1 << 20;

std::string little(uint64_t value, size_t width) {
  std::string bytes;
  for (size_t i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

struct Shape {
  std::shared_ptr<schema::Table> table = std::make_shared<schema::Table>();
  std::shared_ptr<change::RowShape> shape = std::make_shared<change::RowShape>();
  std::string row = std::string(1, '\0');
  void add(const char* name, cell::CellType type, const std::string& value,
           const char* charset = "") {
    schema::Column column;
    column.name = name;
    column.type = type.type;
    column.charset = charset;
    column.labels = {"new", "paid", "shipped"};
    table->columns.push_back(std::move(column));
    shape->cells.push_back(type);
    row += value;
  }
  void finish() {
    table->database = "sbtest";
    table->name = "sbtest1";
    table->keys.push_back({"PRIMARY", true, false, {{0, 0}}});
    row.replace(0, 1, (table->columns.size() + 7) / 8, '\0');
    shape->table = table;
  }
};

Shape sysbench() {
  Shape shape;
  shape.add("id", {ColumnType::kLong, 0}, little(498123, 4));
  shape.add("k", {ColumnType::kLong, 0}, little(501234, 4));
  shape.add("c", {ColumnType::kString, 480}, little(119, 2) + std::string(119, '7'), "utf8mb4");
  shape.add("pad", {ColumnType::kString, 240}, little(59, 1) + std::string(59, '3'), "utf8mb4");
  shape.finish();
  return shape;
}

Shape mixed() {
  Shape shape;
  const std::string json("\x00\x01\x00\x0C\x00\x0B\x00\x01\x00\x05\x01\x00\x61", 13);
  shape.add("id", {ColumnType::kLongLong, 0}, little(123456789012, 8));
  shape.add("a", {ColumnType::kTiny, 0}, little(200, 1));
  shape.add("b", {ColumnType::kShort, 0}, little(40000, 2));
  shape.add("c", {ColumnType::kInt24, 0}, little(70000, 3));
  shape.add("price", {ColumnType::kNewDecimal, 12 << 8 | 2},
            std::string("\x80\x00\x00\x7B\x2D", 5) + '\0');
  shape.add("f", {ColumnType::kFloat, 0}, little(0x3DCCCCCD, 4));
  shape.add("d", {ColumnType::kDouble, 0}, little(0x400921FB54442D18, 8));
  shape.add("on_day", {ColumnType::kDate, 0}, little(2023 << 9 | 11 << 5 | 14, 3));
  shape.add("at", {ColumnType::kDateTime2, 6}, std::string("\x99\xB1\x9D\x63\x55\x01\xE2\x40", 8));
  shape.add("made", {ColumnType::kTimestamp2, 0}, std::string("\x65\x53\xF1\x00", 4));
  shape.add("spent", {ColumnType::kTime2, 0}, std::string("\x80\x10\x20", 3));
  shape.add("y", {ColumnType::kYear, 0}, little(123, 1));
  shape.add("state", {ColumnType::kEnum, 1}, little(2, 1));
  shape.add("flags", {ColumnType::kSet, 1}, little(5, 1));
  shape.add("bits", {ColumnType::kBit, 12}, std::string("\x0A\xBC", 2));
  shape.add("name", {ColumnType::kVarchar, 400}, little(23, 2) + std::string(23, 'n'), "utf8mb4");
  shape.add("note", {ColumnType::kBlob, 2}, little(80, 2) + std::string(80, 't'), "utf8mb4");
  shape.add("raw", {ColumnType::kVarchar, 64}, little(16, 1) + std::string(16, '\x01'), "binary");
  shape.add("doc", {ColumnType::kJson, 4}, little(13, 4) + json);
  shape.add("token", {ColumnType::kString, 16}, little(16, 1) + std::string(16, '\x02'), "binary");
  shape.finish();
  return shape;
}

void encode(benchmark::State& state, const Shape& made, change::RowKind kind) {
  const std::string bitmap((made.table->columns.size() + 7) / 8, '\xFF');
  change::RowColumns columns;
  std::string row;
  if (kind != change::RowKind::kInsert) {
    columns.before = as_bytes(bitmap);
    row += made.row;
  }
  if (kind != change::RowKind::kDelete) {
    columns.after = as_bytes(bitmap);
    row += made.row;
  }
  std::string event;
  for (int i = 0; i < kRows; ++i) event += row;
  change::Transaction txn;
  txn.commit_time_us = 1700000000123456;
  txn.server_id = 1;
  txn.thread_id = 42;
  txn.server_version = "8.0.36";
  change::RecordPlace place{1, 12, 345678, 12, 345000};
  format::dts_avro::DtsAvroEncoder encoder;
  Buffer out(kBatchBytes * 2);
  size_t bytes = 0;
  for (auto _ : state) {
    ByteReader rows(as_bytes(event));
    while (!rows.at_end()) {
      ++place.id;
      if (!encoder.row(place, txn, kind, *made.shape, columns, rows, out)) {
        state.SkipWithError("the row does not fit the shape");
        return;
      }
      if (out.size() < kBatchBytes) continue;
      bytes += out.size();
      out.clear();
    }
  }
  bytes += out.size();
  state.SetItemsProcessed(state.iterations() * kRows);
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}

void sysbench_update(benchmark::State& state) {
  encode(state, sysbench(), change::RowKind::kUpdate);
}
void sysbench_insert(benchmark::State& state) {
  encode(state, sysbench(), change::RowKind::kInsert);
}
void mixed_update(benchmark::State& state) { encode(state, mixed(), change::RowKind::kUpdate); }
void mixed_insert(benchmark::State& state) { encode(state, mixed(), change::RowKind::kInsert); }
BENCHMARK(sysbench_update);
BENCHMARK(sysbench_insert);
BENCHMARK(mixed_update);
BENCHMARK(mixed_insert);

}  // namespace
