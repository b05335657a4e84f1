// SPDX-License-Identifier: Apache-2.0
#include "capture/partial_rows.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/byte_reader.h"
#include "cell/cell_size.h"
#include "cell/json_diff.h"

namespace millrace::capture {
namespace {

bool bit(Bytes bits, size_t i) {
  return (std::to_integer<unsigned>(bits[i / 8]) >> (i % 8) & 1) != 0;
}

bool is_json(cell::CellType type) { return type.type == ColumnType::kJson; }

// Images of one event, row by row:
//
//   before: NULL bits of the columns that are there, their values
//   after: options (length-encoded), if bit 0 of them is set a bit for each JSON column of the
//     table whether it is there or not, then as before; a value whose bit is set is the length of
//     a difference (4), then the difference
class WholeRows {
 public:
  WholeRows(const mysql::RowsEvent& event, const change::RowShape& shape, Buffer& out)
      : event_(event), shape_(shape), in_(event.rows), out_(out), documents_(shape.cells.size()) {
    for (size_t i = 0; i < shape.cells.size(); ++i) {
      before_count_ += bit(event.before, i) ? 1 : 0;
      after_count_ += bit(event.after, i) ? 1 : 0;
      json_count_ += is_json(shape.cells[i]) ? 1 : 0;
    }
  }

  Status run() {
    while (!in_.at_end()) {
      TRY(before());
      TRY(after());
    }
    return Done{};
  }

 private:
  // Bytes of the event as they are.
  Bytes copy(size_t size) {
    const Bytes bytes = in_.bytes(size);
    out_.append(bytes);
    return bytes;
  }
  static Error cut() { return {Errc::kTruncated, "the rows end inside of an image"}; }

  Result<Bytes> copy_cell(size_t column) {
    return copy(TRY(cell::cell_size(shape_.cells[column], in_.rest())));
  }

  Status before() {
    const Bytes nulls = copy((before_count_ + 7) / 8);
    if (!in_.ok()) return cut();
    size_t present = 0;
    for (size_t i = 0; i < shape_.cells.size(); ++i) {
      documents_[i] = std::nullopt;
      if (!bit(event_.before, i) || bit(nulls, present++)) continue;
      const Bytes value = TRY(copy_cell(i));
      if (is_json(shape_.cells[i])) documents_[i] = value.subspan(length_size(i));
    }
    return Done{};
  }

  Status after() {
    constexpr uint64_t kPartialJson = 1;
    const uint64_t options = in_.lenenc();
    const Bytes partial = options == kPartialJson ? in_.bytes((json_count_ + 7) / 8) : Bytes{};
    const Bytes nulls = copy((after_count_ + 7) / 8);
    if (!in_.ok()) return cut();
    if (options > kPartialJson)
      return Error{Errc::kUnsupported, "rows with value options " + std::to_string(options) +
                                           ", of which only partial JSON is known"};
    size_t present = 0;
    size_t json = 0;
    for (size_t i = 0; i < shape_.cells.size(); ++i) {
      const bool is_difference = is_json(shape_.cells[i]) && !partial.empty() && bit(partial, json);
      json += is_json(shape_.cells[i]) ? 1 : 0;
      if (!bit(event_.after, i) || bit(nulls, present++)) continue;
      if (!is_difference) {
        TRY(copy_cell(i));
        continue;
      }
      Status status = difference(i);
      if (!status)
        return in_context("column " + shape_.table->columns[i].name, std::move(status.error()));
    }
    return Done{};
  }

  Status difference(size_t column) {
    const Bytes steps = in_.bytes(in_.u32());
    if (!in_.ok()) return cut();
    if (!bit(event_.before, column))
      return Error{Errc::kUnsupported,
                   "the row holds only the difference of a JSON document, and the image before "
                   "lacks the document (binlog_row_image is not FULL in the session that wrote "
                   "it); SET GLOBAL binlog_row_image = FULL, or binlog_row_value_options = '', on "
                   "the source, reconnect its applications and start the task after this position"};
    if (!documents_[column])
      return Error{Errc::kCorrupt, "the difference of a JSON document that was NULL"};
    const size_t prefix = length_size(column);
    const size_t start = out_.size();
    out_.le(0, prefix);
    TRY(cell::apply_json_diffs(*documents_[column], steps, out_));
    const size_t size = out_.size() - start - prefix;
    if (size >> (8 * prefix) != 0)
      return Error{Errc::kCorrupt, "a JSON document that is longer than its column can hold"};
    for (size_t i = 0; i < prefix; ++i)
      out_.data()[start + i] = static_cast<std::byte>(size >> (8 * i));
    return Done{};
  }

  size_t length_size(size_t column) const { return cell::length_size(shape_.cells[column]); }

  const mysql::RowsEvent& event_;
  const change::RowShape& shape_;
  ByteReader in_;
  Buffer& out_;
  std::vector<std::optional<Bytes>> documents_;  // of the row's image before, by column
  size_t before_count_ = 0;
  size_t after_count_ = 0;
  size_t json_count_ = 0;
};

}  // namespace

Status write_whole_rows(const mysql::RowsEvent& event, const change::RowShape& shape, Buffer& out) {
  return WholeRows(event, shape, out).run();
}

}  // namespace millrace::capture
