// SPDX-License-Identifier: Apache-2.0
// The type of a column as information_schema prints it. Property: what is understood stays within
// the bounds of its type, and labels that are printed as a server prints them read back the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "capture/column_text.h"

namespace {

std::string print_labels(const millrace::schema::Column& column) {
  std::string out = column.type == millrace::ColumnType::kEnum ? "enum(" : "set(";
  for (const std::string& label : column.labels) {
    out += out.back() == '(' ? "'" : ",'";
    for (const char c : label) {
      if (c == '\'' || c == '\\') out += c;
      out += c;
    }
    out += '\'';
  }
  return out + ")";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool is_mariadb : {false, true}) {
    const auto column = millrace::capture::parse_column_type(text, is_mariadb);
    if (!column) continue;
    CHECK(column->precision <= 65 && column->scale <= column->precision, column->precision);
    CHECK(column->fraction <= 6 && column->bits <= 64, column->fraction, column->bits);
    if (column->labels.empty()) continue;
    const auto again = millrace::capture::parse_column_type(print_labels(*column), is_mariadb);
    CHECK(again && again->labels == column->labels, column->labels.size());
  }
  return 0;
}
