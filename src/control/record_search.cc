// SPDX-License-Identifier: Apache-2.0
#include "control/record_search.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "control/limits.h"
#include "control/log_scan.h"
#include "control/record_view.h"

namespace millrace::control {
namespace {

namespace avro = format::dts_avro;

// Records that a search backwards reads at once: fewer where they are large.
constexpr int64_t kFirstWindow = 128;
constexpr int64_t kLastWindow = 64 << 10;
constexpr size_t kWindowBytes = 4 << 20;
constexpr size_t kPieceBytes = 256 << 10;

bool has_text(const json::Value& cell, const char* image, const std::string& text, bool whole) {
  const json::Value* value = cell.find(image);
  if (value == nullptr || value->text() == nullptr) return false;
  return whole ? *value->text() == text : value->text()->find(text) != std::string::npos;
}

bool is_in(const json::Value& cell, const std::string& text, bool whole) {
  return has_text(cell, "before", text, whole) || has_text(cell, "after", text, whole);
}

struct Found {
  json::Value view;
  int64_t offset = 0;
  size_t bytes = 0;
};

// The records of one stretch of the log that the filter takes, in its order.
class Stretch {
 public:
  Stretch(const storage::LogReader& log, const RecordSearch& search, storage::Offset low)
      : search_(search), scan_(log, low) {}

  // Reads up to `high`, or until `stop` says so after a record.
  Status read(storage::Offset high, const std::function<bool()>& stop) {
    Status wrong = Done{};
    bool stopped = false;
    while (!stopped && scan_.next() < high) {
      const bool more = TRY(scan_.piece(kPieceBytes, [&](const storage::RecordView& record) {
        if (record.offset >= high) return false;
        ++looked_at;
        wrong = look_at(record);
        stopped = !wrong || stop();
        return !stopped;
      }));
      TRY(std::move(wrong));
      wrong = Done{};
      if (!more) break;
    }
    end = stopped ? std::min(scan_.next(), high) : high;
    return Done{};
  }
  void drop_oldest() {
    found_bytes -= found.front().bytes;
    found.pop_front();
  }
  size_t bytes_read() const { return scan_.bytes_read(); }

  std::deque<Found> found;
  size_t found_bytes = 0;
  int64_t looked_at = 0;
  storage::Offset end;  // it was read up to here

 private:
  Status look_at(const storage::RecordView& stored) {
    const Bytes value = stored.value.value_or(Bytes{});
    const avro::Record record = TRY(avro::read_record(value));
    if (!search_.filter.may_take(record)) return Done{};
    json::Value view = record_view(stored, record);
    if (!search_.filter.takes(view)) return Done{};
    found_bytes += value.size();
    found.push_back({std::move(view), stored.offset.value, value.size()});
    return Done{};
  }

  const RecordSearch& search_;
  LogScan scan_;
};

json::Value answer(const std::vector<json::Value>& records, int64_t looked_at, storage::Offset from,
                   storage::Offset to, bool done) {
  json::Value list = json::array();
  for (const json::Value& record : records) list.push(record);
  return json::object()
      .set("records", std::move(list))
      .set("looked_at", looked_at)
      .set("from", from.value)
      .set("to", to.value)
      .set("done", done);
}

Result<json::Value> search_forwards(const storage::LogReader& log, const RecordSearch& search) {
  Stretch stretch(log, search, search.from);
  TRY(stretch.read(search.to, [&] {
    return static_cast<int64_t>(stretch.found.size()) >= search.limit ||
           stretch.found_bytes >= kMaxSearchAnswer || stretch.bytes_read() >= search.max_bytes;
  }));
  std::vector<json::Value> records;
  records.reserve(stretch.found.size());
  for (Found& found : stretch.found) records.push_back(std::move(found.view));
  return answer(records, stretch.looked_at, search.from, stretch.end, stretch.end >= search.to);
}

Result<json::Value> search_backwards(const storage::LogReader& log, const RecordSearch& search) {
  std::vector<json::Value> records;  // newest first
  const auto limit = static_cast<size_t>(search.limit);
  int64_t window = kFirstWindow, looked_at = 0;
  size_t bytes = 0, found_bytes = 0;
  storage::Offset low = search.to;  // everything from here on was looked at
  while (low > search.from && records.size() < limit && found_bytes < kMaxSearchAnswer &&
         bytes < search.max_bytes) {
    const storage::Offset high = low;
    low = {std::max(search.from.value, high.value - window)};
    Stretch stretch(log, search, low);
    // The oldest of a stretch are the first to go: who goes on looks at them again.
    TRY(stretch.read(high, [&] {
      while (stretch.found.size() > 1 && (records.size() + stretch.found.size() > limit ||
                                          found_bytes + stretch.found_bytes > kMaxSearchAnswer)) {
        stretch.drop_oldest();
        low = {stretch.found.front().offset};
      }
      return false;
    }));
    for (; !stretch.found.empty(); stretch.found.pop_back()) {
      records.push_back(std::move(stretch.found.back().view));
    }
    looked_at += stretch.looked_at;
    found_bytes += stretch.found_bytes;
    bytes += stretch.bytes_read();
    window = stretch.bytes_read() > kWindowBytes ? std::max<int64_t>(window / 2, 1)
                                                 : std::min(window * 2, kLastWindow);
  }
  return answer(records, looked_at, low, search.to, low <= search.from);
}

}  // namespace

bool RecordFilter::may_take(const avro::Record& record) const {
  const std::string_view kind = avro::kOperationNames[static_cast<size_t>(record.operation)];
  if (!kinds.empty() && !kinds.contains(kind)) return false;
  if (!table.empty() && record.object_name.value_or("") != table) return false;
  return true;
}

bool RecordFilter::takes(const json::Value& view) const {
  const json::Array& cells = *view.find("cells")->array();
  if (!key.empty()) {
    const json::Array& names = *view.find("key")->array();
    const bool found = std::any_of(cells.begin(), cells.end(), [&](const json::Value& cell) {
      return std::find(names.begin(), names.end(), *cell.find("name")) != names.end() &&
             is_in(cell, key, true);
    });
    if (!found) return false;
  }
  if (has.empty()) return true;
  const json::Value* statement = view.find("statement");
  if (column.empty() && statement != nullptr && statement->text()->find(has) != std::string::npos) {
    return true;
  }
  return std::any_of(cells.begin(), cells.end(), [&](const json::Value& cell) {
    return (column.empty() || *cell.find("name")->text() == column) && is_in(cell, has, false);
  });
}

Result<json::Value> search_records(const storage::LogReader& log, const RecordSearch& search) {
  return search.newest_first ? search_backwards(log, search) : search_forwards(log, search);
}

}  // namespace millrace::control
