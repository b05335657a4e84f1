// SPDX-License-Identifier: Apache-2.0
// A cursor over the tokens of a statement, with what all readers of DDL need. A copy remembers the
// place. Nothing here recurses, so no depth of parentheses is too much.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "schema/ddl/ast.h"
#include "schema/ddl/lexer.h"

namespace millrace::schema::ddl {

class TokenReader {
 public:
  TokenReader(std::string_view text, const DdlContext& context)
      : lexer_(text, context), token_(lexer_.next()) {}

  const DdlContext& context() const { return lexer_.context(); }
  std::string_view text() const { return lexer_.text(); }
  const Token& peek() const { return token_; }
  Token peek_second() const {
    Lexer ahead = lexer_;
    return ahead.next();
  }
  bool at_end() const { return token_.kind == TokenKind::kEnd; }
  bool at(std::string_view word) const { return token_.is(word); }
  bool at(char symbol) const { return token_.is(symbol); }
  bool at_any(std::initializer_list<std::string_view> words) const;
  Token take();

  // Each takes what it names if that stands here, all of it or nothing.
  bool eat(std::string_view word);
  bool eat(char symbol);
  bool eat_words(std::initializer_list<std::string_view> words);
  bool eat_if_exists() { return eat_words({"IF", "EXISTS"}); }
  bool eat_if_not_exists() { return eat_words({"IF", "NOT", "EXISTS"}); }

  bool at_name() const {
    return token_.kind == TokenKind::kWord || token_.kind == TokenKind::kQuoted;
  }
  bool at_string() const;
  // A name, quoted or not; nullopt (and nothing is taken) if none stands here.
  std::optional<std::string> name();
  // `table`, `db.table`, `.table`; the default database is filled in.
  std::optional<TableName> table_name();
  // A number without sign that fits; other tokens are left.
  std::optional<uint64_t> number();
  // A string, its neighbours joined to it. `raw`: it was bytes in no charset (x'..').
  std::optional<std::string> string(bool* raw = nullptr);
  // A name of a charset, collation or engine: a word, a quoted name or a string.
  std::optional<std::string> name_or_string();

  // From the "(" that stands here to after the ")" that belongs to it.
  void skip_parens();
  // To the next comma or closing parenthesis that belongs to no "(" after here, or the end.
  void skip_item();
  // One token, or all of a parenthesis.
  void skip_one();

  // kInvalid, with the text around here.
  Error problem(std::string_view expected) const;

 private:
  Lexer lexer_;
  Token token_;
};

}  // namespace millrace::schema::ddl
