// SPDX-License-Identifier: Apache-2.0
// A DDL statement as it stands in the text: what it names and declares, nothing resolved against
// the definitions that are there. schema/catalog.h gives it its meaning.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "schema/table.h"

namespace millrace::schema::ddl {

// As written, but for the default database, which is filled in. Letter case is untouched.
struct TableName {
  std::string database;  // empty: none was named and the session has none
  std::string name;
  friend bool operator==(const TableName&, const TableName&) = default;
};

// A charset clause. Names as written, canonical where we know them.
struct CharsetClause {
  std::string charset;      // empty: not named
  std::string collation;    // empty: not named
  bool is_default = false;  // CHARACTER SET DEFAULT
  bool binary = false;      // the attribute BINARY: the charset's _bin
  bool is_word = false;     // ASCII or UNICODE stands for the charset
  bool empty() const { return charset.empty() && collation.empty() && !is_default && !binary; }
};

// The types as words, before lengths and charsets decide what they are. kText and kBlob are the
// whole family; `length_bytes` tells the member.
enum class TypeWord : uint8_t {
  kTinyInt,
  kSmallInt,
  kMediumInt,
  kInt,
  kBigInt,
  kFloat,
  kDouble,
  kDecimal,
  kBit,
  kYear,
  kDate,
  kTime,
  kDateTime,
  kTimestamp,
  kChar,
  kVarchar,
  kBinary,
  kVarbinary,
  kText,
  kBlob,
  kEnum,
  kSet,
  kJson,
  kGeometry,
  kVector,
  kUuid,
  kInet6,
  kInet4,
};

struct ColumnSpec {
  std::string name;
  TypeWord type = TypeWord::kInt;
  std::optional<uint64_t> length;  // the first number in parentheses
  std::optional<uint32_t> scale;   // the second
  uint8_t length_bytes = 0;        // kText, kBlob: 1 to 4; 0: by `length`
  bool is_point = false;           // kGeometry: the shape that fits in a key
  bool is_unsigned = false;
  CharsetClause charset;
  std::vector<std::string> labels;
  std::vector<size_t> raw_labels;  // of these, the indexes whose bytes are in the column's charset
  std::optional<bool> nullable;    // as written
  bool primary = false;  // inline PRIMARY KEY or KEY; its KeySpec stands beside the column too
  bool unique = false;   // inline UNIQUE
  bool serial_default = false;  // SERIAL DEFAULT VALUE, or the type SERIAL
  bool auto_increment = false;
  bool generated = false;
  std::string generated_as;  // MariaDB: "START" and "END" of a row; else empty
  bool invisible = false;
  bool compressed = false;  // MariaDB
  bool json_check = false;  // its own CHECK is json_valid() of itself
  bool has_check = false;
  bool has_default = false;   // DEFAULT or ON UPDATE stands there
  bool default_null = false;  // DEFAULT NULL
  bool versioned = false;     // WITH SYSTEM VERSIONING: makes the table so
};

struct KeyPartSpec {
  std::string column;
  uint32_t prefix = 0;
  bool functional = false;  // an expression; then column is empty
  bool period = false;      // MariaDB: `column` is a period, WITHOUT OVERLAPS
};

// MariaDB: PERIOD FOR name (start, end). "SYSTEM_TIME" is that of system versioning.
struct PeriodSpec {
  std::string name;
  std::string start;
  std::string end;
};

struct KeySpec {
  enum class Kind : uint8_t { kPrimary, kUnique, kOther };  // kOther: plain, FULLTEXT, SPATIAL
  Kind kind = Kind::kOther;
  std::string name;        // of the index
  std::string constraint;  // CONSTRAINT name, used where the index has none
  bool if_not_exists = false;
  bool hash = false;  // USING HASH
  std::vector<KeyPartSpec> parts;
};

// Options of a table that mean something to us.
struct TableOptions {
  CharsetClause charset;
  std::string engine;
  bool system_versioning = false;
  bool start_transaction = false;  // written by the server for CREATE ... SELECT
};

// Where a column goes.
struct Place {
  enum class Where : uint8_t { kLast, kFirst, kAfter };
  Where where = Where::kLast;
  std::string after;
};

struct CreateTable {
  TableName table;
  bool or_replace = false;
  bool if_not_exists = false;
  bool temporary = false;
  // The server wrote it itself, for CREATE ... SELECT and the like, and in this session its text
  // does not tell all, or not in the charset or with the quotes that the event says.
  bool unsure = false;
  bool has_select = false;  // columns of the SELECT follow those that are listed
  std::optional<TableName> like;
  std::vector<ColumnSpec> columns;
  std::vector<KeySpec> keys;
  std::vector<PeriodSpec> periods;
  TableOptions options;
};

struct AddColumn {
  ColumnSpec column;
  Place place;
  bool if_not_exists = false;
};
struct ChangeColumn {  // CHANGE and MODIFY
  std::string old_name;
  ColumnSpec column;
  Place place;
  bool keeps_place = true;
  bool if_exists = false;
};
struct DropColumn {
  std::string name;
  bool if_exists = false;
};
struct RenameColumn {
  std::string old_name;
  std::string new_name;
  bool if_exists = false;
};
struct AlterColumn {  // ALTER c SET DEFAULT, SET INVISIBLE ...
  std::string name;
  std::optional<bool> invisible;
  bool if_exists = false;
};
struct AddKey {
  KeySpec key;
};
struct DropKey {     // DROP PRIMARY KEY, INDEX, or CONSTRAINT, which may be a unique key
  std::string name;  // "PRIMARY"
  bool if_exists = false;
  bool maybe_other = false;  // CONSTRAINT: no key of that name is no error
};
struct RenameKey {
  std::string old_name;
  std::string new_name;
  bool if_exists = false;
};
struct RenameTo {
  TableName table;
};
struct ConvertCharset {
  CharsetClause charset;
};
struct SetOptions {
  TableOptions options;
};
struct SystemVersioning {
  bool add = true;
};
// What changes rows without an event for each: TRUNCATE, DROP, EXCHANGE PARTITION, IMPORT.
struct RowsWithoutEvents {
  std::string action;                 // "TRUNCATE PARTITION", for messages
  std::optional<TableName> exchange;  // the other table of EXCHANGE
};
struct AddPeriod {
  PeriodSpec period;
};
struct DropPeriod {
  std::string name;
};
// MariaDB: CONVERT PARTITION p TO TABLE t makes t; CONVERT TABLE t TO PARTITION p takes it away.
struct ConvertPartition {
  TableName table;
  bool to_partition = false;
};
using AlterAction =
    std::variant<AddColumn, ChangeColumn, DropColumn, RenameColumn, AlterColumn, AddKey, DropKey,
                 RenameKey, RenameTo, ConvertCharset, SetOptions, SystemVersioning,
                 RowsWithoutEvents, AddPeriod, DropPeriod, ConvertPartition>;

struct AlterTable {
  TableName table;
  bool if_exists = false;
  std::vector<AlterAction> actions;  // those that mean something, left to right
  size_t items = 0;                  // with those that do not, but for LOCK and ALGORITHM=INPLACE
  // Where in the text the actions begin: text.substr(actions_offset) is what another table would be
  // altered by.
  size_t actions_offset = 0;
};
// CREATE INDEX and DROP INDEX, which are an ALTER TABLE under another name.
struct AlterIndex {
  AlterTable alter;
  bool or_replace = false;
};
struct RenameTables {
  struct Pair {
    TableName from;
    TableName to;
  };
  std::vector<Pair> pairs;  // one after another
  bool if_exists = false;
};
struct DropTables {
  std::vector<TableName> tables;
  TableKind kind = TableKind::kTable;  // also of DROP VIEW and DROP SEQUENCE
  bool if_exists = false;
  bool temporary = false;
};
struct TruncateTable {
  TableName table;
};
struct CreateDatabase {
  std::string name;
  CharsetClause charset;
  bool or_replace = false;
  bool if_not_exists = false;
};
struct AlterDatabase {
  std::string name;  // the default database where none is named
  CharsetClause charset;
};
struct DropDatabase {
  std::string name;
  bool if_exists = false;
};
// CREATE and ALTER of a VIEW or SEQUENCE: what we know of them is that they are none.
struct CreateOther {
  TableName table;
  TableKind kind = TableKind::kView;
  bool or_replace = false;
  bool if_not_exists = false;
  bool temporary = false;
  bool alter = false;
};
// Changes no table: routines, triggers, events, accounts, ANALYZE ...
struct NoTable {};

using Statement =
    std::variant<NoTable, CreateTable, AlterTable, AlterIndex, RenameTables, DropTables,
                 TruncateTable, CreateDatabase, AlterDatabase, DropDatabase, CreateOther>;

}  // namespace millrace::schema::ddl
