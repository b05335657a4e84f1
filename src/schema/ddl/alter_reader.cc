// SPDX-License-Identifier: Apache-2.0
#include "schema/ddl/alter_reader.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schema/ddl/column_reader.h"
#include "schema/ddl/table_reader.h"

namespace millrace::schema::ddl {
namespace {

class AlterReader {
 public:
  AlterReader(TokenReader& in, AlterTable& out) : in_(in), out_(out) {}

  Status read() {
    while (!in_.at_end() && !in_.at(';')) {
      if (in_.eat(',')) continue;
      if (is_item()) ++out_.items;
      TRY(read_action());
    }
    return Done{};
  }

 private:
  template <class Action>
  Status add(Action action) {
    out_.actions.push_back(std::move(action));
    return Done{};
  }
  Result<std::string> name(std::string_view what) {
    auto name = in_.name();
    if (!name) return in_.problem(what);
    return std::move(*name);
  }

  Status read_action() {
    if (in_.eat("ADD")) return read_add();
    if (in_.eat("DROP")) return read_drop();
    if (in_.eat("CHANGE")) return read_change(true);
    if (in_.at("MODIFY")) {
      in_.take();
      return read_change(false);
    }
    if (in_.eat("ALTER")) return read_alter();
    if (in_.eat("RENAME")) return read_rename();
    if (in_.eat("CONVERT")) return read_convert();
    if (in_.eat_words({"ORDER", "BY"})) return read_order();
    if (in_.eat_words({"PARTITION", "BY"}) || in_.eat_words({"REMOVE", "PARTITIONING"})) {
      return skip_all();
    }
    if (at_partition_action()) return read_partition_action();
    if (in_.at("DISCARD") || in_.at("IMPORT")) return read_tablespace();
    // Options end at these words, which would be left for ever.
    if (in_.at("PARTITION") || in_.at("REMOVE")) return in_.problem("BY or PARTITIONING");
    return read_options();
  }

  // -- ADD ---------------------------------------------------------------------------------------

  Status read_add() {
    if (in_.eat("PARTITION")) return skip_all();
    if (in_.eat_words({"SYSTEM", "VERSIONING"})) return add(SystemVersioning{true});
    if (at_key(in_)) {
      TableElements elements;
      TRY(read_key(in_, elements));
      return add_elements(std::move(elements));
    }
    in_.eat("COLUMN");
    AddColumn column;
    column.if_not_exists = in_.eat_if_not_exists();
    if (in_.at('(')) {
      TableElements elements;
      TRY(read_table_elements(in_, elements));
      return add_elements(std::move(elements), column.if_not_exists);
    }
    column.column.name = TRY(name("the name of the new column"));
    TRY(read_column_definition(in_, column.column));
    TRY(read_place(column.place));
    std::vector<KeySpec> keys;
    add_inline_keys(column.column, in_.context(), keys);
    for (KeySpec& key : keys) key.if_not_exists = column.if_not_exists;
    TRY(add(std::move(column)));
    return add_keys(std::move(keys));
  }

  Status add_keys(std::vector<KeySpec> keys) {
    for (KeySpec& key : keys) TRY(add(AddKey{std::move(key)}));
    return Done{};
  }

  Status add_elements(TableElements elements, bool if_not_exists = false) {
    for (ColumnSpec& column : elements.columns) {
      TRY(add(AddColumn{std::move(column), {}, if_not_exists}));
    }
    for (PeriodSpec& period : elements.periods) TRY(add(AddPeriod{std::move(period)}));
    return add_keys(std::move(elements.keys));
  }

  Status read_place(Place& place) {
    if (in_.eat("FIRST")) {
      place.where = Place::Where::kFirst;
    } else if (in_.eat("AFTER")) {
      place.where = Place::Where::kAfter;
      place.after = TRY(name("a column after AFTER"));
    }
    return Done{};
  }

  // -- DROP --------------------------------------------------------------------------------------

  Status read_drop() {
    if (in_.eat("PARTITION")) return rows_without_events("DROP PARTITION");
    if (in_.eat_words({"SYSTEM", "VERSIONING"})) return add(SystemVersioning{false});
    if (in_.eat_words({"PRIMARY", "KEY"})) return add(DropKey{"PRIMARY"});
    if (in_.at("PERIOD") && in_.peek_second().is("FOR")) {
      in_.take();
      in_.take();
      in_.eat_if_exists();
      return add(DropPeriod{TRY(name("a period"))});
    }
    if (in_.eat("INDEX") || in_.eat("KEY")) {
      DropKey key;
      key.if_exists = in_.eat_if_exists();
      key.name = TRY(name("the name of an index"));
      return add(std::move(key));
    }
    if (in_.eat("CONSTRAINT")) {
      DropKey key;
      key.if_exists = in_.eat_if_exists();
      key.maybe_other = true;
      key.name = TRY(name("the name of a constraint"));
      return add(std::move(key));
    }
    if (in_.eat_words({"FOREIGN", "KEY"}) || in_.eat("CHECK")) {
      in_.skip_item();
      return Done{};
    }
    in_.eat("COLUMN");
    DropColumn column;
    column.if_exists = in_.eat_if_exists();
    column.name = TRY(name("the name of a column"));
    if (!in_.eat("RESTRICT")) in_.eat("CASCADE");
    return add(std::move(column));
  }

  // -- CHANGE, MODIFY, ALTER, RENAME -------------------------------------------------------------

  Status read_change(bool renames) {
    in_.eat("COLUMN");
    ChangeColumn change;
    change.if_exists = in_.eat_if_exists();
    change.old_name = TRY(name("the name of a column"));
    change.column.name = renames ? TRY(name("the column's new name")) : change.old_name;
    TRY(read_column_definition(in_, change.column));
    TRY(read_place(change.place));
    change.keeps_place = change.place.where == Place::Where::kLast;
    std::vector<KeySpec> keys;
    add_inline_keys(change.column, in_.context(), keys);
    TRY(add(std::move(change)));
    return add_keys(std::move(keys));
  }

  Status read_alter() {
    if (in_.at("INDEX") || in_.at("KEY") || in_.at("CHECK") || in_.at("CONSTRAINT")) {
      in_.skip_item();
      return Done{};
    }
    in_.eat("COLUMN");
    AlterColumn alter;
    alter.if_exists = in_.eat_if_exists();
    alter.name = TRY(name("the name of a column"));
    if (in_.eat("SET")) {
      if (in_.at("VISIBLE") || in_.at("INVISIBLE")) alter.invisible = in_.at("INVISIBLE");
    }
    in_.skip_item();
    return add(std::move(alter));
  }

  Status read_rename() {
    if (in_.at("COLUMN") && !in_.peek_second().is('.')) {
      in_.take();
      RenameColumn rename;
      rename.if_exists = in_.eat_if_exists();
      rename.old_name = TRY(name("the name of a column"));
      if (!in_.eat("TO")) return in_.problem("TO");
      rename.new_name = TRY(name("the column's new name"));
      return add(std::move(rename));
    }
    if (in_.at("INDEX") || in_.at("KEY")) {
      in_.take();
      RenameKey rename;
      rename.if_exists = in_.eat_if_exists();
      rename.old_name = TRY(name("the name of an index"));
      if (!in_.eat("TO")) return in_.problem("TO");
      rename.new_name = TRY(name("the index's new name"));
      return add(std::move(rename));
    }
    if (!in_.eat("TO") && !in_.eat("AS")) in_.eat('=');
    auto table = in_.table_name();
    if (!table) return in_.problem("the table's new name");
    return add(RenameTo{std::move(*table)});
  }

  // -- the rest ----------------------------------------------------------------------------------

  Status read_convert() {
    // MariaDB: a partition becomes a table, or a table a partition.
    if (in_.eat("PARTITION")) {
      in_.name();
      ConvertPartition convert;
      if (!in_.eat_words({"TO", "TABLE"})) return in_.problem("TO TABLE");
      auto table = in_.table_name();
      if (!table) return in_.problem("a table");
      convert.table = std::move(*table);
      TRY(add(std::move(convert)));
      return skip_all();
    }
    if (in_.eat("TABLE")) {
      auto table = in_.table_name();
      if (!table) return in_.problem("a table");
      TRY(add(ConvertPartition{std::move(*table), true}));
      return skip_all();
    }
    if (!in_.eat("TO")) return in_.problem("TO");
    ConvertCharset convert;
    if (!eat_charset_clause(in_, convert.charset)) return in_.problem("a character set");
    eat_charset_clause(in_, convert.charset);
    return add(std::move(convert));
  }

  // ORDER BY a, b DESC: its commas are its own, as far as names follow that begin no action.
  Status read_order() {
    do {
      if (at_action() || !in_.name()) return Done{};
      while (in_.eat('.')) in_.name();
      if (!in_.eat("ASC")) in_.eat("DESC");
    } while (in_.eat(','));
    return Done{};
  }
  bool is_item() const {
    if (!in_.at("ALGORITHM")) return !in_.at("LOCK");
    TokenReader ahead = in_;
    ahead.take();
    ahead.eat('=');
    return ahead.at("COPY");
  }
  bool at_action() const {
    return in_.at_any({"ADD", "DROP", "CHANGE", "MODIFY", "ALTER", "RENAME", "CONVERT", "ENGINE",
                       "ALGORITHM", "LOCK", "FORCE", "COMMENT", "DEFAULT", "CHARACTER",
                       "COLLATE"}) &&
           in_.peek_second().kind != TokenKind::kEnd && !in_.peek_second().is(',');
  }

  bool at_partition_action() const {
    return in_.at_any({"TRUNCATE", "EXCHANGE", "COALESCE", "REORGANIZE", "ANALYZE", "CHECK",
                       "OPTIMIZE", "REBUILD", "REPAIR"}) &&
           in_.peek_second().is("PARTITION");
  }
  Status read_partition_action() {
    if (in_.at("TRUNCATE")) return rows_without_events("TRUNCATE PARTITION");
    if (!in_.at("EXCHANGE")) return skip_all();
    RowsWithoutEvents exchange{"EXCHANGE PARTITION", std::nullopt};
    while (!in_.at_end() && !in_.eat("TABLE")) in_.take();
    exchange.exchange = in_.table_name();
    TRY(add(std::move(exchange)));
    return skip_all();
  }
  Status read_tablespace() {
    const bool imports = in_.at("IMPORT");
    return rows_without_events(imports ? "IMPORT TABLESPACE" : "DISCARD TABLESPACE");
  }
  Status rows_without_events(const char* action) {
    TRY(add(RowsWithoutEvents{action, std::nullopt}));
    return skip_all();
  }

  // Options of the table, with or without commas between; FORCE, ALGORITHM and what we do not know.
  Status read_options() {
    SetOptions options;
    while (!in_.at_end() && !in_.at(',') && !in_.at(';') && !in_.at("PARTITION") &&
           !in_.at("REMOVE")) {
      read_table_option(in_, options.options);
    }
    return add(std::move(options));
  }

  Status skip_all() {
    while (!in_.at_end()) in_.take();
    return Done{};
  }

  TokenReader& in_;
  AlterTable& out_;
};

}  // namespace

Result<AlterTable> read_alter_table(TokenReader& in) {
  AlterTable out;
  out.if_exists = in.eat_if_exists();
  auto table = in.table_name();
  if (!table) return in.problem("the name of a table");
  out.table = std::move(*table);
  if (in.eat("WAIT")) {
    in.take();
  } else {
    in.eat("NOWAIT");
  }
  out.actions_offset = in.peek().begin;
  TRY(AlterReader(in, out).read());
  return out;
}

}  // namespace millrace::schema::ddl
