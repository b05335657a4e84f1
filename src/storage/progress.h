// SPDX-License-Identifier: Apache-2.0
// How far a source was read: what a commit journal's entry keeps beside the ends of the logs.
// Always between two transactions. Opaque to storage, but for `gtids`, which it collects.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "change/position.h"

namespace millrace::storage {

struct Progress {
  // Where reading goes on.
  std::string file;
  uint64_t offset = 0;
  // The last transaction: where it begins, CRC-32C of its events, its commit times, its GTID.
  std::string transaction_file;
  uint64_t transaction_start = 0;
  uint32_t transaction_crc = 0;
  int64_t commit_time_us = 0;
  int64_t original_commit_time_us = 0;
  std::string transaction_gtid;
  change::ServerIdentity server;
  // The GTIDs since the Progress that was handed in before this one, as the source writes them.
  std::string gtids;
  int64_t last_record_id = 0;
  uint32_t flags = 0;  // the caller's own
  friend bool operator==(const Progress&, const Progress&) = default;
};

// The whole set up to and with the Progress that is handed in with it. Asked when a journal's file
// begins, not otherwise.
using WholeGtids = std::function<std::string()>;

}  // namespace millrace::storage
