// SPDX-License-Identifier: Apache-2.0
// What kind of statement a QUERY event holds and which objects it names, from its first words: no
// statement is too odd to be sorted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/ddl/context.h"

namespace millrace::schema {

enum class StatementKind : uint8_t {
  kEmpty,  // nothing but comments and space; also MariaDB's dummies
  kBegin,
  kCommit,
  kRollback,
  kSavepoint,
  kRollbackTo,
  kReleaseSavepoint,
  kXaStart,
  kXaEnd,
  kXaPrepare,
  kXaCommit,
  kXaRollback,
  kDdl,
  kTemporaryDdl,  // of temporary tables: no rows, never a record
  kDml,           // writes rows that we cannot see: statement format
  kAccount,       // users, roles, grants, passwords, servers of FEDERATED: never a record
  kAdmin,         // ANALYZE, FLUSH, SET, INSTALL, tablespaces ...: never a record
  kUnknown,       // none of these: treated as a DDL that we cannot read
};

enum class DdlClass : uint8_t {
  kNone,
  kTable,
  kDatabase,
  kIndex,
  kView,
  kSequence,
  kRoutine,
  kTrigger,
  kEvent,
};

// A database where `name` is empty, else a table, view, sequence, or what a DDL of another class
// makes.
struct ObjectRef {
  std::string database;
  std::string name;
  friend auto operator<=>(const ObjectRef&, const ObjectRef&) = default;
};

// A name of an XA transaction.
struct Xid {
  int64_t format = 1;
  std::string gtrid;
  std::string bqual;
  friend auto operator<=>(const Xid&, const Xid&) = default;
};

struct Classified {
  StatementKind kind = StatementKind::kUnknown;
  DdlClass ddl = DdlClass::kNone;
  std::string savepoint;   // of the three kinds about savepoints
  Xid xid;                 // of the XA kinds
  bool one_phase = false;  // XA COMMIT ... ONE PHASE
  // kDdl: all objects whose definition or rows it may change, old and new names of a rename; of a
  // trigger its table as well. kDml: the tables that it may write, as far as the text tells;
  // `writes_unknown` if it may write others (CALL, a function, LOAD into what we could not read).
  std::vector<ObjectRef> objects;
  bool writes_unknown = false;
};

// `utf8_text` may be cut off, damaged or endless; the result is then less exact, never an error.
Classified classify(std::string_view utf8_text, const ddl::DdlContext& context);

// The statement with the password in CONNECTION='scheme://user:password@host...' as "***", all else
// untouched. Other passwords are in account statements, which are no records.
std::string mask_passwords(std::string_view utf8_text, const ddl::DdlContext& context);

}  // namespace millrace::schema
