// SPDX-License-Identifier: Apache-2.0
// A tracker that follows a source's binlog into the task's own log: connects, begins or resumes,
// runs the pipeline, and decides alone whether a failure is tried again or ends the task.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/executor.h"
#include "base/ticker.h"
#include "io/clock.h"
#include "io/files.h"
#include "io/random.h"
#include "task/disk.h"
#include "task/tracker.h"

namespace millrace::task {

// What all trackers of the process share; outlives them.
struct TrackerContext {
  io::Files& files;
  io::Clock& clock;
  io::Random& random;
  Executor& executor;
  Ticker& ticker;
  Disk& disk;
  size_t memory_bytes = 256 << 20;  // for the queues of all tasks
  size_t max_record_bytes = 64 << 20;
  bool sync = true;
  std::atomic<size_t> trackers{0};  // that share the memory
};

// The context must outlive what the factory makes.
TrackerFactory make_pipeline_trackers(TrackerContext& context);

}  // namespace millrace::task
