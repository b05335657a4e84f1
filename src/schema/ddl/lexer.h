// SPDX-License-Identifier: Apache-2.0
// Cuts the text of a statement into tokens as the server where it ran did: its version decides
// which executable comments are code, its sql_mode what a double quote and a backslash mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "schema/ddl/context.h"

namespace millrace::schema::ddl {

enum class TokenKind : uint8_t {
  kEnd,
  kWord,    // unquoted: a keyword or a name
  kQuoted,  // a name in backquotes, or in double quotes under ANSI_QUOTES
  kString,  // '...', "...", N'...'
  kBytes,   // x'...', b'...', 0x..., 0b...
  kNumber,
  kSymbol,  // one byte
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;  // as it stands, quotes included; of the lexer's text
  size_t begin = 0;       // offset in it
  size_t end() const { return begin + text.size(); }
  bool is(char symbol) const { return kind == TokenKind::kSymbol && text[0] == symbol; }
  // Whether it is this unquoted word; `wanted` is in upper case.
  bool is(std::string_view wanted) const;
};

// A value: copying it is remembering the place. Never fails: a quote or comment that does not end
// goes to the end of the text.
class Lexer {
 public:
  // Both must live as long as the lexer.
  Lexer(std::string_view text, const DdlContext& context) : text_(text), context_(&context) {}
  Token next();
  std::string_view text() const { return text_; }
  const DdlContext& context() const { return *context_; }

 private:
  char at(size_t offset) const { return offset < text_.size() ? text_[offset] : '\0'; }
  void skip_space();
  bool skip_comment();
  void enter_or_skip_executable(size_t opener);
  Token quoted(char quote, TokenKind kind, size_t begin);
  Token word_or_number();
  Token take(TokenKind kind, size_t begin, size_t end);

  std::string_view text_;
  const DdlContext* context_;
  size_t at_ = 0;
  bool in_executable_ = false;
  bool after_dot_ = false;  // a word may begin with a digit there
};

// What the token says: a name or string without its quotes and escapes, the bytes of a kBytes, else
// the text itself.
std::string token_value(const Token& token, const DdlContext& context);

// Whether two pieces of ASCII are the same word.
bool same_word(std::string_view a, std::string_view b);

}  // namespace millrace::schema::ddl
