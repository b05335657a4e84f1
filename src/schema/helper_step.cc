// SPDX-License-Identifier: Apache-2.0
#include "schema/helper_step.h"

#include <algorithm>
#include <map>
#include <set>
#include <variant>

#include "schema/alter_clauses.h"
#include "schema/ddl/reader.h"
#include "schema/ddl/token_reader.h"
#include "schema/names.h"

namespace millrace::schema {
namespace {

using ddl::DdlContext;
using ddl::TableName;

// Clauses beyond this are not kept: what they did is then read off the definitions.
constexpr size_t kMaxClausesBytes = 1 << 20;
// The modes in which the same text reads otherwise.
constexpr uint64_t kReadingModes =
    ddl::kRealAsFloat | ddl::kAnsiQuotes | ddl::kOracle | ddl::kNoBackslashEscapes;

bool same_columns(const Table& a, const Table& b) {
  return std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(),
                    [](const Column& x, const Column& y) {
                      return same_name(x.name, y.name) && x.type == y.type;
                    });
}

class Follower {
 public:
  Follower(Catalog& catalog, std::string_view text, const DdlContext& context,
           const Classified& statement, bool alone)
      : catalog_(catalog),
        text_(text),
        context_(context),
        statement_(statement),
        alone_(alone),
        helpers_(catalog.helpers()) {}

  Followed run() {
    std::string problem;
    out_.changes = catalog_.apply_text(text_, context_, &problem);
    const bool understood = problem.empty();
    const auto read = ddl::read_statement(text_, context_);
    definitions_ = out_.changes.size();
    if (statement_.ddl == DdlClass::kTrigger) {
      const bool helper =
          !statement_.objects.empty() && is_helper_trigger(statement_.objects.front().name);
      if (helper) out_.step.kind = HelperStep::Kind::kHelper;
      return std::move(out_);
    }
    if (understood && read && context_.error_code == 0) {
      std::visit([this](const auto& what) { follow(what); }, *read);
    } else if (!understood) {
      for (const ObjectRef& object : statement_.objects) clauses_unknown(object);
    }
    const bool drops = read && std::holds_alternative<ddl::DropTables>(*read);
    if (out_.step.kind == HelperStep::Kind::kOrdinary && only_helpers(drops)) {
      out_.step.kind = HelperStep::Kind::kHelper;
    }
    name_helpers();
    return std::move(out_);
  }

 private:
  using Key = Catalog::Key;
  using Kind = HelperStep::Kind;

  Key key(const TableName& name) const { return catalog_.key(name.database, name.name); }
  const HelperTag* helper_before(const Key& name) const {
    const auto found = helpers_.find(name);
    return found == helpers_.end() ? nullptr : &found->second;
  }
  void put(Change change) {
    catalog_.replay(change);
    out_.changes.push_back(std::move(change));
  }
  void set_helper(const std::string& database, const std::string& table, HelperTag tag) {
    Change change;
    change.kind = Change::Kind::kHelperSet;
    change.database = database;
    change.table = table;
    change.helper = std::move(tag);
    put(std::move(change));
  }
  void forget_helper(const std::string& database, const std::string& table) {
    Change change;
    change.kind = Change::Kind::kHelperGone;
    change.database = database;
    change.table = table;
    put(std::move(change));
  }

  // -- which table is a helper ------------------------------------------------------------------

  template <class Other>
  void follow(const Other&) {}

  void follow(const ddl::CreateTable& statement) {
    const Change* made = nullptr;
    for (size_t i = 0; i < definitions_; ++i) {
      const Change& change = out_.changes[i];
      if (change.kind == Change::Kind::kTableSet) made = &change;
    }
    if (made == nullptr) return;
    const std::string database = made->database;
    const std::string table = made->table;
    std::optional<HelperTag> tag;
    if (may_be_helper(table)) tag = tag_of_new(statement, *made->after);
    if (tag) {
      set_helper(database, table, std::move(*tag));
    } else if (catalog_.helper(database, table) != nullptr) {
      forget_helper(database, table);
    }
  }

  std::optional<HelperTag> tag_of_new(const ddl::CreateTable& statement, const Table& made) const {
    const bool comment = has_tool_comment(text_);
    const Key own = catalog_.key(made.database, made.name);
    if (statement.like && key(*statement.like).first == own.first) {
      const Key like = key(*statement.like);
      const auto found = helper_name(own.second, like.second);
      if (found ? found->role == HelperRole::kShadow : comment) {
        return tag_of(found ? found->tool : HelperTool::kGhOst, HelperRole::kShadow,
                      statement.like->name);
      }
    }
    std::optional<HelperTag> out =
        tag_by_name(made, [&](const HelperName& found, const Table& base) {
          return tag_beside(found, statement, made, base, comment, alone_);
        });
    if (!out && comment && !statement.like)
      out = tag_of(HelperTool::kGhOst, HelperRole::kLog, "");  // under names of somebody's choice
    return out;
  }

  // The first tag that `make` gives for a table of the database whose helper this may be.
  template <class Make>
  std::optional<HelperTag> tag_by_name(const Table& table, const Make& make) const {
    std::optional<HelperTag> out;
    const Key own = catalog_.key(table.database, table.name);
    catalog_.for_each_table_of(table.database, [&](const TablePtr& base) {
      if (out || base->kind != TableKind::kTable) return;
      const auto found = helper_name(own.second, catalog_.key(base->database, base->name).second);
      if (found) out = make(*found, *base);
    });
    return out;
  }

  static std::optional<HelperTag> tag_beside(const HelperName& found,
                                             const ddl::CreateTable& statement, const Table& made,
                                             const Table& base, bool comment, bool alone) {
    switch (found.role) {
      case HelperRole::kLog:
        if (!found.odd && !comment) return std::nullopt;
        return tag_of(found.tool, HelperRole::kLog, base.name);
      case HelperRole::kShadow: {
        // A copy of somebody's own is filled by the statement that makes it.
        const bool copy = !alone || statement.has_select || statement.options.start_transaction;
        const bool derived = !copy && !statement.like && same_columns(made, base);
        if (!derived && !comment && !found.odd) return std::nullopt;
        return tag_of(found.tool, HelperRole::kShadow, base.name);
      }
      case HelperRole::kTrash:  // a sentry that holds the name for a moment
        if (!found.odd && !comment) return std::nullopt;
        return tag_of(found.tool, HelperRole::kLog, found.odd ? "" : base.name);
    }
    return std::nullopt;
  }

  static HelperTag tag_of(HelperTool tool, HelperRole role, std::string base) {
    HelperTag out;
    out.tool = tool;
    out.role = role;
    out.base = std::move(base);
    return out;
  }

  // -- what is done to a shadow -----------------------------------------------------------------

  void follow(const ddl::AlterTable& statement) {
    const bool moves = std::any_of(
        statement.actions.begin(), statement.actions.end(),
        [](const auto& action) { return std::holds_alternative<ddl::RenameTo>(action); });
    notice(statement.table);
    if (!moves) {
      collect(statement.table, trimmed_clauses(text_.substr(statement.actions_offset), context_));
      return;
    }
    // The rename is no clause for the base; what else the statement did is not told apart.
    if (statement.items > 1) clauses_unknown({statement.table.database, statement.table.name});
    follow_moves();
  }

  // A tool that names itself may have made its shadow before we looked.
  void notice(const TableName& table) {
    const TablePtr known = catalog_.find(table.database, table.name);
    if (known == nullptr || helper_before(key(table)) != nullptr) return;
    if (!may_be_helper(table.name) || !has_tool_comment(text_)) return;
    const auto tag = tag_by_name(*known, [](const HelperName& found, const Table& base) {
      return found.role == HelperRole::kShadow
                 ? std::optional(tag_of(found.tool, HelperRole::kShadow, base.name))
                 : std::nullopt;
    });
    if (!tag) return;
    set_helper(known->database, known->name, *tag);
    helpers_[key(table)] = *tag;
  }

  void follow(const ddl::AlterIndex& statement) {
    const auto clause = index_clause(text_, context_);
    if (clause) {
      collect(statement.alter.table, trimmed_clauses(*clause, context_));
    } else {
      clauses_unknown({statement.alter.table.database, statement.alter.table.name});
    }
  }

  void collect(const TableName& table, std::string_view clauses) {
    const HelperTag* known = helper_before(key(table));
    if (known == nullptr || known->role != HelperRole::kShadow || clauses.empty()) return;
    if (is_counter_only(clauses, context_)) return;
    HelperTag tag = *known;
    if (tag.clauses.empty()) tag.sql_mode = context_.sql_mode;
    if (((tag.sql_mode ^ context_.sql_mode) & kReadingModes) != 0 ||
        tag.clauses.size() + clauses.size() > kMaxClausesBytes) {
      tag.whole = false;
    } else {
      ddl::TokenReader in(clauses, context_);
      const bool partitions = in.at("PARTITION") || in.at("REMOVE");
      if (!tag.clauses.empty()) tag.clauses += partitions ? " " : ", ";
      tag.clauses += clauses;
    }
    const TablePtr definition = catalog_.find(table.database, table.name);
    if (definition != nullptr) set_helper(definition->database, definition->name, std::move(tag));
  }

  void clauses_unknown(const ObjectRef& object) {
    const auto found = helpers_.find(catalog_.key(object.database, object.name));
    if (found == helpers_.end() || !found->second.whole) return;
    found->second.whole = false;
    const TablePtr definition = catalog_.find(object.database, object.name);
    if (definition != nullptr) set_helper(definition->database, definition->name, found->second);
  }

  // -- who takes whose name ---------------------------------------------------------------------

  void follow(const ddl::RenameTables&) { follow_moves(); }

  struct Move {
    Key from;
    std::string from_name;
    std::string database;  // that it is in now
    std::string name;
    TablePtr before;
  };

  // Each table that has another name than before the statement.
  std::vector<Move> moves() const {
    std::map<Key, Move> now;
    for (size_t i = 0; i < definitions_; ++i) {
      const Change& change = out_.changes[i];
      if (change.kind != Change::Kind::kTableSet || change.old_table.empty()) continue;
      Move move;
      move.from = catalog_.key(change.old_database, change.old_table);
      move.from_name = change.old_table;
      move.before = change.before;
      const auto earlier = now.find(move.from);
      if (earlier != now.end()) {
        move = std::move(earlier->second);
        now.erase(earlier);
      }
      move.database = change.database;
      move.name = change.table;
      now[catalog_.key(change.database, change.table)] = std::move(move);
    }
    std::vector<Move> out;
    for (auto& [name, move] : now) {
      if (name != move.from) out.push_back(std::move(move));
    }
    return out;
  }

  void follow_moves() {
    const std::vector<Move> all = moves();
    const Move* cut_over = nullptr;
    size_t cut_overs = 0;
    for (const Move& move : all) {
      const HelperTag* tag = helper_before(move.from);
      if (tag == nullptr || tag->role == HelperRole::kLog) continue;
      const Key now = catalog_.key(move.database, move.name);
      if (now == catalog_.key(move.database, tag->base) && now.first == move.from.first) {
        cut_over = &move;
        ++cut_overs;
      } else if (now.first == move.from.first &&
                 helper_name(now.second, catalog_.key("", tag->base).second)) {
        set_helper(move.database, move.name, *tag);  // under another name of the tool's
      }
    }
    if (cut_overs == 1) {
      take_over(*cut_over, all);
    } else if (cut_overs == 0 && all.size() == 1) {
      make_room(all.front());
    }
  }

  void take_over(const Move& shadow, const std::vector<Move>& all) {
    const HelperTag tag = *helper_before(shadow.from);
    const Key base = catalog_.key(shadow.database, shadow.name);
    bool only = true;  // nothing else was moved
    TablePtr before;
    for (const Move& move : all) {
      if (&move == &shadow) continue;
      if (move.from != base) {
        only = only && helper_before(move.from) != nullptr;
        continue;
      }
      before = move.before;
      mark_trash(move, tag);
    }
    if (!only) return;
    out_.step.kind = Kind::kCutOver;
    out_.step.database = shadow.database;
    out_.step.base = shadow.name;
    out_.step.helper = shadow.from_name;
    out_.step.tag = tag;
    out_.step.before = before;
  }

  // The table that `shadow` has replaced, or is about to, unless it went where no tool puts it.
  bool mark_trash(const Move& base, const HelperTag& shadow) {
    const Key now = catalog_.key(base.database, base.name);
    if (now.first != base.from.first || !helper_name(now.second, base.from.second)) return false;
    set_helper(base.database, base.name, tag_of(shadow.tool, HelperRole::kTrash, base.from_name));
    return true;
  }

  const HelperTag* waiting_shadow(const Key& base) const {
    for (const auto& [name, tag] : helpers_) {
      if (tag.role == HelperRole::kShadow && name.first == base.first &&
          catalog_.key("", tag.base).second == base.second) {
        return &tag;
      }
    }
    return nullptr;
  }

  void make_room(const Move& base) {
    const HelperTag* shadow = waiting_shadow(base.from);
    if (shadow == nullptr || helper_before(base.from) != nullptr) return;
    if (!mark_trash(base, *shadow)) return;
    made_room(base.database, base.from_name, base.before);
    out_.step.helper = base.name;
  }

  void follow(const ddl::DropTables& statement) {
    if (statement.kind != TableKind::kTable || statement.tables.size() != 1) return;
    const Key base = key(statement.tables.front());
    if (helper_before(base) != nullptr || waiting_shadow(base) == nullptr) return;
    for (size_t i = 0; i < definitions_; ++i) {
      const Change& change = out_.changes[i];
      if (change.kind == Change::Kind::kTableDropped)
        made_room(change.database, change.table, change.before);
    }
  }

  void made_room(const std::string& database, const std::string& base, TablePtr before) {
    out_.step.kind = Kind::kMadeRoom;
    out_.step.database = database;
    out_.step.base = base;
    out_.step.before = std::move(before);
  }

  // -- what the statement is about ---------------------------------------------------------------

  bool is_helper(const Key& name) const {
    return helper_before(name) != nullptr || catalog_.helpers().count(name) != 0;
  }

  bool only_helpers(bool drops) const {
    if (statement_.objects.empty()) return false;
    return std::all_of(
        statement_.objects.begin(), statement_.objects.end(), [&](const ObjectRef& object) {
          const Key name = catalog_.key(object.database, object.name);
          if (object.name.empty()) return false;
          // A table that stopped being one is somebody's own from here on.
          const bool gone = catalog_.helpers().count(name) == 0 &&
                            catalog_.find(object.database, object.name) != nullptr;
          return gone ? false : is_helper(name) || (drops && was_never_there(object));
        });
  }

  // Tools drop what an earlier run may have left behind.
  bool was_never_there(const ObjectRef& object) const {
    const Key name = catalog_.key(object.database, object.name);
    for (size_t i = 0; i < definitions_; ++i) {
      const Change& change = out_.changes[i];
      if (catalog_.key(change.database, change.table) == name) return false;
    }
    bool found = false;
    if (may_be_helper(object.name)) {
      catalog_.for_each_table_of(object.database, [&](const TablePtr& base) {
        found = found || helper_name(name.second, catalog_.key("", base->name).second).has_value();
      });
    }
    return found;
  }

  void name_helpers() {
    if (out_.step.kind == Kind::kOrdinary) return;
    for (const ObjectRef& object : statement_.objects) {
      const bool base = catalog_.key(object.database, object.name) ==
                        catalog_.key(out_.step.database, out_.step.base);
      if (!base) out_.step.helpers.push_back(object);
    }
  }

  Catalog& catalog_;
  const std::string_view text_;
  const DdlContext& context_;
  const Classified& statement_;
  const bool alone_;
  Catalog::Helpers helpers_;  // before the statement
  size_t definitions_ = 0;    // changes of definitions, which come first
  Followed out_;
};

}  // namespace

Followed follow_statement(Catalog& catalog, std::string_view text, const DdlContext& context,
                          const Classified& statement, bool alone) {
  return Follower(catalog, text, context, statement, alone).run();
}

std::optional<std::pair<TableName, TableName>> single_rename(std::string_view text,
                                                             const DdlContext& context) {
  auto read = ddl::read_statement(text, context);
  if (!read) return std::nullopt;
  if (const auto* rename = std::get_if<ddl::RenameTables>(&*read)) {
    if (rename->pairs.size() != 1) return std::nullopt;
    return std::pair(rename->pairs.front().from, rename->pairs.front().to);
  }
  const auto* alter = std::get_if<ddl::AlterTable>(&*read);
  if (alter == nullptr || alter->actions.size() != 1) return std::nullopt;
  const auto* to = std::get_if<ddl::RenameTo>(&alter->actions.front());
  if (to == nullptr) return std::nullopt;
  return std::pair(alter->table, to->table);
}

}  // namespace millrace::schema
