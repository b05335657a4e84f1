// SPDX-License-Identifier: Apache-2.0
// What a task's definitions cost with many tables and many statements: reading a statement into the
// catalog and writing its delta, the whole as a snapshot, and coming back from both at a start.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "schema/catalog.h"
#include "schema/history.h"

using namespace millrace;
using namespace millrace::schema;

namespace {

constexpr int64_t kDatabases = 100;

ddl::DdlContext context() {
  ddl::DdlContext context;
  context.version = 80036;
  return context;
}

std::string table_name(int64_t i) {
  return "shop_" + std::to_string(i % kDatabases) + ".orders_" + std::to_string(i);
}

std::string create(int64_t i) {
  return "CREATE TABLE " + table_name(i) +
         " (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, customer_id INT NOT NULL, "
         "status ENUM('new', 'paid', 'sent'),"
         " amount DECIMAL(12,2) NOT NULL, note VARCHAR(200) DEFAULT NULL, tags JSON, created "
         "DATETIME(3) NOT NULL,"
         " changed TIMESTAMP NULL, code CHAR(8) CHARACTER SET latin1, flag TINYINT, UNIQUE KEY "
         "code (code))";
}

// The n-th of the statements that change one table after another.
std::string alter(int64_t n, int64_t tables) {
  const std::string column = "extra_" + std::to_string(n / tables);
  return "ALTER TABLE " + table_name(n * 7919 % tables) + " ADD COLUMN " + column +
         " VARCHAR(64) AFTER note";
}

Catalog catalog_of(int64_t tables) {
  Catalog catalog({"utf8mb4", "utf8mb4_0900_ai_ci", 0});
  const ddl::DdlContext where = context();
  for (int64_t i = 0; i < kDatabases; ++i)
    catalog.apply_text("CREATE DATABASE shop_" + std::to_string(i), where);
  for (int64_t i = 0; i < tables; ++i) catalog.apply_text(create(i), where);
  return catalog;
}

uint64_t bytes_of(const std::vector<std::string>& entries) {
  uint64_t bytes = 0;
  for (const std::string& entry : entries) bytes += entry.size();
  return bytes;
}

void replay_all(const std::vector<std::string>& entries, Catalog& catalog,
                benchmark::State& state) {
  for (const std::string& entry : entries) {
    const auto read = decode_history_entry(as_bytes(entry));
    if (!read || !replay(*read, catalog)) return state.SkipWithError("an entry did not come back");
  }
}

// One statement on a catalog of that many tables, with its delta.
void apply_one_ddl(benchmark::State& state) {
  Catalog catalog = catalog_of(state.range(0));
  const ddl::DdlContext where = context();
  uint64_t bytes = 0;
  int64_t n = 0;
  for (auto _ : state) {
    std::string problem;
    for (const Change& change : catalog.apply_text(alter(n++, state.range(0)), where, &problem))
      bytes += encode(change).size();
    if (!problem.empty()) return state.SkipWithError(problem.c_str());
  }
  state.counters["bytes_a_delta"] = static_cast<double>(bytes) / static_cast<double>(n);
}
BENCHMARK(apply_one_ddl)->Arg(1'000)->Arg(100'000)->Iterations(10'000);

void write_snapshot(benchmark::State& state) {
  const Catalog catalog = catalog_of(state.range(0));
  uint64_t bytes = 0;
  for (auto _ : state) bytes = bytes_of(encode_snapshot(catalog));
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(write_snapshot)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

// A start: the snapshot and 10,000 deltas behind it.
void come_back(benchmark::State& state) {
  Catalog catalog = catalog_of(state.range(0));
  std::vector<std::string> entries = encode_snapshot(catalog);
  const ddl::DdlContext where = context();
  for (int64_t n = 0; n < 10'000; ++n)
    for (const Change& change : catalog.apply_text(alter(n, state.range(0)), where))
      entries.push_back(encode(change));
  for (auto _ : state) {
    Catalog back;
    replay_all(entries, back, state);
    benchmark::DoNotOptimize(back);
  }
  state.counters["bytes"] = static_cast<double>(bytes_of(entries));
}
BENCHMARK(come_back)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
