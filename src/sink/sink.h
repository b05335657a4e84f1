// SPDX-License-Identifier: Apache-2.0
// Where a task's records go: our own log, later also a user's Kafka cluster. One writer; batches
// come in the order of the source.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/batch.h"
#include "storage/progress.h"

namespace millrace::sink {

// How a batch stands to the transactions whose records it holds.
enum class Part : uint8_t {
  kWhole,     // ends between two transactions
  kPiece,     // a piece of one large transaction, to be hidden until its kEnd
  kEnd,       // the last piece of it
  kAbandon,   // the large transaction is to leave nothing; holds no records
  kBackTo,    // of the large transaction only the first `keep` records stay; holds none
  kProgress,  // holds nothing: the source was read up to `progress`, all of it filtered out
};

struct Batch {
  Part part = Part::kWhole;
  storage::Batches records;
  std::vector<std::string> history;  // entries that hold from this batch on; precede its records
  storage::Progress progress;        // for kWhole, kEnd and kProgress
  int64_t keep = 0;  // for kBackTo: records of the large transaction; always a piece's end
};

class Sink {
 public:
  virtual ~Sink() = default;
  // Takes a batch; nothing of it is visible yet.
  virtual Status append(Batch batch) = 0;
  // Makes durable and then visible what was appended up to the last border.
  virtual Status commit() = 0;
};

}  // namespace millrace::sink
