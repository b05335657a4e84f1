// SPDX-License-Identifier: Apache-2.0
#include "schema/alter_text.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "schema/column_rules.h"
#include "schema/names.h"

namespace millrace::schema {
namespace {

std::string quoted_string(std::string_view text, const ddl::DdlContext& context) {
  const bool escapes = (context.sql_mode & ddl::kNoBackslashEscapes) == 0;
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || (c == '\\' && escapes)) out += c;
    out += c;
  }
  return out + "'";
}

std::string with_length(std::string_view word, uint64_t length) {
  return std::string(word) + "(" + std::to_string(length) + ")";
}
std::string with_fraction(std::string_view word, const Column& column) {
  return column.fraction == 0 ? std::string(word) : with_length(word, column.fraction);
}

std::string labels_of(std::string_view word, const Column& column, const ddl::DdlContext& context) {
  std::string out;
  for (const std::string& label : column.labels)
    out += (out.empty() ? "(" : ",") + quoted_string(label, context);
  return std::string(word) + out + ")";
}

std::string blob_type(const Column& column) {
  constexpr std::string_view kSizes[] = {"TINY", "", "MEDIUM", "LONG"};
  const size_t size = std::clamp<size_t>(column.length_bytes, 1, 4) - 1;
  return std::string(kSizes[size]) + (column.charset == "binary" ? "BLOB" : "TEXT");
}

std::string numeric_type(const Column& column) {
  const std::string sign = column.is_unsigned ? " UNSIGNED" : "";
  switch (column.type) {
    case ColumnType::kTiny:
      return "TINYINT" + sign;
    case ColumnType::kShort:
      return "SMALLINT" + sign;
    case ColumnType::kInt24:
      return "MEDIUMINT" + sign;
    case ColumnType::kLong:
      return "INT" + sign;
    case ColumnType::kLongLong:
      return "BIGINT" + sign;
    case ColumnType::kFloat:
      return "FLOAT" + sign;
    case ColumnType::kDouble:
      return "DOUBLE" + sign;
    case ColumnType::kNewDecimal:
      return "DECIMAL(" + std::to_string(column.precision) + "," + std::to_string(column.scale) +
             ")" + sign;
    case ColumnType::kBit:
      return with_length("BIT", column.bits);
    default:
      return "";
  }
}

// Empty: the definition does not say.
std::string type_text(const Column& column, const ddl::DdlContext& context) {
  const bool binary = column.charset == "binary";
  switch (column.special) {
    case Special::kUuid:
      return "UUID";
    case Special::kInet6:
      return "INET6";
    case Special::kInet4:
      return "INET4";
    case Special::kMariaDbJson:
      return "JSON";
    case Special::kNone:
      break;
  }
  switch (column.type) {
    case ColumnType::kYear:
      return "YEAR";
    case ColumnType::kDate:
      return "DATE";
    case ColumnType::kTime2:
      return with_fraction("TIME", column);
    case ColumnType::kDateTime2:
      return with_fraction("DATETIME", column);
    case ColumnType::kTimestamp2:
      return with_fraction("TIMESTAMP", column);
    case ColumnType::kVarchar:
      return binary ? with_length("VARBINARY", column.octets)
                    : with_length("VARCHAR", characters(column));
    case ColumnType::kString:
      return binary ? with_length("BINARY", column.octets)
                    : with_length("CHAR", characters(column));
    case ColumnType::kBlob:
      return blob_type(column);
    case ColumnType::kEnum:
      return labels_of("ENUM", column, context);
    case ColumnType::kSet:
      return labels_of("SET", column, context);
    case ColumnType::kJson:
      return "JSON";
    default:
      return numeric_type(column);
  }
}

// "`c` INT NOT NULL"; empty where the definition tells too little.
std::string column_text(const Column& column, const ddl::DdlContext& context) {
  const std::string type = type_text(column, context);
  if (type.empty() || column.generated) return "";
  std::string out = quoted_name(column.name) + " " + type;
  const bool is_text = !column.charset.empty() && column.charset != "binary" &&
                       column.special == Special::kNone && column.type != ColumnType::kJson;
  if (is_text) out += " CHARACTER SET " + column.charset + " COLLATE " + column.collation;
  out += column.nullable ? " NULL" : " NOT NULL";
  if (column.invisible) out += " INVISIBLE";
  return out;
}

// The key with names for numbers, so that keys of two tables compare.
std::vector<std::pair<std::string, uint32_t>> parts_of(const Table& table, const Key& key) {
  std::vector<std::pair<std::string, uint32_t>> parts;
  parts.reserve(key.parts.size());
  for (const KeyPart& part : key.parts)
    parts.emplace_back(fold_name(table.columns[part.column].name), part.prefix);
  return parts;
}

bool same_key(const Table& a, const Key& x, const Table& b, const Key& y) {
  return x.primary == y.primary && same_name(x.name, y.name) && x.functional == y.functional &&
         parts_of(a, x) == parts_of(b, y);
}

bool has_key(const Table& table, const Table& of, const Key& key) {
  return std::any_of(table.keys.begin(), table.keys.end(),
                     [&](const Key& own) { return same_key(table, own, of, key); });
}

std::string key_text(const Table& table, const Key& key) {
  std::string parts;
  for (const KeyPart& part : key.parts) {
    parts += (parts.empty() ? "" : ", ") + quoted_name(table.columns[part.column].name);
    if (part.prefix != 0) parts += "(" + std::to_string(part.prefix) + ")";
  }
  return (key.primary ? "PRIMARY KEY (" : "UNIQUE KEY " + quoted_name(key.name) + " (") + parts +
         ")";
}

// Gathers clauses while the columns are put in their order.
class Difference {
 public:
  Difference(const Table& before, const Table& after, const ddl::DdlContext& context)
      : before_(before), after_(after), context_(context) {
    for (const Column& column : before.columns) order_.push_back(&column);
  }

  std::optional<std::string> run() {
    for (const Key& key : before_.keys) {
      if (has_key(after_, before_, key)) continue;
      add(key.primary ? "DROP PRIMARY KEY" : "DROP KEY " + quoted_name(key.name));
    }
    for (const Column& column : before_.columns) {
      if (find(after_.columns, column.name) == nullptr) drop_column(column);
    }
    for (size_t i = 0; i < after_.columns.size(); ++i) {
      if (!place_column(i)) return std::nullopt;
    }
    for (const Key& key : after_.keys) {
      if (has_key(before_, after_, key)) continue;
      if (key.functional) return std::nullopt;
      add("ADD " + key_text(after_, key));
    }
    if (before_.charset != after_.charset || before_.collation != after_.collation)
      add("DEFAULT CHARACTER SET " + after_.charset + " COLLATE " + after_.collation);
    if (!before_.engine.empty() && !after_.engine.empty() &&
        fold_name(before_.engine) != fold_name(after_.engine))
      add("ENGINE=" + after_.engine);
    return out_.empty() ? "FORCE" : out_;
  }

 private:
  void add(const std::string& clause) { out_ += (out_.empty() ? "" : ", ") + clause; }

  static const Column* find(const std::vector<Column>& columns, const std::string& name) {
    const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& column) {
      return same_name(column.name, name);
    });
    return found == columns.end() ? nullptr : &*found;
  }

  void drop_column(const Column& column) {
    add("DROP COLUMN " + quoted_name(column.name));
    order_.erase(std::find(order_.begin(), order_.end(), &column));
  }

  // Column i of `after` comes to stand i-th.
  bool place_column(size_t i) {
    const Column& column = after_.columns[i];
    const Column* known = find(before_.columns, column.name);
    if (known != nullptr) {
      const auto at = std::find(order_.begin(), order_.end(), known);
      const bool stays = static_cast<size_t>(at - order_.begin()) == i;
      if (stays && *known == column) return true;
      order_.erase(at);
    }
    const std::string text = column_text(column, context_);
    if (text.empty()) return false;
    const std::string place =
        i == 0 ? " FIRST" : " AFTER " + quoted_name(after_.columns[i - 1].name);
    const bool last = i == order_.size();
    add((known != nullptr ? "MODIFY COLUMN " : "ADD COLUMN ") + text +
        (last && known == nullptr ? "" : place));
    order_.insert(order_.begin() + static_cast<ptrdiff_t>(i), known != nullptr ? known : &column);
    return true;
  }

  const Table& before_;
  const Table& after_;
  const ddl::DdlContext& context_;
  std::vector<const Column*> order_;  // as the clauses so far leave it
  std::string out_;
};

// Whether the statement, as we read it, makes `after` of `before`.
bool makes(const std::string& statement, const Catalog& catalog, const Table& before,
           const Table& after, const ddl::DdlContext& context) {
  Catalog scratch(catalog.server());
  if (const Database* database = catalog.find_database(before.database)) scratch.put(*database);
  scratch.put(before);
  std::string problem;
  scratch.apply_text(statement, context, &problem);
  const TablePtr made = scratch.find(before.database, before.name);
  return problem.empty() && made != nullptr && made->columns == after.columns &&
         made->keys.size() == after.keys.size() &&
         std::all_of(after.keys.begin(), after.keys.end(),
                     [&](const Key& key) { return has_key(*made, after, key); });
}

}  // namespace

std::string quoted_name(std::string_view name) {
  std::string out = "`";
  for (const char c : name) {
    if (c == '`') out += c;
    out += c;
  }
  return out + "`";
}

std::optional<std::string> generated_clauses(const Table& before, const Table& after,
                                             const ddl::DdlContext& context) {
  return Difference(before, after, context).run();
}

std::optional<AlterText> alter_text(const Catalog& catalog, const Table& before, const Table& after,
                                    const HelperTag& helper, const ddl::DdlContext& context) {
  const std::string head =
      "ALTER TABLE " + quoted_name(before.database) + "." + quoted_name(before.name) + " ";
  ddl::DdlContext own = context;
  own.error_code = 0;
  if (!helper.clauses.empty() && helper.whole) {
    own.sql_mode = helper.sql_mode;
    AlterText text{head + helper.clauses, helper.sql_mode};
    if (makes(text.statement, catalog, before, after, own)) return text;
  }
  own.sql_mode = context.sql_mode;
  const auto clauses = generated_clauses(before, after, own);
  if (!clauses) return std::nullopt;
  AlterText text{head + *clauses, std::nullopt};
  if (!makes(text.statement, catalog, before, after, own)) return std::nullopt;
  return text;
}

}  // namespace millrace::schema
