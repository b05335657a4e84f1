// SPDX-License-Identifier: Apache-2.0
// Finds records in a task's log: for the record browser. One answer looks at a bounded part of the
// log and says from where to go on.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "format/dts_avro/reader.h"
#include "storage/log_reader.h"

namespace millrace::control {

// What a record must be to be shown.
struct RecordFilter {
  std::set<std::string, std::less<>> kinds;  // "INSERT" ...; empty: all
  std::string table;                         // "database.table"; empty: all
  std::string key;                           // the text of a column of the primary key
  std::string column;                        // of `has`; empty: any
  std::string has;                           // part of a value's text

  // Without reading values: whether it can be one.
  bool may_take(const format::dts_avro::Record& record) const;
  // The rest, of the record as record_view() shows it.
  bool takes(const json::Value& view) const;
};

struct RecordSearch {
  RecordFilter filter;
  storage::Offset from;  // the part of the log, [from, to)
  storage::Offset to;
  bool newest_first = true;
  int64_t limit = 20;
  size_t max_bytes = 0;  // looked at
};

// {"records", "looked_at", "from", "to", "done"}: the records in the order asked for, and the part
// [from, to) that was looked at. Not done: the search goes on below `from`, or above `to`.
Result<json::Value> search_records(const storage::LogReader& log, const RecordSearch& search);

}  // namespace millrace::control
