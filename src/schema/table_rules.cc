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
// the columns that are there, in their order, then the new and the moved ones in the statement's
// (a moved one leaves its old place only when its turn comes), then keys; whatever is dropped or
// changed is named as it was before.
class Alteration {
 public:
  Alteration(const Table& table, const AlterTable& statement, const CharsetDefaults& defaults,
             const DdlContext& context)
      : old_(table), statement_(statement), defaults_(defaults), context_(context), new_(table) {}

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
    if (converts_nothing()) return old_;
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
        TRY(set_charset(set->options.charset, defaults_.database));
      } else if (const auto* convert = std::get_if<ConvertCharset>(&action)) {
        const bool of_session = !default_is_charset_alone(context_);
        const CharsetPair before = table_charset();
        TRY(set_charset(convert->charset, of_session ? defaults_.session : defaults_.database));
        converts_to_ = table_charset();
        // For MariaDB the table's own clause counts more, wherever it stands.
        if (context_.is_mariadb() && sets_charset()) set_pair(before);
      }
    }
    return Done{};
  }
  Status set_charset(const CharsetClause& clause, const CharsetPair& fallback) {
    if (!clause.empty())
      set_pair(TRY(resolve_charset(clause, table_charset(), fallback, context_)));
    return Done{};
  }
  void set_pair(CharsetPair pair) {
    new_.charset = std::move(pair.charset);
    new_.collation = std::move(pair.collation);
  }
  bool sets_charset() const {
    bool sets = false;
    for_each<SetOptions>(
        [&](const SetOptions& set) { sets = sets || !set.options.charset.empty(); });
    return sets;
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

  // MySQL keeps the invisible primary key that it generated before all other columns.
  bool has_generated_key() const {
    return !context_.is_mariadb() && !new_.columns.empty() && new_.columns[0].invisible &&
           same_name(new_.columns[0].name, "my_row_id");
  }

  void erase(size_t index) {
    new_.columns.erase(new_.columns.begin() + static_cast<ptrdiff_t>(index));
    origins_.erase(origins_.begin() + static_cast<ptrdiff_t>(index));
  }

  Status place(const ColumnSpec& spec, const Place& place, size_t origin) {
    Column column = TRY(make_column(spec, table_charset(), context_));
    size_t at = new_.columns.size();
    if (place.where == Place::Where::kFirst) at = has_generated_key() ? 1 : 0;
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
        const auto there = std::find(origins_.begin(), origins_.end(), origin);
        if (there != origins_.end()) erase(static_cast<size_t>(there - origins_.begin()));
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
          if (is_hidden_period_column(new_.columns[i])) erase(i);
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
    if (!converts_to_) return Done{};
    for (Column& column : new_.columns) convert_column(column, *converts_to_, context_);
    for (const AlterAction& action : statement_.actions) {
      const auto* add = std::get_if<AddColumn>(&action);
      if (add != nullptr && is_new(add->column.name)) TRY(declare_converted(add->column));
      const auto* change = std::get_if<ChangeColumn>(&action);
      if (change != nullptr && find_column(old_.columns, change->old_name) < old_.columns.size()) {
        TRY(declare_converted(change->column));
        size_by_old_column(*change);
      }
    }
    return Done{};
  }

  // Not so where ADD IF NOT EXISTS found one.
  bool is_new(const std::string& column) const {
    const size_t index = find_column(new_.columns, column);
    return index < new_.columns.size() && origins_[index] == old_.columns.size();
  }

  void size_by_old_column(const ChangeColumn& change) {
    const size_t now = find_column(new_.columns, change.column.name);
    const size_t before = find_column(old_.columns, change.old_name);
    if (now == new_.columns.size() || before == old_.columns.size()) return;
    schema::size_by_old_column(change.column, old_.columns[before], context_, new_.columns[now]);
  }

  // A column that is declared in the same statement is made in the new charset at once, and stays
  // BINARY if it says so.
  Status declare_converted(const ColumnSpec& spec) {
    const size_t index = find_column(new_.columns, spec.name);
    if (index == new_.columns.size()) return Done{};
    Column& column = new_.columns[index];
    if (column.charset != converts_to_->charset || column.charset == "binary") return Done{};
    ColumnSpec converted = spec;
    converted.charset = {};
    converted.charset.charset = converts_to_->charset;
    // Beside a charset of its own BINARY goes with that charset; before MySQL 8.0 only where the
    // charset is a single word.
    const bool goes_with_charset =
        context_.is_mariadb() ? default_is_charset_alone(context_) : context_.version >= 80000;
    const bool is_lost = goes_with_charset ? !spec.charset.charset.empty() : spec.charset.is_word;
    converted.charset.binary = spec.charset.binary && !is_lost;
    if (!converted.charset.binary) converted.charset.collation = converts_to_->collation;
    const bool nullable = column.nullable;
    column = TRY(make_column(converted, *converts_to_, context_));
    column.nullable = nullable;
    return Done{};
  }

  // MySQL before 8.0 does nothing at all, not even to the table's defaults, where no column has
  // to be converted and keys, at most, are dropped and made again as they were.
  bool converts_nothing() const {
    if (context_.is_mariadb() || context_.version >= 80000 || !converts_to_) return false;
    size_t about_keys = 0;
    for_each<DropKey>(
        [&](const DropKey& drop) { about_keys += is_known_key(drop.name) ? 1U : 0U; });
    for_each<AddKey>([&](const AddKey& add) {
      about_keys += add.key.kind != KeySpec::Kind::kOther ? 1U : 0U;  // those are not kept
    });
    return statement_.items == 1 + about_keys && new_.columns == old_.columns &&
           new_.keys == old_.keys;
  }
  bool is_known_key(const std::string& name) const {
    return std::any_of(old_.keys.begin(), old_.keys.end(),
                       [&](const Key& key) { return same_name(key.name, name); });
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
        auto index = static_cast<size_t>(moved - origins_.begin());
        uint32_t prefix = part.prefix;
        const ChangeColumn* change = find(&ChangeColumn::old_name, old_.columns[part.column].name);
        if (change != nullptr && change->column.is_point) prefix = 0;  // always the whole
        if (moved == origins_.end()) {
          // It is dropped; but a new one of its name takes over its place, with its length.
          const Column& dropped = old_.columns[part.column];
          index = find_column(new_.columns, dropped.name);
          if (index == origins_.size() || origins_[index] != old_.columns.size()) continue;
          if (prefix == 0) prefix = characters(dropped);
        }
        kept.parts.push_back({.column = static_cast<uint16_t>(index),
                              .prefix = adapted_prefix(prefix, new_.columns[index])});
      }
      // With its last column a key goes too.
      if (!kept.parts.empty() || kept.functional) new_.keys.push_back(std::move(kept));
    }
    return Done{};
  }

  Status add_keys() {
    std::vector<PeriodSpec> periods;
    for_each<AddPeriod>([&](const AddPeriod& add) { periods.push_back(add.period); });
    KeyBuilder keys(new_, periods, context_);
    for_each<AddColumn>([&](const AddColumn& add) { keys.declare(add.column); });
    for_each<ChangeColumn>([&](const ChangeColumn& change) { keys.declare(change.column); });
    for (const AlterAction& action : statement_.actions) {
      if (const auto* add = std::get_if<AddKey>(&action)) TRY(keys.add(add->key));
    }
    keys.finish();
    return Done{};
  }

  const Table& old_;
  const AlterTable& statement_;
  const CharsetDefaults& defaults_;
  const DdlContext& context_;
  Table new_;
  std::optional<CharsetPair> converts_to_;
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
  KeyBuilder keys(table, statement.periods, context);
  for (const ColumnSpec& spec : statement.columns) keys.declare(spec);
  for (const KeySpec& key : statement.keys) TRY(keys.add(key));
  keys.finish();
  return table;
}

Result<Table> alter_table(const Table& table, const AlterTable& statement,
                          const CharsetDefaults& defaults, const DdlContext& context) {
  return Alteration(table, statement, defaults, context).run();
}

}  // namespace millrace::schema
