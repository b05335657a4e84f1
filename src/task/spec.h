// SPDX-License-Identifier: Apache-2.0
// What a person asks of a task, checked. A value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "capture/selection.h"
#include "capture/start_point.h"
#include "mysql/connection.h"
#include "storage/batch.h"
#include "store/secrets.h"

namespace millrace::task {

enum class OnlineDdl : uint8_t { kFold, kRaw };     // gh-ost and the like: one DDL, or all they do
enum class PartialRows : uint8_t { kStop, kEmit };  // a row image that lacks columns

inline constexpr int64_t kDefaultRetentionMs = int64_t{24} * 3'600'000;

struct TaskSpec {
  std::vector<mysql::ConnectOptions> sources;  // the first, then those to try next
  capture::Selection selection;                // fold_case is the source's, not a person's
  capture::StartPoint from;
  std::string schema_sql;  // definitions as of `from`, for a start in the past; may be empty
  std::string topic;       // as asked for; empty: made from the name
  std::string format = "dts-avro";
  storage::Compression compression = storage::Compression::kNone;
  int64_t retention_ms = kDefaultRetentionMs;
  std::optional<int64_t> retention_bytes;  // nullopt: no limit
  OnlineDdl online_ddl = OnlineDdl::kFold;
  PartialRows partial_rows = PartialRows::kStop;
  std::vector<std::string> listeners;  // names; empty: all
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<std::string> skip_checks;  // precheck items whose failure a person accepted
};

// The formats that are built.
std::vector<std::string> record_formats();
std::string compression_text(storage::Compression compression);
Result<storage::Compression> parse_compression(std::string_view text);

// Whether the parts make sense together: at least one source, known format, legal topic, retention
// over a minute ... kInvalid names the field, the value and one that would do.
Status check(const TaskSpec& spec);

// From a request: sources are objects, or URLs; passwords are in clear. Checked.
Result<TaskSpec> spec_from_request(const json::Value& value);
// The reverse, for whoever sends one: passwords in clear.
json::Value spec_for_request(const TaskSpec& spec);
// For people: no password, only whether there is one.
json::Value spec_for_people(const TaskSpec& spec);

// For control.db: passwords sealed.
std::string spec_for_store(const TaskSpec& spec, const store::Secrets& secrets);
Result<TaskSpec> spec_from_store(std::string_view text, const store::Secrets& secrets);

}  // namespace millrace::task
