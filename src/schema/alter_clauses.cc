// SPDX-License-Identifier: Apache-2.0
#include "schema/alter_clauses.h"

#include "schema/ddl/lexer.h"
#include "schema/ddl/statement_start.h"
#include "schema/ddl/token_reader.h"

namespace millrace::schema {

using ddl::DdlContext;

std::string_view trimmed_clauses(std::string_view text, const DdlContext& context) {
  size_t end = 0;
  ddl::Lexer lexer(text, context);
  for (ddl::Token token = lexer.next(); token.kind != ddl::TokenKind::kEnd; token = lexer.next()) {
    if (!token.is(';')) end = token.end();
  }
  // An executable comment ends behind its last token.
  const size_t open = text.rfind("/*", end);
  const size_t close = text.find("*/", end);
  if (open != std::string_view::npos && close != std::string_view::npos &&
      text.substr(open, end - open).find("*/") == std::string_view::npos) {
    end = close + 2;
  }
  return text.substr(0, end);
}

// Tools carry the counter over: it is no change.
bool is_counter_only(std::string_view clauses, const DdlContext& context) {
  ddl::TokenReader in(clauses, context);
  if (!in.eat("AUTO_INCREMENT")) return false;
  in.eat('=');
  return in.number().has_value() && in.at_end();
}

std::optional<std::string> index_clause(std::string_view text, const DdlContext& context) {
  ddl::TokenReader in(text, context);
  ddl::skip_set_statement(in);
  const bool drops = in.eat("DROP");
  if (!drops && !in.eat("CREATE")) return std::nullopt;
  if (in.at("OR") || in.at("ONLINE") || in.at("OFFLINE")) return std::nullopt;
  const size_t begin = in.peek().begin;
  while (!in.at_end() && !in.at("ON")) in.take();
  const std::string head(text.substr(begin, in.peek().begin - begin));
  if (!in.eat("ON") || !in.table_name()) return std::nullopt;
  if (drops) return "DROP " + head.substr(0, head.find_last_not_of(' ') + 1);
  return "ADD " + head + std::string(text.substr(in.peek().begin));
}

}  // namespace millrace::schema
