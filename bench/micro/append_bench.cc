// SPDX-License-Identifier: Apache-2.0
// What the append stage costs: building and sealing batches, and writing them to a log. The log is
// in MILLRACE_BENCH_DIR (default /dev/shm, where syncs cost nothing; a folder on a disk shows what
// they cost there).
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "io/clock.h"
#include "io/real_files.h"
#include "storage/batch.h"
#include "storage/task_log.h"

using namespace millrace;
using namespace millrace::storage;

namespace {

// A record as dts-avro makes them: mostly text and small numbers.
std::string sample_value() {
  std::string value;
  for (uint32_t i = 0; value.size() < 600; ++i) {
    value += "column_" + std::to_string(i) + "=" + std::to_string(i * 2654435761U) + ";";
  }
  return value;
}

Batches full_batch(const std::string& value) {
  BatchBuilder builder;
  while (builder.bytes() + value.size() + 100 < kBatchTargetBytes) builder.add(1, as_bytes(value));
  return builder.take();
}

Batches copy_of(const Batches& batches) {
  Batches copy;
  copy.bytes.append(batches.bytes.view());
  copy.records = batches.records;
  copy.max_timestamp_ms = batches.max_timestamp_ms;
  return copy;
}

void build(benchmark::State& state) {
  const std::string value = sample_value();
  BatchBuilder builder;
  int64_t time = 1'700'000'000'000;
  for (auto _ : state) {
    builder.add(++time, as_bytes(value));
    if (builder.bytes() + value.size() > kBatchTargetBytes)
      benchmark::DoNotOptimize(builder.take());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(value.size()));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(build);

void seal_batch(benchmark::State& state) {
  const Batches batch = full_batch(sample_value());
  for (auto _ : state) {
    Batches copy = copy_of(batch);
    if (!seal(copy, static_cast<Compression>(state.range(0)))) std::abort();
    benchmark::DoNotOptimize(copy.bytes.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(batch.bytes.size()));
}
BENCHMARK(seal_batch)->DenseRange(0, 4)->ArgName("codec");

// range(0): batches a commit; range(1): whether commits are synced.
void append(benchmark::State& state) {
  const char* parent = std::getenv("MILLRACE_BENCH_DIR");
  const std::string folder = std::string(parent != nullptr ? parent : "/dev/shm") +
                             "/millrace_append_bench_" + std::to_string(::getpid());
  io::RealFiles files;
  io::RealClock clock;
  LogOptions options;
  options.sync = state.range(1) != 0;
  options.retention_bytes = 512 << 20;
  Batches batch = full_batch(sample_value());
  if (!seal(batch, Compression::kNone)) std::abort();
  {
    auto log = TaskLog::open(files, clock, folder, options,
                             [](Bytes, HistoryKind) -> Status { return Done{}; });
    if (!log) std::abort();
    Progress progress;
    int64_t since_commit = 0;
    uint64_t since_retention = 0;
    for (auto _ : state) {
      state.PauseTiming();
      Batches copy = copy_of(batch);
      state.ResumeTiming();
      since_retention += copy.bytes.size();
      if (!(*log)->append(0, std::move(copy))) std::abort();
      if (++since_commit == state.range(0)) {
        ++progress.offset;
        if (!(*log)->commit(progress, nullptr)) std::abort();
        since_commit = 0;
      }
      if (since_retention > (256 << 20)) {
        state.PauseTiming();
        if (!(*log)->retain()) std::abort();
        since_retention = 0;
        state.ResumeTiming();
      }
    }
  }
  (void)io::remove_tree(files, folder);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(batch.bytes.size()));
}
BENCHMARK(append)->Args({1, 0})->Args({16, 0})->Args({1, 1})->Args({16, 1})->ArgNames({"group",
                                                                                       "sync"});

}  // namespace
