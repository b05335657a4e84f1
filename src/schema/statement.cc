// SPDX-License-Identifier: Apache-2.0
#include "schema/statement.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "schema/ddl/statement_start.h"
#include "schema/ddl/token_reader.h"

namespace millrace::schema {
namespace {

using ddl::DdlContext;
using ddl::TableName;
using ddl::Token;
using ddl::TokenKind;
using ddl::TokenReader;

class Classifier {
 public:
  Classifier(std::string_view text, const DdlContext& context) : in_(text, context) {}

  Classified run() {
    ddl::skip_set_statement(in_);
    // BEGIN NOT ATOMIC is a block of statements; their effects are logged one by one.
    while (in_.eat('(') || in_.eat(';')) {
    }
    if (in_.at_end()) {
      out_.kind = StatementKind::kEmpty;
    } else if (!transaction() && !definition() && !data() && !administration()) {
      out_.kind = StatementKind::kUnknown;
    }
    return std::move(out_);
  }

 private:
  bool is(StatementKind kind) {
    out_.kind = kind;
    return true;
  }
  bool is_ddl(DdlClass of) {
    out_.ddl = of;
    return is(StatementKind::kDdl);
  }
  std::string name() { return in_.name().value_or(std::string()); }
  void object(std::optional<TableName> table) {
    if (table) out_.objects.push_back({std::move(table->database), std::move(table->name)});
  }

  // -- transactions ------------------------------------------------------------------------------

  bool transaction() {
    if (in_.eat("BEGIN")) return is(StatementKind::kBegin);
    if (in_.eat_words({"START", "TRANSACTION"})) return is(StatementKind::kBegin);
    if (in_.eat("COMMIT")) return is(StatementKind::kCommit);
    if (in_.eat("SAVEPOINT")) {
      out_.savepoint = name();
      return is(StatementKind::kSavepoint);
    }
    if (in_.eat_words({"RELEASE", "SAVEPOINT"})) {
      out_.savepoint = name();
      return is(StatementKind::kReleaseSavepoint);
    }
    if (in_.eat("ROLLBACK")) {
      in_.eat("WORK");
      if (!in_.eat("TO")) return is(StatementKind::kRollback);
      in_.eat("SAVEPOINT");
      out_.savepoint = name();
      return is(StatementKind::kRollbackTo);
    }
    return in_.eat("XA") && xa();
  }

  bool xa() {
    struct Verb {
      std::string_view word;
      StatementKind kind;
    };
    constexpr Verb kVerbs[] = {
        {"START", StatementKind::kXaStart},   {"BEGIN", StatementKind::kXaStart},
        {"END", StatementKind::kXaEnd},       {"PREPARE", StatementKind::kXaPrepare},
        {"COMMIT", StatementKind::kXaCommit}, {"ROLLBACK", StatementKind::kXaRollback},
        {"RECOVER", StatementKind::kAdmin},
    };
    for (const Verb& verb : kVerbs) {
      if (!in_.eat(verb.word)) continue;
      out_.xid = read_xid();
      out_.one_phase = in_.eat_words({"ONE", "PHASE"});
      return is(verb.kind);
    }
    return false;
  }

  // 'gtrid', 'bqual', format; the latter two may be left out.
  Xid read_xid() {
    Xid xid;
    xid.gtrid = in_.string().value_or(std::string());
    if (!in_.eat(',')) return xid;
    xid.bqual = in_.string().value_or(std::string());
    if (!in_.eat(',')) return xid;
    const bool negative = in_.eat('-');
    if (in_.peek().kind == TokenKind::kBytes) {
      xid.format = 0;
      for (const char c : ddl::token_value(in_.take(), in_.context())) {
        xid.format =
            static_cast<int64_t>(static_cast<uint64_t>(xid.format) << 8 | static_cast<uint8_t>(c));
      }
    } else {
      xid.format = static_cast<int64_t>(in_.number().value_or(1));
    }
    if (negative) xid.format = -xid.format;
    return xid;
  }

  // -- definitions -------------------------------------------------------------------------------

  bool definition() {
    if (in_.eat("CREATE")) return create();
    if (in_.eat("ALTER")) return alter();
    if (in_.eat("DROP")) return drop();
    if (in_.at("TRUNCATE")) {
      in_.take();
      in_.eat("TABLE");
      object(in_.table_name());
      return is_ddl(DdlClass::kTable);
    }
    if (!in_.at("RENAME")) return false;
    in_.take();
    if (in_.eat("USER")) return is(StatementKind::kAccount);
    if (!in_.eat("TABLE")) in_.eat("TABLES");
    in_.eat_if_exists();
    rename_pairs();
    return is_ddl(DdlClass::kTable);
  }

  void rename_pairs() {
    do {
      object(in_.table_name());
      while (!in_.at_end() && !in_.at(',') && !in_.eat("TO")) in_.take();
      object(in_.table_name());
    } while (in_.eat(','));
  }

  bool create() {
    const ddl::CreateHead head = ddl::read_create_head(in_);
    if (head.index) {
      index_table();
      return is_ddl(DdlClass::kIndex);
    }
    const DdlClass of = what();
    if (of == DdlClass::kNone) return account_or_admin();
    in_.eat_if_not_exists();
    name_objects(of, false);
    if (head.temporary && of != DdlClass::kView) return is(StatementKind::kTemporaryDdl);
    return is_ddl(of);
  }

  bool alter() {
    while (in_.eat("IGNORE")) {
    }
    (void)ddl::read_create_head(in_);
    const DdlClass of = what();
    if (of == DdlClass::kNone) return account_or_admin();
    in_.eat_if_exists();
    name_objects(of, true);
    if (of == DdlClass::kTable) other_tables_of_alter();
    return is_ddl(of);
  }

  bool drop() {
    while (in_.eat("ONLINE") || in_.eat("OFFLINE")) {
    }
    const bool temporary = in_.eat("TEMPORARY");
    if (in_.at("INDEX")) {
      index_table();
      return is_ddl(DdlClass::kIndex);
    }
    const DdlClass of = what();
    if (of == DdlClass::kNone) return account_or_admin();
    in_.eat_if_exists();
    name_objects(of, false);
    while (in_.eat(',')) object(in_.table_name());
    return temporary ? is(StatementKind::kTemporaryDdl) : is_ddl(of);
  }

  // The word that says what is made, changed or dropped; it is taken.
  DdlClass what() {
    struct Word {
      std::string_view word;
      DdlClass of;
    };
    constexpr Word kWords[] = {
        {"TABLE", DdlClass::kTable},       {"TABLES", DdlClass::kTable},
        {"DATABASE", DdlClass::kDatabase}, {"SCHEMA", DdlClass::kDatabase},
        {"VIEW", DdlClass::kView},         {"SEQUENCE", DdlClass::kSequence},
        {"PROCEDURE", DdlClass::kRoutine}, {"FUNCTION", DdlClass::kRoutine},
        {"PACKAGE", DdlClass::kRoutine},   {"TRIGGER", DdlClass::kTrigger},
        {"EVENT", DdlClass::kEvent},
    };
    for (const Word& word : kWords) {
      if (!in_.at(word.word)) continue;
      // CREATE FUNCTION f RETURNS INT SONAME is a plugin; it changes no more than a routine does.
      in_.take();
      if (word.of == DdlClass::kRoutine) in_.eat("BODY");
      return word.of;
    }
    return DdlClass::kNone;
  }

  void name_objects(DdlClass of, bool alters) {
    if (of == DdlClass::kDatabase) {
      name_database(alters);
      return;
    }
    object(in_.table_name());
    if (of == DdlClass::kTrigger) trigger_table();
  }

  // ALTER DATABASE may leave out the name.
  void name_database(bool alters) {
    const Token second = in_.peek_second();
    const bool option =
        ((in_.at("DEFAULT") || in_.at("CHARACTER") || in_.at("CHAR")) &&
         second.kind == TokenKind::kWord) ||
        (in_.at_any({"CHARSET", "COLLATE", "ENCRYPTION", "COMMENT"}) &&
         second.kind != TokenKind::kEnd && !second.is("CHARACTER") && !second.is("COLLATE"));
    std::string database = in_.context().database;
    if (!alters || !option) database = name();
    out_.objects.push_back({std::move(database), {}});
  }

  // ... BEFORE INSERT ON t FOR EACH ROW ...
  void trigger_table() {
    for (int i = 0; i < 8 && !in_.at_end(); ++i) {
      if (in_.eat("ON")) {
        object(in_.table_name());
        return;
      }
      in_.take();
    }
  }

  // [UNIQUE ...] INDEX [IF ...] i [USING x] ON t; INDEX stands here or soon.
  void index_table() {
    while (!in_.at_end() && !in_.eat("ON")) in_.take();
    object(in_.table_name());
  }

  // Other tables that ALTER TABLE touches: RENAME TO t, EXCHANGE ... WITH TABLE t, CONVERT.
  void other_tables_of_alter() {
    bool item_begins = true;
    while (!in_.at_end()) {
      if (item_begins && in_.eat("RENAME")) {
        if (in_.at_any({"COLUMN", "INDEX", "KEY"}) && !in_.peek_second().is('.')) continue;
        if (!in_.eat("TO") && !in_.eat("AS")) in_.eat('=');
        object(in_.table_name());
      } else if (item_begins && (in_.at("EXCHANGE") || in_.at("CONVERT"))) {
        while (!in_.at_end() && !in_.at(',') && !in_.eat("TABLE")) in_.skip_one();
        if (in_.at_name()) object(in_.table_name());
      }
      item_begins = in_.at(',');
      in_.skip_one();
    }
  }

  // CREATE, ALTER or DROP of what holds no data of users.
  bool account_or_admin() {
    if (in_.at_any({"USER", "ROLE", "SERVER"})) return is(StatementKind::kAccount);
    if (in_.at_any({"TABLESPACE", "UNDO", "LOGFILE", "RESOURCE", "SPATIAL", "INSTANCE", "PREPARE",
                    "LIBRARY", "MASKING", "CATALOG"})) {
      return is(StatementKind::kAdmin);
    }
    return is(StatementKind::kUnknown);
  }

  // -- data --------------------------------------------------------------------------------------

  bool data() {
    if (in_.eat("INSERT") || in_.eat("REPLACE")) {
      eat_modifiers();
      in_.eat("INTO");
      object(in_.table_name());
      return is(StatementKind::kDml);
    }
    if (in_.eat("UPDATE")) {
      eat_modifiers();
      tables_until("SET");
      return is(StatementKind::kDml);
    }
    if (in_.eat("DELETE")) {
      eat_modifiers();
      in_.eat("HISTORY");
      delete_tables();
      return is(StatementKind::kDml);
    }
    if (in_.eat("LOAD")) {
      while (!in_.at_end() && !in_.eat_words({"INTO", "TABLE"})) in_.take();
      object(in_.table_name());
      out_.writes_unknown = out_.objects.empty();
      return is(StatementKind::kDml);
    }
    if (in_.at_any(
            {"CALL", "WITH", "SELECT", "DO", "VALUES", "HANDLER", "EXECUTE", "IMPORT", "TABLE"})) {
      out_.writes_unknown = true;
      return is(StatementKind::kDml);
    }
    return false;
  }

  void eat_modifiers() {
    while (in_.at_any({"LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "QUICK", "IGNORE"})) in_.take();
  }

  // The tables of a join, up to a word. A subquery may write nothing, so it is stepped over.
  void tables_until(std::string_view word) {
    bool expects_table = true;
    while (!in_.at_end() && !in_.at(word)) {
      if (expects_table && in_.eat('(')) continue;
      if (expects_table && in_.at_name()) {
        object(in_.table_name());
        expects_table = false;
        continue;
      }
      expects_table = in_.at(',') || in_.at("JOIN") || in_.at("STRAIGHT_JOIN");
      in_.skip_one();
    }
  }

  // FROM t | FROM t USING joins | t, t FROM joins
  void delete_tables() {
    const bool single = in_.eat("FROM");
    do {
      object(in_.table_name());
      if (in_.eat('.')) in_.eat('*');
    } while (in_.eat(','));
    const bool joins = single ? in_.eat("USING") : in_.eat("FROM");
    // What is named first may be an alias of what is joined.
    if (joins) tables_until("WHERE");
  }

  // -- the rest ----------------------------------------------------------------------------------

  bool administration() {
    if (in_.at_any({"GRANT", "REVOKE"})) return is(StatementKind::kAccount);
    if (in_.at("SET")) {
      const Token second = in_.peek_second();
      const bool account = second.is("PASSWORD") || second.is("ROLE") || second.is("DEFAULT");
      return is(account ? StatementKind::kAccount : StatementKind::kAdmin);
    }
    if (in_.at_any({"ANALYZE", "OPTIMIZE",   "REPAIR",    "CHECK",    "CHECKSUM", "FLUSH",
                    "RESET",   "INSTALL",    "UNINSTALL", "LOCK",     "UNLOCK",   "USE",
                    "CACHE",   "PURGE",      "CHANGE",    "KILL",     "SHUTDOWN", "BACKUP",
                    "BINLOG",  "SHOW",       "EXPLAIN",   "DESCRIBE", "DESC",     "HELP",
                    "PREPARE", "DEALLOCATE", "SIGNAL",    "RESIGNAL", "GET",      "CLONE",
                    "RESTART", "STOP",       "START"})) {
      return is(StatementKind::kAdmin);
    }
    return false;
  }

  TokenReader in_;
  Classified out_;
};

// Where the password of "scheme://user:password@host/..." stands; nullopt if there is none.
std::optional<std::pair<size_t, size_t>> password_in(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  const size_t account = scheme + 3;
  const size_t host = url.rfind('@');
  const size_t colon = url.find(':', account);
  if (host == std::string_view::npos || colon == std::string_view::npos || colon > host) {
    return std::nullopt;
  }
  return std::pair(colon + 1, host);
}

}  // namespace

Classified classify(std::string_view text, const DdlContext& context) {
  return Classifier(text, context).run();
}

std::string mask_passwords(std::string_view text, const DdlContext& context) {
  std::string out;
  size_t copied = 0;
  ddl::Lexer lexer(text, context);
  // The words are only looked at in what the lexer takes for code.
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    if (!token.is("CONNECTION")) continue;
    ddl::Lexer ahead = lexer;
    Token value = ahead.next();
    if (value.is('=')) value = ahead.next();
    if (value.kind != TokenKind::kString) continue;
    const auto password = password_in(value.text);
    if (!password) continue;
    out += text.substr(copied, value.begin + password->first - copied);
    out += "***";
    copied = value.begin + password->second;
  }
  return out += text.substr(copied);
}

}  // namespace millrace::schema
