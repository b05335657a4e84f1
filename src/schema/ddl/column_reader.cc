// SPDX-License-Identifier: Apache-2.0
#include "schema/ddl/column_reader.h"

#include <utility>

#include "base/charset.h"
#include "schema/ddl/type_reader.h"

namespace millrace::schema::ddl {
namespace {

// The canonical name where there is one.
std::string charset_name(const std::string& written) {
  const Charset* known = find_charset(written);
  return known != nullptr ? std::string(known->name) : written;
}
std::string collation_name(const std::string& written, const DdlContext& context) {
  const Collation* known = find_collation(written, context.is_mariadb());
  return known != nullptr ? std::string(known->name) : written;
}

// REFERENCES t (a, b) MATCH FULL ON DELETE SET NULL ON UPDATE CASCADE
void skip_references(TokenReader& in) {
  in.table_name();
  if (in.at('(')) in.skip_parens();
  while (true) {
    if (in.eat("MATCH")) {
      in.take();
    } else if (in.eat_words({"ON", "DELETE"}) || in.eat_words({"ON", "UPDATE"})) {
      if (!in.eat("SET")) in.eat("NO");
      in.take();  // RESTRICT, CASCADE; NULL, DEFAULT, ACTION
    } else {
      return;
    }
  }
}

// One value or call: what may stand after DEFAULT and ON UPDATE. Whether it is the word NULL.
bool skip_value(TokenReader& in) {
  while (in.at('-') || in.at('+')) in.take();
  if (in.at_string()) {
    in.string();
    return false;
  }
  const bool is_null = in.at("NULL");
  if (in.at('(')) {
    in.skip_parens();
    return false;
  }
  if (in.eat_words({"NEXT", "VALUE", "FOR"}) || in.eat_words({"PREVIOUS", "VALUE", "FOR"})) {
    in.table_name();
    return false;
  }
  in.take();
  while (in.eat('.')) in.take();
  if (in.at('(')) in.skip_parens();
  return is_null;
}

// Whether the expression in the parentheses that stand here is json_valid(`name`) and no more.
bool is_json_check(TokenReader in, std::string_view column) {
  in.take();
  if (!in.eat("JSON_VALID") || !in.eat('(')) return false;
  const auto argument = in.name();
  return argument && same_word(*argument, column) && in.eat(')') && in.at(')');
}

void read_check(TokenReader& in, ColumnSpec& column) {
  if (!in.at('(')) return;
  column.json_check = is_json_check(in, column.name);
  column.has_check = true;
  in.skip_parens();
  if (!in.eat_words({"NOT", "ENFORCED"})) in.eat("ENFORCED");
}

// AS (expr) VIRTUAL, AS ROW START, AS IDENTITY; GENERATED ALWAYS is read already.
void read_generated(TokenReader& in, ColumnSpec& column) {
  column.generated = true;
  if (in.eat("ROW")) {
    column.generated_as = in.at("START") ? "START" : "END";
    in.take();
    return;
  }
  if (in.at('(')) in.skip_parens();
}

// The attributes about keys and defaults. False: none of them stands here.
bool read_key_or_default(TokenReader& in, ColumnSpec& column) {
  if (in.eat_words({"SERIAL", "DEFAULT", "VALUE"})) {
    column.serial_default = true;
  } else if (in.eat("DEFAULT")) {
    column.has_default = true;
    column.default_null = skip_value(in);
  } else if (in.eat_words({"ON", "UPDATE"})) {
    column.has_default = true;
    skip_value(in);
  } else if (in.eat("AUTO_INCREMENT")) {
    column.auto_increment = true;
  } else if (in.eat("UNIQUE")) {
    column.unique = true;
    if (!in.eat("KEY")) in.eat("INDEX");
  } else if (in.eat("PRIMARY")) {
    column.primary = true;
    in.eat("KEY");
  } else if (in.eat("KEY")) {
    column.primary = true;
  } else if (in.eat("REFERENCES")) {
    skip_references(in);
  } else {
    return false;
  }
  return true;
}

// The attributes about the type. False: none of them stands here.
bool read_type_attribute(TokenReader& in, ColumnSpec& column) {
  if (in.eat("UNSIGNED") || in.eat("ZEROFILL")) {
    column.is_unsigned = true;
  } else if (in.eat("SIGNED")) {
  } else if (in.eat("BINARY")) {
    column.charset.binary = true;
  } else if (in.eat("ASCII")) {
    column.charset.charset = "latin1";
    column.charset.is_word = true;
  } else if (in.eat("UNICODE")) {
    column.charset.charset = "ucs2";
    column.charset.is_word = true;
  } else if (in.eat("BYTE")) {
    column.charset.charset = "binary";
  } else if (in.eat("COMPRESSED")) {
    column.compressed = in.context().is_mariadb();
    if (in.eat('=')) in.take();
  } else {
    return eat_charset_clause(in, column.charset);
  }
  return true;
}

bool read_other_attribute(TokenReader& in, ColumnSpec& column) {
  if (in.eat_words({"NOT", "NULL"})) {
    column.nullable = false;
  } else if (in.eat("NULL")) {
    column.nullable = true;
  } else if (in.eat_words({"GENERATED", "ALWAYS", "AS"}) || in.eat("AS")) {
    read_generated(in, column);
  } else if (in.eat("INVISIBLE")) {
    column.invisible = true;
  } else if (in.eat("VISIBLE")) {
    column.invisible = false;
  } else if (in.eat("CHECK")) {
    read_check(in, column);
  } else if (in.eat("CONSTRAINT")) {
    if (!in.at("CHECK")) in.name();
  } else if (in.eat_words({"WITHOUT", "SYSTEM", "VERSIONING"})) {
    column.versioned = false;
  } else if (in.eat_words({"WITH", "SYSTEM", "VERSIONING"})) {
    column.versioned = true;
  } else if (in.eat("COMMENT")) {
    in.eat('=');
    in.string();
  } else if (in.eat("COLUMN_FORMAT") || in.eat("STORAGE")) {
    in.take();  // it may be DEFAULT, which is no default here
  } else {
    return false;
  }
  return true;
}

}  // namespace

bool eat_charset_clause(TokenReader& in, CharsetClause& clause) {
  const TokenReader before = in;
  in.eat("DEFAULT");
  const bool is_charset =
      in.eat("CHARSET") || in.eat_words({"CHARACTER", "SET"}) || in.eat_words({"CHAR", "SET"});
  if (!is_charset && !in.eat("COLLATE")) {
    in = before;
    return false;
  }
  in.eat('=');
  const bool is_default = in.at("DEFAULT");
  auto name = in.name_or_string();
  if (!name) {
    in = before;
    return false;
  }
  if (is_charset && is_default) {
    clause.is_default = true;
  } else if (is_charset) {
    clause.charset = charset_name(*name);
    clause.is_default = false;
  } else if (!is_default) {
    clause.collation = collation_name(*name, in.context());
  }
  return true;
}

Status read_column_definition(TokenReader& in, ColumnSpec& column) {
  TRY(read_type(in, column));
  while (!in.at_end() && !in.at(',') && !in.at(')') && !in.at(';') && !in.at("FIRST") &&
         !in.at("AFTER")) {
    if (!read_key_or_default(in, column) && !read_type_attribute(in, column) &&
        !read_other_attribute(in, column)) {
      in.skip_one();
    }
  }
  return Done{};
}

}  // namespace millrace::schema::ddl
