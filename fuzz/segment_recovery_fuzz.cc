// SPDX-License-Identifier: Apache-2.0
// A log with three commits on a simulated disk, and any bytes written anywhere into its last
// segment. Recovery ends and loses nothing durable: above the mark all is cut; below it the opening
// is refused, or verify() finds the damage, or none was done.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "io/clock.h"
#include "io/sim_files.h"
#include "storage/batch_reader.h"
#include "storage/task_log.h"

using namespace millrace;
using namespace millrace::storage;

namespace {

void require(bool condition, int line = __builtin_LINE()) {
  if (condition) return;
  std::fprintf(stderr, "line %d\n", line);
  std::abort();
}

const std::string kFolder = "/t";

Result<std::unique_ptr<TaskLog>> open(io::SimFiles& files, io::SimClock& clock) {
  return TaskLog::open(files, clock, kFolder, {},
                       [](Bytes, HistoryKind) -> Status { return Done{}; });
}

// What a consumer is given; nothing where damage stands in the way.
std::optional<std::string> visible(const TaskLog& log) {
  const auto reader = log.reader(0);
  const auto range = reader->read(reader->view().start, SIZE_MAX >> 1, true);
  Buffer bytes;
  if (!range || !read_range(*range, bytes)) return std::nullopt;
  return std::string(as_text(bytes.view()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  io::SimClock clock;
  io::SimFiles files(clock);
  std::string promised;
  {
    auto log = open(files, clock);
    require(static_cast<bool>(log));
    for (uint64_t i = 1; i <= 3; ++i) {
      BatchBuilder builder;
      builder.add(1000, as_bytes("record " + std::to_string(i)));
      Batches batches = builder.take();
      require(static_cast<bool>(seal(batches, Compression::kNone)));
      require(static_cast<bool>((*log)->append(0, std::move(batches))));
      Progress progress;
      progress.offset = i;
      require(static_cast<bool>((*log)->commit(progress, nullptr)));
    }
    promised = visible(**log).value();
  }
  const std::string path = kFolder + "/dts-avro/00000000000000000000.log";
  std::string content = *files.content(path);
  const size_t at = (size_t{data[0]} << 8 | data[1]) % (content.size() + 64);
  if (content.size() < at + size - 2) content.resize(at + size - 2);
  for (size_t i = 2; i < size; ++i) content[at + i - 2] = static_cast<char>(data[i]);
  require(static_cast<bool>(files.set_content(path, as_bytes(content))));

  const auto log = open(files, clock);
  if (!log) {
    require(at < promised.size());
    const Errc code = log.error().code;
    require(code == Errc::kCorrupt || code == Errc::kTruncated || code == Errc::kUnsupported);
    require(log.error().what.find(kFolder) != std::string::npos);
    return 0;
  }
  const std::optional<std::string> now = visible(**log);
  require(at < promised.size() || now == promised);
  const auto report = (*log)->verify(nullptr);
  require(report && (!report->damage.empty() || now == promised));
  return 0;
}
