// SPDX-License-Identifier: Apache-2.0
#include "schema/ddl/token_reader.h"

#include <charconv>

#include "base/charset.h"

namespace millrace::schema::ddl {

bool TokenReader::at_any(std::initializer_list<std::string_view> words) const {
  for (const std::string_view word : words) {
    if (at(word)) return true;
  }
  return false;
}

Token TokenReader::take() {
  const Token taken = token_;
  token_ = lexer_.next();
  return taken;
}

bool TokenReader::eat(std::string_view word) {
  if (!at(word)) return false;
  take();
  return true;
}

bool TokenReader::eat(char symbol) {
  if (!at(symbol)) return false;
  take();
  return true;
}

bool TokenReader::eat_words(std::initializer_list<std::string_view> words) {
  const TokenReader before = *this;
  for (const std::string_view word : words) {
    if (!eat(word)) {
      *this = before;
      return false;
    }
  }
  return true;
}

bool TokenReader::at_string() const {
  if (token_.kind == TokenKind::kString || token_.kind == TokenKind::kBytes) return true;
  if (token_.kind != TokenKind::kWord || token_.text[0] != '_') return false;
  const TokenKind second = peek_second().kind;
  return (second == TokenKind::kString || second == TokenKind::kBytes) &&
         find_charset(token_.text.substr(1)) != nullptr;
}

std::optional<std::string> TokenReader::name() {
  if (!at_name()) return std::nullopt;
  return token_value(take(), context());
}

std::optional<TableName> TokenReader::table_name() {
  const TokenReader before = *this;
  TableName out{context().database, {}};
  if (!at('.')) {
    auto first = name();
    if (!first) return std::nullopt;
    out.name = std::move(*first);
  }
  if (eat('.')) {
    auto second = name();
    if (!second) {
      *this = before;
      return std::nullopt;
    }
    if (!out.name.empty()) out.database = std::move(out.name);
    out.name = std::move(*second);
  }
  return out;
}

std::optional<uint64_t> TokenReader::number() {
  if (token_.kind != TokenKind::kNumber) return std::nullopt;
  uint64_t value = 0;
  const char* end = token_.text.data() + token_.text.size();
  const auto [read, error] = std::from_chars(token_.text.data(), end, value);
  if (error != std::errc() || read != end) return std::nullopt;
  take();
  return value;
}

std::optional<std::string> TokenReader::string(bool* raw) {
  if (!at_string()) return std::nullopt;
  std::string out;
  bool bytes = false;
  std::string_view introducer;
  if (token_.kind == TokenKind::kWord) introducer = take().text.substr(1);
  do {
    bytes = bytes || token_.kind == TokenKind::kBytes;
    out += token_value(take(), context());
  } while (token_.kind == TokenKind::kString);
  // Text in quotes became UTF-8 with the rest of the statement, whatever stands before it.
  if (bytes && !introducer.empty()) {
    out = to_utf8(introducer, as_bytes(out));
    bytes = false;
  }
  if (raw != nullptr) *raw = bytes;
  return out;
}

std::optional<std::string> TokenReader::name_or_string() {
  if (token_.kind == TokenKind::kString) return token_value(take(), context());
  return name();
}

void TokenReader::skip_parens() {
  size_t depth = 0;
  while (!at_end()) {
    const Token token = take();
    if (token.is('(')) ++depth;
    if (token.is(')') && --depth == 0) return;
  }
}

void TokenReader::skip_one() {
  if (at('(')) {
    skip_parens();
  } else {
    take();
  }
}

void TokenReader::skip_item() {
  while (!at_end() && !at(',') && !at(')')) skip_one();
}

Error TokenReader::problem(std::string_view expected) const {
  constexpr size_t kShown = 40;
  const std::string_view rest = text().substr(token_.begin, kShown);
  std::string what = "expected " + std::string(expected);
  what += rest.empty() ? " at the end of the statement" : " near \"" + std::string(rest) + "\"";
  return Error{Errc::kInvalid, what + " (offset " + std::to_string(token_.begin) + ")"};
}

}  // namespace millrace::schema::ddl
