// SPDX-License-Identifier: Apache-2.0
#include "schema/ddl/type_reader.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace millrace::schema::ddl {
namespace {

constexpr uint32_t kVectorDefault = 2048;  // MySQL's dimension where none is given

enum class Only : uint8_t { kBoth, kMySql, kMariaDb };

struct TypeRow {
  std::string_view name;
  TypeWord type;
  uint8_t length_bytes = 0;
  Only only = Only::kBoth;
};

// Types of one word. Those of several (DOUBLE PRECISION, CHAR VARYING, NATIONAL ...) are read in
// read_type().
constexpr TypeRow kTypes[] = {
    {"BIGINT", TypeWord::kBigInt},
    {"BINARY", TypeWord::kBinary},
    {"BIT", TypeWord::kBit},
    {"BLOB", TypeWord::kBlob},
    {"BOOL", TypeWord::kTinyInt},
    {"BOOLEAN", TypeWord::kTinyInt},
    {"CHAR", TypeWord::kChar},
    {"CHARACTER", TypeWord::kChar},
    {"CLOB", TypeWord::kText, 4, Only::kMariaDb},
    {"DATE", TypeWord::kDate},
    {"DATETIME", TypeWord::kDateTime},
    {"DEC", TypeWord::kDecimal},
    {"DECIMAL", TypeWord::kDecimal},
    {"DOUBLE", TypeWord::kDouble},
    {"ENUM", TypeWord::kEnum},
    {"FIXED", TypeWord::kDecimal},
    {"FLOAT", TypeWord::kFloat},
    {"FLOAT4", TypeWord::kFloat},
    {"FLOAT8", TypeWord::kDouble},
    {"GEOMCOLLECTION", TypeWord::kGeometry},
    {"GEOMETRY", TypeWord::kGeometry},
    {"GEOMETRYCOLLECTION", TypeWord::kGeometry},
    {"INET4", TypeWord::kInet4, 0, Only::kMariaDb},
    {"INET6", TypeWord::kInet6, 0, Only::kMariaDb},
    {"INT", TypeWord::kInt},
    {"INT1", TypeWord::kTinyInt},
    {"INT2", TypeWord::kSmallInt},
    {"INT3", TypeWord::kMediumInt},
    {"INT4", TypeWord::kInt},
    {"INT8", TypeWord::kBigInt},
    {"INTEGER", TypeWord::kInt},
    {"JSON", TypeWord::kJson},
    {"LINESTRING", TypeWord::kGeometry},
    {"LONG", TypeWord::kText, 3},
    {"LONGBLOB", TypeWord::kBlob, 4},
    {"LONGTEXT", TypeWord::kText, 4},
    {"MEDIUMBLOB", TypeWord::kBlob, 3},
    {"MEDIUMINT", TypeWord::kMediumInt},
    {"MEDIUMTEXT", TypeWord::kText, 3},
    {"MIDDLEINT", TypeWord::kMediumInt},
    {"MULTILINESTRING", TypeWord::kGeometry},
    {"MULTIPOINT", TypeWord::kGeometry},
    {"MULTIPOLYGON", TypeWord::kGeometry},
    {"NCHAR", TypeWord::kChar},
    {"NUMBER", TypeWord::kDecimal, 0, Only::kMariaDb},
    {"NUMERIC", TypeWord::kDecimal},
    {"NVARCHAR", TypeWord::kVarchar},
    {"POINT", TypeWord::kGeometry},
    {"POLYGON", TypeWord::kGeometry},
    {"RAW", TypeWord::kVarbinary, 0, Only::kMariaDb},
    {"REAL", TypeWord::kDouble},
    {"SERIAL", TypeWord::kBigInt},
    {"SET", TypeWord::kSet},
    {"SMALLINT", TypeWord::kSmallInt},
    {"TEXT", TypeWord::kText},
    {"TIME", TypeWord::kTime},
    {"TIMESTAMP", TypeWord::kTimestamp},
    {"TINYBLOB", TypeWord::kBlob, 1},
    {"TINYINT", TypeWord::kTinyInt},
    {"TINYTEXT", TypeWord::kText, 1},
    {"UUID", TypeWord::kUuid, 0, Only::kMariaDb},
    {"VARBINARY", TypeWord::kVarbinary},
    {"VARCHAR", TypeWord::kVarchar},
    {"VARCHAR2", TypeWord::kVarchar, 0, Only::kMariaDb},
    {"VARCHARACTER", TypeWord::kVarchar},
    {"VECTOR", TypeWord::kVector},
    {"XMLTYPE", TypeWord::kText, 4, Only::kMariaDb},
    {"YEAR", TypeWord::kYear},
};

const TypeRow* find_type(std::string_view word, const DdlContext& context) {
  for (const TypeRow& row : kTypes) {
    if (!same_word(row.name, word)) continue;
    const Only here = context.is_mariadb() ? Only::kMariaDb : Only::kMySql;
    return row.only == Only::kBoth || row.only == here ? &row : nullptr;
  }
  return nullptr;
}

// "(10)", "(10, 2)"; "(*)" and what else is no number counts as absent.
void read_lengths(TokenReader& in, ColumnSpec& column) {
  if (!in.at('(')) return;
  TokenReader inside = in;
  in.skip_parens();
  inside.take();
  column.length = inside.number();
  if (!inside.eat(',')) return;
  if (const auto scale = inside.number()) {
    column.scale = static_cast<uint32_t>(std::min<uint64_t>(*scale, 255));
  }
}

Status read_labels(TokenReader& in, ColumnSpec& column) {
  if (!in.eat('(')) return in.problem("the labels of an ENUM or SET");
  do {
    bool raw = false;
    auto label = in.string(&raw);
    if (!label) return in.problem("a label");
    if (raw) column.raw_labels.push_back(column.labels.size());
    column.labels.push_back(std::move(*label));
  } while (in.eat(','));
  if (!in.eat(')')) return in.problem("\")\" after the labels");
  return Done{};
}

// The words that may follow the first one of a type.
void read_type_tail(TokenReader& in, std::string_view word, ColumnSpec& column) {
  const bool is_char = column.type == TypeWord::kChar;
  if (is_char && (in.eat("VARYING") || in.eat("VARCHAR"))) column.type = TypeWord::kVarchar;
  if (column.type == TypeWord::kBinary && in.eat("VARYING")) column.type = TypeWord::kVarbinary;
  if (column.type == TypeWord::kDouble) in.eat("PRECISION");
  if (!same_word(word, "LONG")) return;
  if (in.eat("VARBINARY")) {
    column.type = TypeWord::kBlob;
  } else if (!in.eat("VARCHAR") && !in.eat("VARCHARACTER") && !in.eat_words({"CHAR", "VARYING"})) {
    in.eat_words({"CHARACTER", "VARYING"});
  }
}

// What a mode of the session makes of the type.
void apply_modes(const DdlContext& context, std::string_view word, ColumnSpec& column) {
  if (same_word(word, "REAL") && (context.sql_mode & kRealAsFloat) != 0) {
    column.type = TypeWord::kFloat;
  }
  const bool oracle = context.is_mariadb() && (context.sql_mode & kOracle) != 0;
  if (oracle && same_word(word, "DATE")) column.type = TypeWord::kDateTime;
  if (oracle && same_word(word, "BLOB") && !column.length) column.length_bytes = 4;
  const bool maxdb =
      (context.sql_mode & kMaxDb) != 0 && (context.is_mariadb() || context.version < 80000);
  if (maxdb && same_word(word, "TIMESTAMP")) column.type = TypeWord::kDateTime;
  if (same_word(word, "NUMBER") && !column.length) column.type = TypeWord::kDouble;
  // FLOAT(p): the precision in bits decides; FLOAT(m,d) is only about display.
  if (column.type == TypeWord::kFloat && column.length && !column.scale && *column.length > 24) {
    column.type = TypeWord::kDouble;
  }
}

}  // namespace

Status read_type(TokenReader& in, ColumnSpec& column) {
  // MariaDB writes mariadb_schema.date where the mode would make another type of "date".
  std::optional<bool> forced_oracle;
  if (in.context().is_mariadb() && in.peek_second().is('.')) {
    forced_oracle = in.at("ORACLE_SCHEMA");
    in.take();
    in.take();
  }
  const bool national = in.at("NATIONAL");
  if (national) in.take();
  if (in.peek().kind != TokenKind::kWord) return in.problem("a type");
  const TypeRow* row = find_type(in.peek().text, in.context());
  if (row == nullptr) return in.problem("a type that is known");
  const std::string_view word = in.take().text;
  column.type = row->type;
  column.length_bytes = row->length_bytes;
  column.is_point = row->name == "POINT";
  read_type_tail(in, word, column);
  if (national || same_word(word, "NCHAR") || same_word(word, "NVARCHAR")) {
    column.charset.charset = "utf8mb3";
  }
  if (same_word(word, "SERIAL")) {
    column.is_unsigned = column.serial_default = true;
  }
  if (column.type == TypeWord::kEnum || column.type == TypeWord::kSet) {
    return read_labels(in, column);
  }
  read_lengths(in, column);
  if (column.type == TypeWord::kVector && !column.length) column.length = kVectorDefault;
  DdlContext context = in.context();
  if (forced_oracle) context.sql_mode = *forced_oracle ? kOracle : 0;
  apply_modes(context, word, column);
  return Done{};
}

}  // namespace millrace::schema::ddl
