// SPDX-License-Identifier: Apache-2.0
#include "schema/ddl/reader.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/charset.h"
#include "schema/ddl/alter_reader.h"
#include "schema/ddl/column_reader.h"
#include "schema/ddl/statement_start.h"
#include "schema/ddl/table_reader.h"
#include "schema/ddl/token_reader.h"
#include "schema/limits.h"

namespace millrace::schema::ddl {
namespace {

Result<TableName> read_table(TokenReader& in) {
  auto table = in.table_name();
  if (!table) return in.problem("the name of a table");
  return std::move(*table);
}

void skip_wait(TokenReader& in) {
  if (in.eat("WAIT")) in.number();
  in.eat("NOWAIT");
}

// Whether the text goes on as servers write it.
bool is_by_server(const TokenReader& in) {
  return in.at('(') && in.text().substr(in.peek().begin, 4) == "(\n  ";
}

bool may_mislead(const TokenReader& in, const CreateTable& table) {
  const DdlContext& context = in.context();
  if ((context.sql_mode & kTerse) != 0 && table.options.charset.empty()) return true;
  if ((context.sql_mode & kNoBackslashEscapes) != 0 &&
      in.text().find("\\\\") != std::string_view::npos) {
    return true;  // it escapes backslashes all the same
  }
  // Its names are UTF-8, whatever the client's charset.
  const Collation* client = find_collation(context.client_collation, context.is_mariadb());
  if (client == nullptr || client->charset->name.substr(0, 4) == "utf8") return false;
  return std::any_of(in.text().begin(), in.text().end(),
                     [](char c) { return static_cast<uint8_t>(c) >= 0x80; });
}

Result<Statement> read_create(TokenReader& in, const CreateHead& head) {
  if (in.eat("TABLE")) {
    CreateTable table;
    table.or_replace = head.or_replace;
    table.temporary = head.temporary;
    table.if_not_exists = in.eat_if_not_exists();
    table.table = TRY(read_table(in));
    const bool by_server = is_by_server(in);
    TRY(read_create_table(in, table));
    table.unsure = by_server && may_mislead(in, table);
    return Statement(std::move(table));
  }
  if (in.eat("DATABASE") || in.eat("SCHEMA")) {
    CreateDatabase database;
    database.or_replace = head.or_replace;
    database.if_not_exists = in.eat_if_not_exists();
    auto name = in.name();
    if (!name) return in.problem("the name of a database");
    database.name = std::move(*name);
    while (!in.at_end()) {
      if (!eat_charset_clause(in, database.charset)) in.skip_one();
    }
    return Statement(std::move(database));
  }
  if (in.at("VIEW") || in.at("SEQUENCE")) {
    CreateOther other;
    other.kind = in.take().is("VIEW") ? TableKind::kView : TableKind::kSequence;
    other.or_replace = head.or_replace;
    other.temporary = head.temporary;
    other.if_not_exists = in.eat_if_not_exists();
    other.table = TRY(read_table(in));
    return Statement(std::move(other));
  }
  return Statement(NoTable{});
}

Result<Statement> read_create_index(TokenReader& in, bool or_replace) {
  AlterIndex out;
  out.or_replace = or_replace;
  AddKey add;
  if (in.eat("UNIQUE")) add.key.kind = KeySpec::Kind::kUnique;
  while (!in.at_end() && !in.eat("INDEX")) in.take();  // FULLTEXT, SPATIAL ...
  add.key.if_not_exists = in.eat_if_not_exists();
  auto name = in.name();
  if (!name) return in.problem("the name of an index");
  add.key.name = std::move(*name);
  if (in.eat("USING") || in.eat("TYPE")) in.take();
  if (!in.eat("ON")) return in.problem("ON");
  out.alter.table = TRY(read_table(in));
  skip_wait(in);
  TRY(read_key_parts(in, add.key.parts));
  out.alter.actions.emplace_back(std::move(add));
  return Statement(std::move(out));
}

Result<Statement> read_drop_index(TokenReader& in) {
  AlterIndex out;
  DropKey drop;
  drop.if_exists = in.eat_if_exists();
  auto name = in.name();
  if (!name) return in.problem("the name of an index");
  drop.name = std::move(*name);
  if (!in.eat("ON")) return in.problem("ON");
  out.alter.table = TRY(read_table(in));
  out.alter.actions.emplace_back(std::move(drop));
  return Statement(std::move(out));
}

Result<Statement> read_drop_tables(TokenReader& in, TableKind kind, bool temporary) {
  DropTables out;
  out.kind = kind;
  out.temporary = temporary;
  out.if_exists = in.eat_if_exists();
  do {
    out.tables.push_back(TRY(read_table(in)));
  } while (in.eat(','));
  return Statement(std::move(out));
}

Result<Statement> read_drop(TokenReader& in) {
  const bool temporary = in.eat("TEMPORARY");
  if (in.eat("TABLE") || in.eat("TABLES")) {
    return read_drop_tables(in, TableKind::kTable, temporary);
  }
  if (in.eat("VIEW")) return read_drop_tables(in, TableKind::kView, false);
  if (in.eat("SEQUENCE")) return read_drop_tables(in, TableKind::kSequence, temporary);
  if (in.eat("DATABASE") || in.eat("SCHEMA")) {
    DropDatabase out;
    out.if_exists = in.eat_if_exists();
    auto name = in.name();
    if (!name) return in.problem("the name of a database");
    out.name = std::move(*name);
    return Statement(std::move(out));
  }
  while (in.eat("ONLINE") || in.eat("OFFLINE")) {
  }
  if (in.eat("INDEX")) return read_drop_index(in);
  return Statement(NoTable{});
}

Result<Statement> read_rename(TokenReader& in) {
  RenameTables out;
  out.if_exists = in.eat_if_exists();
  do {
    TableName from = TRY(read_table(in));
    skip_wait(in);
    if (!in.eat("TO")) return in.problem("TO");
    TableName to =
        TRY(read_table(in));  // by itself: leaving half an aggregate would leak the other
    out.pairs.push_back({std::move(from), std::move(to)});
  } while (in.eat(','));
  return Statement(std::move(out));
}

// Whether options begin here: then ALTER DATABASE names none.
bool at_database_option(const TokenReader& in) {
  const Token second = in.peek_second();
  if (in.at("DEFAULT") || in.at("CHARACTER") || in.at("CHAR")) {
    return second.is("SET") || second.is("CHARACTER") || second.is("CHARSET") ||
           second.is("COLLATE") || second.is("ENCRYPTION");
  }
  if (in.at("CHARSET") || in.at("COLLATE") || in.at("ENCRYPTION") || in.at("COMMENT")) {
    return second.kind != TokenKind::kEnd && !second.is("CHARACTER") && !second.is("COLLATE") &&
           !second.is("DEFAULT") && !second.is("CHARSET");
  }
  return in.at("READ") && second.is("ONLY");
}

Result<Statement> read_alter_database(TokenReader& in) {
  AlterDatabase out;
  out.name = in.context().database;
  if (!at_database_option(in)) {
    auto name = in.name();
    if (!name) return in.problem("the name of a database");
    out.name = std::move(*name);
  }
  while (!in.at_end()) {
    if (!eat_charset_clause(in, out.charset)) in.skip_one();
  }
  return Statement(std::move(out));
}

Result<Statement> read_alter(TokenReader& in) {
  while (in.eat("ONLINE") || in.eat("OFFLINE") || in.eat("IGNORE")) {
  }
  if (in.eat("TABLE")) return Statement(TRY(read_alter_table(in)));
  if (in.eat("DATABASE") || in.eat("SCHEMA")) return read_alter_database(in);
  (void)read_create_head(in);
  if (!in.at("VIEW") && !in.at("SEQUENCE")) return Statement(NoTable{});
  CreateOther other;
  other.kind = in.take().is("VIEW") ? TableKind::kView : TableKind::kSequence;
  other.alter = true;
  in.eat_if_exists();
  other.table = TRY(read_table(in));
  return Statement(std::move(other));
}

}  // namespace

Result<Statement> read_statement(std::string_view text, const DdlContext& context) {
  if (text.size() > kMaxStatementBytes) {
    return Error{Errc::kTooLarge, "the statement has " + std::to_string(text.size()) + " bytes"};
  }
  TokenReader in(text, context);
  skip_set_statement(in);
  if (in.eat("CREATE")) {
    const CreateHead head = read_create_head(in);
    if (head.index) return read_create_index(in, head.or_replace);
    return read_create(in, head);
  }
  if (in.eat("ALTER")) return read_alter(in);
  if (in.eat("DROP")) return read_drop(in);
  if (in.eat("RENAME") && (in.eat("TABLE") || in.eat("TABLES"))) return read_rename(in);
  if (in.eat("TRUNCATE")) {
    in.eat("TABLE");
    return Statement(TruncateTable{TRY(read_table(in))});
  }
  return Statement(NoTable{});
}

}  // namespace millrace::schema::ddl
