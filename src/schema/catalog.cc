// SPDX-License-Identifier: Apache-2.0
#include "schema/catalog.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "base/charset.h"
#include "schema/collation_rules.h"
#include "schema/ddl/reader.h"
#include "schema/key_rules.h"
#include "schema/names.h"
#include "schema/table_rules.h"

namespace millrace::schema {

using namespace ddl;  // the parts of statements, all of them

namespace {

constexpr size_t kShownStatement = 200;  // bytes of it that are kept

// Names as all of us write them, whatever the source's version calls them.
void make_canonical(std::string& charset, std::string& collation) {
  if (const Charset* known = find_charset(charset)) charset = known->name;
  // The names that both flavours have mean the same here: only the spelling is looked for.
  if (const Collation* known = find_collation(std::string_view(collation))) {
    collation = known->name;
  }
}

Error unknown_table(const TableName& table) {
  return Error{Errc::kMismatch,
               "`" + table.database + "`.`" + table.name + "` is not a table that we know"};
}

}  // namespace

// Applies one statement to a copy-on-write view of the catalog: nothing is seen of it until all of
// it was right.
class Applier {
 public:
  // `text`: the statement's beginning, for what it leaves in doubt.
  Applier(const Catalog& catalog, const DdlContext& context, std::string text)
      : catalog_(catalog), context_(context), text_(std::move(text)) {
    if (!context_.explicit_defaults_for_timestamp) {
      context_.explicit_defaults_for_timestamp = catalog.server().explicit_defaults_for_timestamp;
    }
  }

  std::vector<Change> take() { return std::move(changes_); }

  Status operator()(const NoTable&) { return Done{}; }

  Status operator()(const CreateTable& statement) {
    if (statement.temporary) return Done{};
    if (failed()) {
      // CREATE OR REPLACE had dropped the old one before it failed.
      if (statement.or_replace && find(statement.table) != nullptr) drop(statement.table);
      return Done{};
    }
    if (statement.if_not_exists && find(statement.table)) return Done{};
    if (statement.like) {
      const TablePtr source = find(*statement.like);
      if (source == nullptr || source->kind == TableKind::kView) {
        return unknown_table(*statement.like);
      }
      const std::optional<std::string> by = doubted_by(*statement.like);
      Table copy = *source;
      forget_declared_hashes(copy);
      set_named(statement.table, std::move(copy));
      if (by) doubt(statement.table, *by);
      return Done{};
    }
    Table table =
        TRY(create_table(statement, database_charset(statement.table.database), context_));
    set_named(statement.table, std::move(table));
    if (statement.unsure) doubt(statement.table, text_);
    return Done{};
  }

  Status operator()(const AlterTable& statement) {
    if (failed()) return Done{};
    const TablePtr table = find(statement.table);
    if (table == nullptr || table->kind == TableKind::kView) {
      if (statement.if_exists) return Done{};
      return unknown_table(statement.table);
    }
    if (table->kind == TableKind::kSequence) return rename_by_alter(statement, table);
    const CharsetDefaults defaults{database_charset(table->database), session_charset()};
    Table altered = TRY(alter_table(*table, statement, defaults, context_));
    TRY(apply_side_effects(statement, altered));
    const std::optional<std::string> by = doubted_by(statement.table);
    TableName name = statement.table;
    if (!(altered == *table)) {
      set_named(name, std::move(altered));
      if (by) doubt(name, *by);
    }
    return move_by_alter(statement, std::move(name));
  }

  Status operator()(const AlterIndex& statement) {
    if (statement.or_replace && !failed()) {
      // CREATE OR REPLACE INDEX: the old one goes first.
      AlterTable alter = statement.alter;
      for (const AlterAction& action : statement.alter.actions) {
        if (const auto* add = std::get_if<AddKey>(&action)) {
          alter.actions.insert(alter.actions.begin(), DropKey{add->key.name, true, true});
        }
      }
      return (*this)(alter);
    }
    return (*this)(statement.alter);
  }

  Status operator()(const RenameTables& statement) {
    if (failed()) return Done{};
    for (const RenameTables::Pair& pair : statement.pairs) {
      if (find(pair.from) == nullptr) {
        if (statement.if_exists) continue;
        return unknown_table(pair.from);
      }
      move(pair.from, pair.to);
    }
    return Done{};
  }

  Status operator()(const DropTables& statement) {
    if (statement.temporary) return Done{};
    for (const TableName& name : statement.tables) {
      const TablePtr table = find(name);
      if (table == nullptr) continue;
      // DROP TABLE takes a sequence too, on some versions; a view only goes by its own name.
      const bool is_view = table->kind == TableKind::kView;
      if (is_view == (statement.kind == TableKind::kView)) drop(name);
    }
    return Done{};
  }

  Status operator()(const TruncateTable&) { return Done{}; }

  Status operator()(const CreateDatabase& statement) {
    if (failed()) return Done{};
    const Database* known = catalog_.find_database(statement.name);
    if (known != nullptr && statement.if_not_exists) return Done{};
    if (known != nullptr && statement.or_replace) drop_tables_of(statement.name);
    const CharsetPair server = server_charset();
    const CharsetPair pair = TRY(resolve_charset(statement.charset, server, server, context_));
    set_database({catalog_.stored(statement.name), pair.charset, pair.collation});
    return Done{};
  }

  Status operator()(const AlterDatabase& statement) {
    if (failed() || statement.charset.empty()) return Done{};
    const CharsetPair inherited = database_charset(statement.name);
    const CharsetPair pair =
        TRY(resolve_charset(statement.charset, inherited, server_charset(), context_));
    set_database({catalog_.stored(statement.name), pair.charset, pair.collation});
    return Done{};
  }

  Status operator()(const DropDatabase& statement) {
    // A DROP DATABASE that failed half-way logs the tables that it dropped.
    if (failed()) return Done{};
    drop_tables_of(statement.name);
    if (catalog_.find_database(statement.name) != nullptr) {
      Change change;
      change.kind = Change::Kind::kDatabaseDropped;
      change.database = catalog_.stored(statement.name);
      changes_.push_back(std::move(change));
    }
    return Done{};
  }

  Status operator()(const CreateOther& statement) {
    if (failed() || statement.temporary) return Done{};
    const TablePtr known = find(statement.table);
    if (known != nullptr && (statement.if_not_exists || statement.alter)) return Done{};
    Table table;
    table.kind = statement.kind;
    set_named(statement.table, std::move(table));
    return Done{};
  }

 private:
  using NameKey = Catalog::Key;

  bool failed() const { return context_.error_code != 0; }
  NameKey key(const TableName& name) const {
    return {catalog_.fold(name.database), catalog_.fold(name.name)};
  }
  TablePtr find(const TableName& name) const {
    const auto changed = tables_.find(key(name));
    if (changed != tables_.end()) return changed->second;
    return catalog_.find(name.database, name.name);
  }
  // What put it in doubt; nullopt: it is certain.
  std::optional<std::string> doubted_by(const TableName& name) const {
    const auto changed = doubts_.find(key(name));
    if (changed != doubts_.end()) return changed->second;
    if (!catalog_.in_doubt(name.database, name.name)) return std::nullopt;
    return catalog_.doubted_by(name.database, name.name);
  }

  CharsetPair server_charset() const {
    const Collation* server = find_collation(context_.server_collation, context_.is_mariadb());
    if (server != nullptr) return {std::string(server->charset->name), std::string(server->name)};
    return {catalog_.server().charset, catalog_.server().collation};
  }
  CharsetPair database_charset(const std::string& name) const {
    if (const Database* known = catalog_.find_database(name)) {
      return {known->charset, known->collation};
    }
    const Collation* current = find_collation(context_.database_collation, context_.is_mariadb());
    if (current != nullptr && name == context_.database) {
      return {std::string(current->charset->name), std::string(current->name)};
    }
    return server_charset();
  }

  // The session's collation_database: that of its database, unless the event says another.
  CharsetPair session_charset() const {
    const Collation* set = find_collation(context_.database_collation, context_.is_mariadb());
    if (set != nullptr) return {std::string(set->charset->name), std::string(set->name)};
    return context_.database.empty() ? server_charset() : database_charset(context_.database);
  }

  void push(Change change, TablePtr after) {
    const NameKey name(catalog_.fold(change.database), catalog_.fold(change.table));
    tables_[name] = std::move(after);
    doubts_[name] = std::nullopt;
    changes_.push_back(std::move(change));
  }
  Change change_of(Change::Kind kind, const TableName& name) const {
    Change change;
    change.kind = kind;
    change.database = catalog_.stored(name.database);
    change.table = catalog_.stored(name.name);
    change.before = find(name);
    return change;
  }
  void set_named(const TableName& name, Table table) {
    Change change = change_of(Change::Kind::kTableSet, name);
    table.database = change.database;
    table.name = change.table;
    change.after = std::make_shared<const Table>(std::move(table));
    const TablePtr after = change.after;
    push(std::move(change), after);
  }
  void drop(const TableName& name) { push(change_of(Change::Kind::kTableDropped, name), nullptr); }
  void move(const TableName& from, const TableName& to) {
    const TablePtr table = find(from);
    Change change = change_of(Change::Kind::kTableSet, to);
    change.before = table;
    change.old_database = table->database;
    change.old_table = table->name;
    Table moved = *table;
    moved.database = change.database;
    moved.name = change.table;
    change.after = std::make_shared<const Table>(std::move(moved));
    const TablePtr after = change.after;
    const std::optional<std::string> by = doubted_by(from);
    tables_[key(from)] = nullptr;
    doubts_[key(from)] = std::nullopt;
    push(std::move(change), after);
    if (by) doubt(to, *by);
  }
  // What is made of a doubtful table is doubtful.
  void doubt(const TableName& name, const std::string& by) {
    Change change = change_of(Change::Kind::kInDoubt, name);
    change.before = nullptr;
    change.statement = by;
    doubts_[key(name)] = by;
    changes_.push_back(std::move(change));
  }
  void drop_tables_of(const std::string& database) {
    catalog_.for_each_table([&](const TablePtr& table) {
      if (catalog_.fold(table->database) == catalog_.fold(database)) {
        drop({table->database, table->name});
      }
    });
  }
  void set_database(Database database) {
    Change change;
    change.kind = Change::Kind::kDatabaseSet;
    change.database = database.name;
    change.defaults = std::move(database);
    changes_.push_back(std::move(change));
  }

  // Other tables that an ALTER makes or takes away (MariaDB's CONVERT).
  Status apply_side_effects(const AlterTable& statement, const Table& altered) {
    for (const AlterAction& action : statement.actions) {
      const auto* convert = std::get_if<ConvertPartition>(&action);
      if (convert == nullptr) continue;
      if (!convert->to_partition) {
        set_named(convert->table, altered);
      } else if (find(convert->table) != nullptr) {
        drop(convert->table);
      }
    }
    return Done{};
  }
  Status move_by_alter(const AlterTable& statement, TableName name) {
    for (const AlterAction& action : statement.actions) {
      const auto* rename = std::get_if<RenameTo>(&action);
      if (rename == nullptr || key(rename->table) == key(name)) continue;
      move(name, rename->table);
      name = rename->table;
    }
    return Done{};
  }
  Status rename_by_alter(const AlterTable& statement, const TablePtr& table) {
    return move_by_alter(statement, {table->database, table->name});
  }

  const Catalog& catalog_;
  DdlContext context_;
  const std::string text_;
  std::map<NameKey, TablePtr> tables_;  // as of the changes so far; null: gone
  std::map<NameKey, std::optional<std::string>> doubts_;
  std::vector<Change> changes_;
};

std::string Catalog::fold(std::string_view name) const {
  return server_.lower_case_table_names == 0 ? std::string(name) : fold_name(name);
}

std::string Catalog::stored(std::string_view name) const {
  return server_.lower_case_table_names == 1 ? fold_name(name) : std::string(name);
}

TablePtr Catalog::find(std::string_view database, std::string_view table) const {
  const auto found = tables_.find(Key(fold(database), fold(table)));
  return found == tables_.end() ? nullptr : found->second;
}

const Database* Catalog::find_database(std::string_view name) const {
  const auto found = databases_.find(fold(name));
  return found == databases_.end() ? nullptr : &found->second;
}

bool Catalog::in_doubt(std::string_view database, std::string_view table) const {
  return in_doubt_.count(Key(fold(database), fold(table))) != 0;
}

std::string Catalog::doubted_by(std::string_view database, std::string_view table) const {
  const auto found = in_doubt_.find(Key(fold(database), fold(table)));
  return found == in_doubt_.end() ? std::string() : found->second;
}

std::vector<ObjectRef> Catalog::doubted() const {
  std::vector<ObjectRef> all;
  all.reserve(in_doubt_.size());
  for (const auto& [key, statement] : in_doubt_) all.push_back({key.first, key.second});
  return all;
}

void Catalog::for_each_table(const std::function<void(const TablePtr&)>& visit) const {
  for (const auto& [key, table] : tables_) visit(table);
}

const HelperTag* Catalog::helper(std::string_view database, std::string_view table) const {
  if (helpers_.empty()) return nullptr;
  const auto found = helpers_.find(key(database, table));
  return found == helpers_.end() ? nullptr : &found->second;
}

void Catalog::for_each_table_of(std::string_view database,
                                const std::function<void(const TablePtr&)>& visit) const {
  const std::string folded = fold(database);
  for (auto at = tables_.lower_bound(Key(folded, "")); at != tables_.end(); ++at) {
    if (at->first.first != folded) break;
    visit(at->second);
  }
}

void Catalog::for_each_database(const std::function<void(const Database&)>& visit) const {
  for (const auto& [key, database] : databases_) visit(database);
}

Result<std::vector<Change>> Catalog::apply(const Statement& statement, const DdlContext& context) {
  return apply(statement, context, "");
}

Result<std::vector<Change>> Catalog::apply(const Statement& statement, const DdlContext& context,
                                           std::string text) {
  Applier applier(*this, context, std::move(text));
  TRY(std::visit(applier, statement));
  std::vector<Change> changes = applier.take();
  for (const Change& change : changes) replay(change);
  return changes;
}

std::vector<Change> Catalog::doubt(const std::vector<ObjectRef>& objects,
                                   std::string_view statement) {
  std::vector<Change> changes;
  const auto mark = [&](const TablePtr& table) {
    if (table->kind == TableKind::kView || in_doubt(table->database, table->name)) return;
    Change change;
    change.kind = Change::Kind::kInDoubt;
    change.database = table->database;
    change.table = table->name;
    change.statement = statement;
    replay(change);
    changes.push_back(std::move(change));
  };
  for (const ObjectRef& object : objects) {
    if (!object.name.empty()) {
      if (const TablePtr table = find(object.database, object.name)) mark(table);
      continue;
    }
    for_each_table([&](const TablePtr& table) {
      if (fold(table->database) == fold(object.database)) mark(table);
    });
  }
  return changes;
}

std::vector<Change> Catalog::apply_text(std::string_view text, const DdlContext& context,
                                        std::string* problem) {
  const auto beginning = [&] {
    return to_utf8("utf8mb4", as_bytes(mask_passwords(text, context).substr(0, kShownStatement)));
  };
  const auto fail = [&](const Error& error) {
    if (problem != nullptr) *problem = error.what;
    return doubt(classify(text, context).objects, beginning());
  };
  auto statement = read_statement(text, context);
  if (!statement) return fail(statement.error());
  const auto* create = std::get_if<CreateTable>(&*statement);
  const bool unsure = create != nullptr && create->unsure;
  auto changes = apply(*statement, context, unsure ? beginning() : std::string());
  if (!changes) return fail(changes.error());
  return std::move(*changes);
}

void Catalog::replay(const Change& change) {
  const Key key(fold(change.database), fold(change.table));
  switch (change.kind) {
    case Change::Kind::kServer:
      server_ = change.server;
      break;
    case Change::Kind::kDatabaseSet:
      databases_[fold(change.database)] = change.defaults;
      break;
    case Change::Kind::kDatabaseDropped:
      databases_.erase(fold(change.database));
      break;
    case Change::Kind::kTableSet:
      if (!change.old_table.empty()) {
        const Key old(fold(change.old_database), fold(change.old_table));
        tables_.erase(old);
        in_doubt_.erase(old);
        helpers_.erase(old);
        helpers_.erase(key);
      }
      tables_[key] = change.after;
      in_doubt_.erase(key);
      break;
    case Change::Kind::kTableDropped:
      tables_.erase(key);
      in_doubt_.erase(key);
      helpers_.erase(key);
      break;
    case Change::Kind::kInDoubt:
      in_doubt_[key] = change.statement;
      break;
    case Change::Kind::kCertain:
      in_doubt_.erase(key);
      break;
    case Change::Kind::kHelperSet:
      helpers_[key] = change.helper;
      break;
    case Change::Kind::kHelperGone:
      helpers_.erase(key);
      break;
  }
}

void Catalog::put(Table table) {
  make_canonical(table.charset, table.collation);
  for (Column& column : table.columns) make_canonical(column.charset, column.collation);
  Change change;
  change.database = table.database;
  change.table = table.name;
  change.after = std::make_shared<const Table>(std::move(table));
  replay(change);
}

void Catalog::put(Database database) {
  make_canonical(database.charset, database.collation);
  databases_[fold(database.name)] = std::move(database);
}

std::vector<Change> Catalog::snapshot() const {
  std::vector<Change> changes;
  changes.reserve(1 + databases_.size() + tables_.size() + in_doubt_.size() + helpers_.size());
  Change server;
  server.kind = Change::Kind::kServer;
  server.server = server_;
  changes.push_back(std::move(server));
  for (const auto& [key, database] : databases_) {
    Change change;
    change.kind = Change::Kind::kDatabaseSet;
    change.database = database.name;
    change.defaults = database;
    changes.push_back(std::move(change));
  }
  for (const auto& [key, table] : tables_) {
    Change change;
    change.database = table->database;
    change.table = table->name;
    change.after = table;
    changes.push_back(std::move(change));
  }
  for (const auto& [key, statement] : in_doubt_) {
    Change change;
    change.kind = Change::Kind::kInDoubt;
    change.database = key.first;
    change.table = key.second;
    change.statement = statement;
    changes.push_back(std::move(change));
  }
  for (const auto& [name, helper] : helpers_) {
    Change change;
    change.kind = Change::Kind::kHelperSet;
    change.database = name.first;
    change.table = name.second;
    change.helper = helper;
    changes.push_back(std::move(change));
  }
  return changes;
}

bool operator==(const Catalog& a, const Catalog& b) {
  const auto same_table = [](const auto& x, const auto& y) {
    return x.first == y.first && *x.second == *y.second;
  };
  return a.server_ == b.server_ && a.databases_ == b.databases_ && a.in_doubt_ == b.in_doubt_ &&
         a.helpers_ == b.helpers_ &&
         std::equal(a.tables_.begin(), a.tables_.end(), b.tables_.begin(), b.tables_.end(),
                    same_table);
}

}  // namespace millrace::schema
