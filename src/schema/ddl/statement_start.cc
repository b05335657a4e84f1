// SPDX-License-Identifier: Apache-2.0
#include "schema/ddl/statement_start.h"

namespace millrace::schema::ddl {
namespace {

// DEFINER = name[@host] | CURRENT_USER[()] | CURRENT_ROLE
void skip_account(TokenReader& in) {
  in.eat('=');
  in.name_or_string();
  if (in.at('(')) in.skip_parens();
  if (!in.eat('@')) return;
  in.name_or_string();
  // An unquoted host may have dots and a percent sign.
  while (in.eat('.') || in.eat('%')) in.take();
}

}  // namespace

void skip_set_statement(TokenReader& in) {
  while (in.at("SET") && in.peek_second().is("STATEMENT")) {
    const TokenReader before = in;
    while (!in.at_end() && !in.at("FOR")) in.skip_one();
    if (!in.eat("FOR")) {
      in = before;
      return;
    }
  }
}

CreateHead read_create_head(TokenReader& in) {
  CreateHead head;
  while (true) {
    if (in.eat_words({"OR", "REPLACE"})) {
      head.or_replace = true;
    } else if (in.eat("TEMPORARY")) {
      head.temporary = true;
    } else if (in.at("ALGORITHM") && in.peek_second().is('=')) {
      in.take();
      in.take();
      in.take();
    } else if (in.eat("DEFINER")) {
      skip_account(in);
    } else if (in.eat_words({"SQL", "SECURITY"})) {
      in.take();
    } else if (!in.eat("ONLINE") && !in.eat("OFFLINE") && !in.eat("AGGREGATE")) {
      break;
    }
  }
  head.index = in.at_any({"UNIQUE", "FULLTEXT", "INDEX"}) ||
               (in.at("SPATIAL") && in.peek_second().is("INDEX")) ||
               (in.at("VECTOR") && in.peek_second().is("INDEX")) ||
               (in.at("CLUSTERING") && in.peek_second().is("INDEX"));
  return head;
}

}  // namespace millrace::schema::ddl
