// SPDX-License-Identifier: Apache-2.0
#include "schema/ddl/lexer.h"

#include <algorithm>

namespace millrace::schema::ddl {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f' || c == '\0';
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '$' ||
         static_cast<uint8_t>(c) >= 0x80;
}
int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

// The digits of x'..' or 0x..; an odd number has a zero before it.
std::string bytes_of_hex(std::string_view digits) {
  std::string out;
  int high = digits.size() % 2 == 0 ? -1 : 0;
  for (const char c : digits) {
    const int value = std::max(hex_digit(c), 0);
    if (high < 0) {
      high = value;
    } else {
      out += static_cast<char>(high << 4 | value);
      high = -1;
    }
  }
  return out;
}

std::string bytes_of_bits(std::string_view digits) {
  std::string out((digits.size() + 7) / 8, '\0');
  for (size_t i = 0; i < digits.size(); ++i) {
    const size_t bit = digits.size() - 1 - i;
    if (digits[i] == '1') {
      char& byte = out[out.size() - 1 - bit / 8];
      byte = static_cast<char>(byte | 1 << bit % 8);
    }
  }
  return out;
}

char unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '0':
      return '\0';
    case 'b':
      return '\b';
    case 'Z':
      return '\x1A';
    default:
      return c;
  }
}

// `body` is between the quotes.
std::string without_quotes(std::string_view body, char quote, bool backslashes) {
  std::string out;
  out.reserve(body.size());
  for (size_t i = 0; i < body.size(); ++i) {
    const bool more = i + 1 < body.size();
    if (body[i] == quote && more && body[i + 1] == quote) {
      ++i;
      out += quote;
    } else if (body[i] == '\\' && backslashes && more) {
      ++i;
      // These two keep their backslash: they mean something to LIKE.
      if (body[i] == '%' || body[i] == '_') out += '\\';
      out += unescaped(body[i]);
    } else {
      out += body[i];
    }
  }
  return out;
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return upper(x) == upper(y); });
}

bool Token::is(std::string_view wanted) const {
  return kind == TokenKind::kWord && same_word(text, wanted);
}

Token Lexer::take(TokenKind kind, size_t begin, size_t end) {
  end = std::min(end, text_.size());
  at_ = end;
  after_dot_ = kind == TokenKind::kSymbol && text_[begin] == '.';
  return {kind, text_.substr(begin, end - begin), begin};
}

void Lexer::skip_space() {
  while (at_ < text_.size()) {
    if (is_space(text_[at_])) {
      ++at_;
    } else if (in_executable_ && text_.substr(at_, 2) == "*/") {
      at_ += 2;
      in_executable_ = false;
    } else if (!skip_comment()) {
      return;
    }
  }
}

// Steps over a comment that begins here, or into an executable one. False: none does.
bool Lexer::skip_comment() {
  const char c = text_[at_];
  const bool dashes = c == '-' && at(at_ + 1) == '-' &&
                      (at_ + 2 >= text_.size() || static_cast<uint8_t>(at(at_ + 2)) <= ' ');
  if (c == '#' || dashes) {
    at_ = std::min(text_.find('\n', at_), text_.size());
    return true;
  }
  if (text_.substr(at_, 2) != "/*") return false;
  if (at(at_ + 2) == '!') {
    enter_or_skip_executable(at_ + 3);
  } else if (at(at_ + 2) == 'M' && at(at_ + 3) == '!' && context_->is_mariadb()) {
    enter_or_skip_executable(at_ + 4);
  } else {
    const size_t end = text_.find("*/", at_ + 2);
    at_ = end == std::string_view::npos ? text_.size() : end + 2;
  }
  return true;
}

// `opener` is after the "!": the version's digits may stand there.
void Lexer::enter_or_skip_executable(size_t opener) {
  const bool for_mariadb = text_[opener - 2] == 'M';
  size_t digits = 0;
  uint32_t version = 0;
  while (digits < 6 && is_digit(at(opener + digits))) {
    version = version * 10 + static_cast<uint32_t>(at(opener + digits) - '0');
    ++digits;
  }
  if (digits < 5) digits = version = 0;  // then they are the code itself
  // MariaDB does not take MySQL 5.7's syntax for its own.
  const bool foreign =
      context_->is_mariadb() && !for_mariadb && version >= 50700 && version <= 50999;
  if (version <= context_->version && !foreign) {
    at_ = opener + digits;
    in_executable_ = true;
    return;
  }
  // Not code here: to its end, over ordinary comments inside.
  at_ = opener;
  while (at_ < text_.size()) {
    if (text_.substr(at_, 2) == "*/") {
      at_ += 2;
      return;
    }
    if (text_.substr(at_, 2) == "/*") {
      const size_t end = text_.find("*/", at_ + 2);
      at_ = end == std::string_view::npos ? text_.size() : end + 2;
    } else {
      ++at_;
    }
  }
}

// The opening quote is at `at_`; the token begins at `begin`, which may be a prefix before it.
Token Lexer::quoted(char quote, TokenKind kind, size_t begin) {
  const bool backslashes =
      kind == TokenKind::kString && (context_->sql_mode & kNoBackslashEscapes) == 0;
  size_t i = at_ + 1;
  while (i < text_.size()) {
    const bool escape = text_[i] == '\\' && backslashes;
    const bool doubled = text_[i] == quote && i + 1 < text_.size() && text_[i + 1] == quote;
    if (!escape && !doubled && text_[i] == quote) return take(kind, begin, i + 1);
    i += escape || doubled ? 2 : 1;
  }
  return take(kind, begin, text_.size());
}

// A word, a number, or one of the literals that begin like one.
Token Lexer::word_or_number() {
  const size_t begin = at_;
  const char c = upper(text_[begin]);
  if ((c == 'N' || c == 'X' || c == 'B') && at(begin + 1) == '\'') {
    ++at_;
    return quoted('\'', c == 'N' ? TokenKind::kString : TokenKind::kBytes, begin);
  }
  size_t end = begin;
  while (end < text_.size() && is_word_char(text_[end])) ++end;
  if (!is_digit(text_[begin]) || after_dot_) return take(TokenKind::kWord, begin, end);
  const std::string_view run = text_.substr(begin, end - begin);
  const auto all = [&](size_t from, auto accepts) {
    return run.size() > from &&
           std::all_of(run.begin() + static_cast<ptrdiff_t>(from), run.end(), accepts);
  };
  if (run[0] == '0' && run.size() > 2) {
    if (run[1] == 'x' && all(2, [](char d) { return hex_digit(d) >= 0; })) {
      return take(TokenKind::kBytes, begin, end);
    }
    if (run[1] == 'b' && all(2, [](char d) { return d == '0' || d == '1'; })) {
      return take(TokenKind::kBytes, begin, end);
    }
  }
  // 12, 12.5, 12e5, 12.5e-3; all else that begins with a digit is a name.
  size_t i = begin;
  while (is_digit(at(i))) ++i;
  if (i == end && at(i) == '.') {
    ++i;
    while (is_digit(at(i))) ++i;
  }
  if (upper(at(i)) == 'E') {
    size_t exponent = i + 1;
    if (at(exponent) == '+' || at(exponent) == '-') ++exponent;
    const size_t first = exponent;
    while (is_digit(at(exponent))) ++exponent;
    if (exponent > first) i = exponent;
  }
  if (i < end || (i < text_.size() && is_word_char(text_[i]))) {
    return take(TokenKind::kWord, begin, end);
  }
  return take(TokenKind::kNumber, begin, i);
}

Token Lexer::next() {
  const size_t before = at_;
  skip_space();
  if (at_ != before) after_dot_ = false;
  if (at_ >= text_.size()) return {TokenKind::kEnd, {}, text_.size()};
  const char c = text_[at_];
  if (c == '`') return quoted('`', TokenKind::kQuoted, at_);
  if (c == '\'') return quoted('\'', TokenKind::kString, at_);
  if (c == '"') {
    const bool name = (context_->sql_mode & kAnsiQuotes) != 0;
    return quoted('"', name ? TokenKind::kQuoted : TokenKind::kString, at_);
  }
  if (is_word_char(c)) return word_or_number();
  if (c == '.' && is_digit(at(at_ + 1)) && (at_ == 0 || !is_word_char(text_[at_ - 1])) &&
      (at_ == 0 || text_[at_ - 1] != '`')) {
    size_t end = at_ + 1;
    while (is_digit(at(end))) ++end;
    return take(TokenKind::kNumber, at_, end);
  }
  return take(TokenKind::kSymbol, at_, at_ + 1);
}

std::string token_value(const Token& token, const DdlContext& context) {
  std::string_view text = token.text;
  if (token.kind == TokenKind::kBytes) {
    const bool bits = upper(text[0]) == 'B' || (text[0] == '0' && text[1] == 'b');
    text.remove_prefix(2);
    if (!text.empty() && text.back() == '\'') text.remove_suffix(1);
    return bits ? bytes_of_bits(text) : bytes_of_hex(text);
  }
  if (token.kind != TokenKind::kQuoted && token.kind != TokenKind::kString)
    return std::string(text);
  if (upper(text[0]) == 'N') text.remove_prefix(1);
  const char quote = text[0];
  text.remove_prefix(1);
  if (!text.empty() && text.back() == quote) text.remove_suffix(1);
  const bool backslashes =
      token.kind == TokenKind::kString && (context.sql_mode & kNoBackslashEscapes) == 0;
  return without_quotes(text, quote, backslashes);
}

}  // namespace millrace::schema::ddl
