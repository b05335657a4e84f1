// SPDX-License-Identifier: Apache-2.0
// What a Fetch would be answered right now. The connection decides whether to send it or to wait.
#pragma once

#include <memory>
#include <vector>

#include "kafka/server/call.h"
#include "kafka/wire/fetch.h"
#include "storage/log_reader.h"

namespace millrace::kafka {

struct FetchAnswer {
  FetchResponse response;
  // One for each partition with records, in order: what their `external` bytes are.
  std::vector<storage::FileRange> ranges;
  // What may bring more.
  std::vector<std::shared_ptr<storage::LogReader>> logs;
  size_t bytes = 0;
  // No use in waiting: an error, a client that reads from the past, or as much as it takes.
  bool final = false;
  // Each partition has an error: asking again at once would bring the same.
  bool only_errors = false;
};

FetchAnswer read_fetch(const Call& call, const FetchRequest& request);

}  // namespace millrace::kafka
