// SPDX-License-Identifier: Apache-2.0
#include "control/http.h"

namespace millrace::control {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text, bool plus_is_blank, bool& valid) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus_is_blank) c = ' ';
    if (c == '%') {
      const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        valid = false;
        return out;
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    valid = valid && c != '\0';
    out += c;
  }
  return out;
}

// Cuts `text` at the first `separator` and gives what is before it.
std::string_view take(std::string_view& text, char separator) {
  const size_t at = text.find(separator);
  const std::string_view head = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return head;
}

}  // namespace

Target parse_target(std::string_view target) {
  Target out;
  std::string_view query = target.substr(0, target.find('#'));
  std::string_view path = take(query, '?');
  if (!path.starts_with('/')) out.valid = false;
  take(path, '/');
  while (!path.empty()) out.segments.push_back(decoded(take(path, '/'), false, out.valid));
  while (!query.empty()) {
    std::string_view pair = take(query, '&');
    const std::string name = decoded(take(pair, '='), true, out.valid);
    out.query.emplace_back(name, decoded(pair, true, out.valid));
  }
  return out;
}

std::string_view cookie_value(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    std::string_view value = take(header, ';');
    while (value.starts_with(' ')) value.remove_prefix(1);
    if (take(value, '=') == name) return value;
  }
  return {};
}

}  // namespace millrace::control
