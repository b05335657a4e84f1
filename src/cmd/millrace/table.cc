// SPDX-License-Identifier: Apache-2.0
#include "cmd/millrace/table.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace millrace::cmd {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kLeastWidth = 8;

size_t characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return out;
}

// The first `width` characters, the last of them an ellipsis where something was cut.
std::string cut(const std::string& text, size_t width) {
  if (characters(text) <= width) return text;
  size_t bytes = 0;
  for (size_t seen = 0; bytes < text.size(); ++bytes) {
    if ((text[bytes] & 0xC0) != 0x80 && ++seen == width) break;
  }
  return text.substr(0, bytes) + "…";
}

// Takes from the widest column until all fit, or none can give more.
void shrink(std::vector<size_t>& widths, size_t width) {
  size_t total = kGap * (widths.size() - 1);
  for (const size_t one : widths) total += one;
  while (total > width) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kLeastWidth) return;
    --*widest;
    --total;
  }
}

void append_row(const TableRow& row, const std::vector<size_t>& widths, std::string& out) {
  std::string line;
  for (size_t i = 0; i < row.size(); ++i) {
    const std::string cell = cut(printable(row[i]), widths[i]);
    line += cell;
    if (i + 1 < row.size()) line.append(widths[i] - characters(cell) + kGap, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

}  // namespace

std::string table_text(const TableRow& head, const std::vector<TableRow>& rows, size_t width) {
  std::vector<size_t> widths;
  for (size_t i = 0; i < head.size(); ++i) {
    size_t widest = characters(head[i]);
    for (const TableRow& row : rows) widest = std::max(widest, characters(row[i]));
    widths.push_back(widest);
  }
  if (width > 0) shrink(widths, width);
  std::string out;
  append_row(head, widths, out);
  for (const TableRow& row : rows) append_row(row, widths, out);
  return out;
}

std::string fields_text(const std::vector<std::pair<std::string, std::string>>& fields) {
  size_t widest = 0;
  for (const auto& [name, value] : fields) widest = std::max(widest, characters(name));
  std::string out;
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    out += name + std::string(widest - characters(name) + kGap, ' ') + printable(value) + "\n";
  }
  return out;
}

size_t terminal_width() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

Result<Output> parse_output(const std::string& text) {
  if (text == "table") return Output::kTable;
  if (text == "json") return Output::kJson;
  return Error{Errc::kInvalid, fmt::format("--output \"{}\": give table or json", text)};
}

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void print_json(const json::Value& value) { print(json::write(value, 2) + "\n"); }

std::string text_at(const json::Value& value, std::string_view name) {
  const json::Value* found = value.find(name);
  if (found == nullptr || found->is_null()) return {};
  if (found->text() != nullptr) return *found->text();
  return json::write(*found);
}

const json::Value* object_at(const json::Value& value, std::string_view name) {
  const json::Value* found = value.find(name);
  return found == nullptr || found->object() == nullptr ? nullptr : found;
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace millrace::cmd
