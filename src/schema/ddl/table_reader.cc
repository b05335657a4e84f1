// SPDX-License-Identifier: Apache-2.0
#include "schema/ddl/table_reader.h"

#include <algorithm>
#include <utility>

#include "schema/ddl/column_reader.h"

namespace millrace::schema::ddl {
namespace {

// "name" of an index, which may be left out: USING or "(" follows.
std::string read_index_name(TokenReader& in) {
  if (in.at('(') || in.at("USING") || in.at("TYPE")) return {};
  return in.name().value_or(std::string());
}

// USING HASH | BTREE | RTREE
void read_index_type(TokenReader& in, KeySpec& key) {
  if (in.eat("USING") || in.eat("TYPE")) key.hash = in.take().is("HASH");
}

// KEY_BLOCK_SIZE, COMMENT, VISIBLE and so on, up to the next element.
void read_index_options(TokenReader& in, KeySpec& key) {
  while (!in.at_end() && !in.at(',') && !in.at(')')) {
    if (in.at("USING")) {
      read_index_type(in, key);
    } else {
      in.skip_one();
    }
  }
}

Status read_foreign_key(TokenReader& in) {
  in.skip_item();
  return Done{};
}

Status read_period(TokenReader& in, TableElements& out) {
  in.eat_words({"PERIOD", "FOR"});
  PeriodSpec period;
  period.name = in.name().value_or(std::string());
  if (!in.eat('(')) return in.problem("the columns of a PERIOD");
  auto start = in.name();
  if (!start || !in.eat(',')) return in.problem("two columns of a PERIOD");
  auto end = in.name();
  if (!end || !in.eat(')')) return in.problem("two columns of a PERIOD");
  period.start = std::move(*start);
  period.end = std::move(*end);
  out.periods.push_back(std::move(period));
  return Done{};
}

KeySpec::Kind read_key_kind(TokenReader& in) {
  if (in.eat("PRIMARY")) {
    in.eat("KEY");
    return KeySpec::Kind::kPrimary;
  }
  const bool unique = in.eat("UNIQUE");
  if (!in.eat("FULLTEXT") && !in.eat("SPATIAL") && !in.eat("CLUSTERING")) {
    if (in.at("VECTOR")) in.take();
  }
  if (!in.eat("INDEX")) in.eat("KEY");
  return unique ? KeySpec::Kind::kUnique : KeySpec::Kind::kOther;
}

}  // namespace

bool at_key(const TokenReader& in) {
  if (in.at_any({"PRIMARY", "UNIQUE", "INDEX", "KEY", "FULLTEXT", "SPATIAL", "CONSTRAINT",
                 "FOREIGN", "CHECK"})) {
    return true;
  }
  const Token second = in.peek_second();
  if (in.at("VECTOR") || in.at("CLUSTERING")) return second.is("INDEX") || second.is("KEY");
  return in.at("PERIOD") && second.is("FOR");
}

Status read_key(TokenReader& in, TableElements& out) {
  KeySpec key;
  if (in.eat("CONSTRAINT") && !in.at_any({"PRIMARY", "UNIQUE", "FOREIGN", "CHECK"})) {
    in.eat_if_not_exists();
    key.constraint = in.name().value_or(std::string());
  }
  if (in.at("PERIOD")) return read_period(in, out);
  if (in.at("FOREIGN")) return read_foreign_key(in);
  if (in.eat("CHECK")) {
    in.skip_item();
    return Done{};
  }
  key.kind = read_key_kind(in);
  key.if_not_exists = in.eat_if_not_exists();
  key.name = read_index_name(in);
  read_index_type(in, key);
  if (!in.at('(')) return in.problem("the columns of a key");
  TRY(read_key_parts(in, key.parts));
  read_index_options(in, key);
  out.keys.push_back(std::move(key));
  return Done{};
}

void add_inline_keys(const ColumnSpec& column, const DdlContext& context,
                     std::vector<KeySpec>& keys) {
  const auto add = [&](KeySpec::Kind kind) {
    KeySpec key;
    key.kind = kind;
    key.parts.push_back({.column = column.name});
    keys.push_back(std::move(key));
  };
  if (column.primary) add(KeySpec::Kind::kPrimary);
  // MariaDB makes one key of a column that is declared as both.
  if (column.primary && context.is_mariadb()) return;
  if (column.unique || column.serial_default) add(KeySpec::Kind::kUnique);
}

Status read_key_parts(TokenReader& in, std::vector<KeyPartSpec>& parts) {
  if (!in.eat('(')) return in.problem("\"(\"");
  do {
    KeyPartSpec part;
    if (in.at('(')) {
      in.skip_parens();
      part.functional = true;
    } else {
      auto column = in.name();
      if (!column) return in.problem("a column of a key");
      part.column = std::move(*column);
      if (in.eat('(')) {
        const auto prefix = in.number();
        if (!prefix || !in.eat(')')) return in.problem("the length of a key's part");
        part.prefix = static_cast<uint32_t>(std::min<uint64_t>(*prefix, UINT32_MAX));
      }
      part.period = in.eat_words({"WITHOUT", "OVERLAPS"});
    }
    if (!in.eat("ASC")) in.eat("DESC");
    parts.push_back(std::move(part));
  } while (in.eat(','));
  if (!in.eat(')')) return in.problem("\")\" after the columns of a key");
  return Done{};
}

Status read_table_elements(TokenReader& in, TableElements& out) {
  if (!in.eat('(')) return in.problem("\"(\"");
  do {
    if (at_key(in)) {
      TRY(read_key(in, out));
      continue;
    }
    ColumnSpec column;
    in.eat_if_not_exists();
    auto name = in.name();
    if (!name) return in.problem("a column's name");
    column.name = std::move(*name);
    TRY(read_column_definition(in, column));
    add_inline_keys(column, in.context(), out.keys);
    out.columns.push_back(std::move(column));
  } while (in.eat(','));
  if (!in.eat(')')) return in.problem("\",\" or \")\" after a column");
  return Done{};
}

void read_table_option(TokenReader& in, TableOptions& options) {
  if (eat_charset_clause(in, options.charset)) return;
  if (in.at("ENGINE") || in.at("TYPE")) {
    in.take();
    in.eat('=');
    if (auto engine = in.name_or_string()) options.engine = std::move(*engine);
  } else if (in.eat_words({"START", "TRANSACTION"})) {
    options.start_transaction = true;
  } else if (in.eat_words({"WITH", "SYSTEM", "VERSIONING"})) {
    options.system_versioning = true;
  } else if (in.at_name() && in.peek_second().is('=')) {
    in.take();
    in.take();
    if (in.at_string()) {
      in.string();
    } else {
      in.skip_one();
    }
  } else {
    in.skip_one();
  }
}

namespace {

// Whether the query of CREATE ... SELECT begins here.
bool at_select(const TokenReader& in) {
  if (in.at_any({"SELECT", "VALUES", "TABLE"})) return true;
  const Token second = in.peek_second();
  if (in.at("WITH")) return !second.is("SYSTEM");
  return in.at('(') && (second.is("SELECT") || second.is("WITH") || second.is("VALUES") ||
                        second.is("TABLE") || second.is('('));
}

Status read_like(TokenReader& in, CreateTable& out) {
  out.like = in.table_name();
  if (!out.like) return in.problem("the table after LIKE");
  return Done{};
}

}  // namespace

Status read_create_table(TokenReader& in, CreateTable& out) {
  if (in.eat("LIKE")) return read_like(in, out);
  if (in.at('(') && in.peek_second().is("LIKE")) {
    in.take();
    in.take();
    return read_like(in, out);
  }
  if (in.at('(') && !at_select(in)) {
    TableElements elements;
    TRY(read_table_elements(in, elements));
    out.columns = std::move(elements.columns);
    out.keys = std::move(elements.keys);
    out.periods = std::move(elements.periods);
  }
  while (!in.at_end() && !at_select(in)) {
    if (in.eat_words({"PARTITION", "BY"})) {
      // The query may follow; nothing else in here is an option of the table.
      while (!in.at_end() && !in.at("SELECT") && !in.at("AS")) in.skip_one();
      continue;
    }
    if (!in.eat(',') && !in.eat(';')) read_table_option(in, out.options);
  }
  out.has_select = !in.at_end();
  if (out.columns.empty() && !out.has_select) return in.problem("columns");
  return Done{};
}

}  // namespace millrace::schema::ddl
