// SPDX-License-Identifier: Apache-2.0
// The records of a task as a body that goes on: what `millrace tail` prints.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "control/http.h"
#include "storage/log_reader.h"

namespace millrace::control {

enum class RecordFormat : uint8_t {
  kJson,     // one object a line
  kCells,    // likewise, as record_view.h makes it
  kDtsAvro,  // 4-byte big-endian length, then the record
};

struct RecordQuery {
  storage::Offset from;
  RecordFormat format = RecordFormat::kJson;
  bool follow = false;           // false: ends where the log ended when it was asked for
  std::optional<int64_t> limit;  // records
};

// `latest`, `earliest`, an offset or an RFC 3339 time. kNotFound when the log does not hold it any
// more, or not yet.
Result<storage::Offset> find_offset(const storage::LogReader& log, const std::string& from);

std::shared_ptr<BodyStream> make_record_stream(std::shared_ptr<storage::LogReader> log,
                                               const RecordQuery& query);

}  // namespace millrace::control
