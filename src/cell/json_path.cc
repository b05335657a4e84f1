// SPDX-License-Identifier: Apache-2.0
#include "cell/json_path.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "cell/limits.h"

namespace millrace::cell {
namespace {

constexpr std::string_view kLast = "last";
constexpr size_t kMaxDigits = 10;

std::optional<uint32_t> four_hex_digits(std::string_view text) {
  uint32_t value = 0;
  if (text.size() < 4) return std::nullopt;
  const char* end = text.data() + 4;
  if (std::from_chars(text.data(), end, value, 16).ptr != end) return std::nullopt;
  return value;
}

void append_utf8(uint32_t code, std::string& out) {
  const auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xE0 | code >> 12);
    } else {
      put(0xF0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3F));
    }
    put(0x80 | (code >> 6 & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

class PathReader {
 public:
  PathReader(std::string_view text, std::deque<std::string>& names) : rest_(text), names_(names) {}

  // Nothing when the path is none.
  std::optional<std::vector<JsonStep>> read() {
    if (!take('$')) return std::nullopt;
    std::vector<JsonStep> steps;
    while (!rest_.empty()) {
      const auto step = take('.') ? member() : take('[') ? cell() : std::nullopt;
      if (!step || steps.size() == size_t{kMaxJsonDepth}) return std::nullopt;
      steps.push_back(*step);
    }
    return steps;
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<JsonStep> cell() {
    JsonStep step;
    step.from_end = rest_.starts_with(kLast);
    if (step.from_end) rest_.remove_prefix(kLast.size());
    if ((!step.from_end || take('-')) && !number(step.index)) return std::nullopt;
    return take(']') ? std::optional(step) : std::nullopt;
  }

  bool number(uint64_t& out) {
    size_t digits = 0;
    while (digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9') ++digits;
    if (digits == 0 || digits > kMaxDigits) return false;
    std::from_chars(rest_.data(), rest_.data() + digits, out);
    rest_.remove_prefix(digits);
    return true;
  }

  std::optional<JsonStep> member() {
    JsonStep step;
    step.is_member = true;
    if (take('"')) {
      const auto name = quoted();
      if (!name) return std::nullopt;
      step.name = as_bytes(*name);
      return step;
    }
    const size_t size = std::min(rest_.find_first_of(".[* \t\r\n\"\\"), rest_.size());
    if (size == 0) return std::nullopt;
    step.name = as_bytes(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return step;
  }

  // Up to and with the closing quote; the opening one is taken.
  std::optional<std::string_view> quoted() {
    const size_t plain = rest_.find_first_of("\"\\");
    if (plain == std::string_view::npos) return std::nullopt;
    const std::string_view head = rest_.substr(0, plain);
    rest_.remove_prefix(plain);
    if (take('"')) return head;
    std::string name(head);
    while (!take('"')) {
      if (rest_.empty() || !character(name)) return std::nullopt;
    }
    return names_.emplace_back(std::move(name));
  }

  bool character(std::string& name) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c != '\\') {
      name += c;
      return true;
    }
    constexpr std::string_view kEscapes = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    if (take('u')) return code_point(name);
    const size_t which = rest_.empty() ? std::string_view::npos : kEscapes.find(rest_.front());
    if (which == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    name += kMeanings[which];
    return true;
  }

  // Four hex digits, or twice those for a pair of surrogates; `\u` is taken.
  bool code_point(std::string& name) {
    const auto first = four_hex_digits(rest_);
    if (!first) return false;
    rest_.remove_prefix(4);
    uint32_t code = *first;
    if (code >= 0xD800 && code < 0xE000) {
      const auto second =
          rest_.starts_with("\\u") ? four_hex_digits(rest_.substr(2)) : std::nullopt;
      if (code >= 0xDC00 || !second || *second < 0xDC00 || *second >= 0xE000) return false;
      rest_.remove_prefix(6);
      code = 0x10000 + ((code - 0xD800) << 10) + (*second - 0xDC00);
    }
    append_utf8(code, name);
    return true;
  }

  std::string_view rest_;
  std::deque<std::string>& names_;
};

}  // namespace

Result<std::vector<JsonStep>> parse_json_path(Bytes text, std::deque<std::string>& names) {
  auto steps = PathReader(as_text(text), names).read();
  if (!steps) return Error{Errc::kCorrupt, "a path that cannot be read"};
  return std::move(*steps);
}

}  // namespace millrace::cell
