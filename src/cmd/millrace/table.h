// SPDX-License-Identifier: Apache-2.0
// Tables for people: columns as wide as they need, cut to the terminal where there is one.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/json.h"

namespace millrace::cmd {

using TableRow = std::vector<std::string>;

// `width` 0: no limit. Characters are counted, not bytes; control characters become '?'.
std::string table_text(const TableRow& head, const std::vector<TableRow>& rows, size_t width);
// "name  value" lines.
std::string fields_text(const std::vector<std::pair<std::string, std::string>>& fields);
// Of the terminal on stdout; 0 when it is none.
size_t terminal_width();

// How results are to be printed.
enum class Output : uint8_t { kTable, kJson };
Result<Output> parse_output(const std::string& text);
void print(const std::string& text);
void print_json(const json::Value& value);

// A member as text: "" when absent or null; numbers in decimal.
std::string text_at(const json::Value& value, std::string_view name);
// A member that is an object; null when it is none.
const json::Value* object_at(const json::Value& value, std::string_view name);
// What was asked for over all lines becomes one line.
std::string one_line(std::string text);

}  // namespace millrace::cmd
