// SPDX-License-Identifier: Apache-2.0
#include "schema/table_rules.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "schema/column_rules.h"
#include "schema/key_rules.h"
#include "schema/limits.h"
#include "schema/names.h"

namespace millrace::schema {
namespace {

using namespace ddl;  // the statement's parts, all of them

Error mismatch(const TableName& table, const std::string& what) {
  return Error{Errc::kMismatch, "`" + table.database + "`.`" + table.name + "`: " + what};
}

bool has_own_period(const std::vector<ColumnSpec>& columns) {
  return std::any_of(columns.begin(), columns.end(),
                     [](const ColumnSpec& c) { return !c.generated_as.empty(); });
}

void add_hidden_period(Table& table) {
  table.columns.push_back(hidden_period_column(true));
  table.columns.push_back(hidden_period_column(false));
}

// Both columns of a period of the application are NOT NULL.
void apply_period(const PeriodSpec& period, Table& table) {
  for (const std::string& name : {period.start, period.end}) {
    const size_t index = find_column(table.columns, name);
    if (index < table.columns.size()) table.columns[index].nullable = false;
  }
}

// One ALTER TABLE on a copy. The server's order (mysql_prepare_alter_table): first what becomes of
// the columns that are there, in their order, then the new and the moved ones in the statement's,
// then keys; whatever is dropped or changed is named as it was before.
class Alteration {
 public:
  Alteration(const Table& table, const AlterTable& statement, const CharsetPair& database,
             const DdlContext& context)
      : old_(table), statement_(statement), database_(database), context_(context), new_(table) {}

  Result<Table> run() {
    TRY(set_options());
    TRY(check_names());
    TRY(keep_columns());
    TRY(place_columns());
    apply_versioning();
    for_each<AddPeriod>([&](const AddPeriod& add) { apply_period(add.period, new_); });
    if (new_.columns.empty() || new_.columns.size() > kMaxColumns) {
      return mismatch(statement_.table, "no columns would be left, or too many");
    }
    TRY(convert());
    TRY(keep_keys());
    TRY(add_keys());
    finish_keys(new_);
    return std::move(new_);
  }

 private:
  template <class Action, class Visit>
  void for_each(Visit visit) const {
    for (const AlterAction& action : statement_.actions) {
      if (const auto* one = std::get_if<Action>(&action)) visit(*one);
    }
  }
  // The last action of its kind about the old column of that name.
  template <class Action>
  const Action* find(std::string Action::*name, const std::string& column) const {
    const Action* found = nullptr;
    for_each<Action>([&](const Action& action) {
      if (same_name(action.*name, column)) found = &action;
    });
    return found;
  }
  CharsetPair table_charset() const { return {new_.charset, new_.collation}; }

  Status set_options() {
    for (const AlterAction& action : statement_.actions) {
      if (const auto* set = std::get_if<SetOptions>(&action)) {
        if (!set->options.engine.empty()) new_.engine = set->options.engine;
        TRY(set_charset(set->options.charset));
      } else if (const auto* convert = std::get_if<ConvertCharset>(&action)) {
        TRY(set_charset(convert->charset));
      }
    }
    return Done{};
  }
  Status set_charset(const CharsetClause& clause) {
    if (clause.empty()) return Done{};
    CharsetPair pair = TRY(resolve_charset(clause, table_charset(), database_, context_));
    new_.charset = std::move(pair.charset);
    new_.collation = std::move(pair.collation);
    return Done{};
  }

  // That what is dropped, changed or renamed is there.
  Status check_names() {
    std::string missing;
    const auto check = [&](const std::string& name, bool if_exists) {
      if (!if_exists && find_column(old_.columns, name) == old_.columns.size()) missing = name;
    };
    for_each<DropColumn>([&](const DropColumn& a) { check(a.name, a.if_exists); });
    for_each<ChangeColumn>([&](const ChangeColumn& a) { check(a.old_name, a.if_exists); });
    for_each<RenameColumn>([&](const RenameColumn& a) { check(a.old_name, a.if_exists); });
    for_each<AlterColumn>([&](const AlterColumn& a) { check(a.name, a.if_exists); });
    if (missing.empty()) return Done{};
    return mismatch(statement_.table, "column `" + missing + "` is not there");
  }

  Status keep_columns() {
    new_.columns.clear();
    for (size_t i = 0; i < old_.columns.size(); ++i) {
      const Column& column = old_.columns[i];
      if (find(&DropColumn::name, column.name) != nullptr) continue;
      const ChangeColumn* change = find(&ChangeColumn::old_name, column.name);
      if (change != nullptr && !change->keeps_place) continue;
      Column kept = column;
      if (change != nullptr) kept = TRY(make_column(change->column, table_charset(), context_));
      if (const auto* rename = find(&RenameColumn::old_name, column.name)) {
        kept.name = rename->new_name;
      }
      const AlterColumn* alter = find(&AlterColumn::name, column.name);
      if (alter != nullptr && alter->invisible) kept.invisible = *alter->invisible;
      push(std::move(kept), new_.columns.size(), i);
    }
    return Done{};
  }

  // `origin`: the old column's index, or old_.columns.size() of a new one.
  void push(Column column, size_t at, size_t origin) {
    new_.columns.insert(new_.columns.begin() + static_cast<ptrdiff_t>(at), std::move(column));
    origins_.insert(origins_.begin() + static_cast<ptrdiff_t>(at), origin);
  }

  Status place(const ColumnSpec& spec, const Place& place, size_t origin) {
    Column column = TRY(make_column(spec, table_charset(), context_));
    size_t at = new_.columns.size();
    if (place.where == Place::Where::kFirst) at = 0;
    if (place.where == Place::Where::kAfter) {
      at = find_column(new_.columns, place.after);
      if (at == new_.columns.size()) {
        return mismatch(statement_.table, "AFTER `" + place.after + "`, which is not there");
      }
      ++at;
    }
    push(std::move(column), at, origin);
    return Done{};
  }

  Status place_columns() {
    for (const AlterAction& action : statement_.actions) {
      if (const auto* add = std::get_if<AddColumn>(&action)) {
        if (find_column(new_.columns, add->column.name) < new_.columns.size()) {
          if (add->if_not_exists) continue;
          return mismatch(statement_.table, "column `" + add->column.name + "` is there already");
        }
        TRY(place(add->column, add->place, old_.columns.size()));
      } else if (const auto* change = std::get_if<ChangeColumn>(&action)) {
        const size_t origin = find_column(old_.columns, change->old_name);
        if (change->keeps_place || origin == old_.columns.size()) continue;
        TRY(place(change->column, change->place, origin));
      }
    }
    return Done{};
  }

  void apply_versioning() {
    for_each<SystemVersioning>([&](const SystemVersioning& versioning) {
      const auto hidden =
          std::find_if(new_.columns.begin(), new_.columns.end(), is_hidden_period_column);
      if (!versioning.add) {
        for (size_t i = new_.columns.size(); i-- > 0;) {
          if (!is_hidden_period_column(new_.columns[i])) continue;
          new_.columns.erase(new_.columns.begin() + static_cast<ptrdiff_t>(i));
          origins_.erase(origins_.begin() + static_cast<ptrdiff_t>(i));
        }
      } else if (hidden == new_.columns.end() && !adds_own_period()) {
        add_hidden_period(new_);
        origins_.resize(new_.columns.size(), old_.columns.size());
      }
    });
  }
  bool adds_own_period() const {
    bool own = false;
    for_each<AddPeriod>(
        [&](const AddPeriod& add) { own = own || same_name(add.period.name, "SYSTEM_TIME"); });
    return own;
  }

  Status convert() {
    bool converts = false;
    for_each<ConvertCharset>([&](const ConvertCharset&) { converts = true; });
    if (!converts) return Done{};
    for (Column& column : new_.columns) convert_column(column, table_charset());
    return Done{};
  }

  bool drops_key(const Key& key) const {
    const DropKey* drop = find(&DropKey::name, key.name);
    return drop != nullptr && (!key.primary || same_name(drop->name, "PRIMARY"));
  }

  Status keep_keys() {
    new_.keys.clear();
    for (const Key& key : old_.keys) {
      if (drops_key(key)) continue;
      Key kept = key;
      if (const auto* rename = find(&RenameKey::old_name, key.name)) kept.name = rename->new_name;
      kept.parts.clear();
      for (const KeyPart& part : key.parts) {
        const auto moved = std::find(origins_.begin(), origins_.end(), part.column);
        if (moved == origins_.end()) continue;
        const auto index = static_cast<size_t>(moved - origins_.begin());
        kept.parts.push_back({.column = static_cast<uint16_t>(index),
                              .prefix = adapted_prefix(part.prefix, new_.columns[index])});
      }
      // With its last column a key goes too.
      if (!kept.parts.empty() || kept.functional) new_.keys.push_back(std::move(kept));
    }
    return Done{};
  }

  Status add_keys() {
    std::vector<PeriodSpec> periods;
    for_each<AddPeriod>([&](const AddPeriod& add) { periods.push_back(add.period); });
    KeyBuilder keys(new_, periods);
    for (const AlterAction& action : statement_.actions) {
      if (const auto* add = std::get_if<AddKey>(&action)) TRY(keys.add(add->key));
    }
    return Done{};
  }

  const Table& old_;
  const AlterTable& statement_;
  const CharsetPair& database_;
  const DdlContext& context_;
  Table new_;
  std::vector<size_t> origins_;  // for each new column, where it was
};

}  // namespace

Result<Table> create_table(const CreateTable& statement, const CharsetPair& database,
                           const DdlContext& context) {
  if (statement.has_select) {
    return mismatch(statement.table, "its columns come from a query");
  }
  if (statement.columns.size() > kMaxColumns) return mismatch(statement.table, "too many columns");
  Table table;
  table.database = statement.table.database;
  table.name = statement.table.name;
  table.engine = statement.options.engine;
  CharsetPair charset =
      TRY(resolve_charset(statement.options.charset, database, database, context));
  for (const ColumnSpec& spec : statement.columns) {
    if (find_column(table.columns, spec.name) < table.columns.size()) {
      return mismatch(statement.table, "two columns `" + spec.name + "`");
    }
    table.columns.push_back(TRY(make_column(spec, charset, context)));
  }
  table.charset = std::move(charset.charset);
  table.collation = std::move(charset.collation);
  const bool versioned = statement.options.system_versioning ||
                         std::any_of(statement.columns.begin(), statement.columns.end(),
                                     [](const ColumnSpec& c) { return c.versioned; });
  if (versioned && !has_own_period(statement.columns)) add_hidden_period(table);
  for (const PeriodSpec& period : statement.periods) apply_period(period, table);
  KeyBuilder keys(table, statement.periods);
  for (const KeySpec& key : statement.keys) TRY(keys.add(key));
  finish_keys(table);
  return table;
}

Result<Table> alter_table(const Table& table, const AlterTable& statement,
                          const CharsetPair& database, const DdlContext& context) {
  return Alteration(table, statement, database, context).run();
}

}  // namespace millrace::schema
