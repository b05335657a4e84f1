// SPDX-License-Identifier: Apache-2.0
#include "schema/key_rules.h"

#include <algorithm>
#include <utility>

#include "schema/column_rules.h"
#include "schema/limits.h"
#include "schema/names.h"

namespace millrace::schema {
namespace {

bool is_string(const Column& column) {
  switch (column.type) {
    case ColumnType::kString:
    case ColumnType::kVarchar:
    case ColumnType::kVarcharCompressed:
    case ColumnType::kBlob:
    case ColumnType::kBlobCompressed:
      return column.special == Special::kNone || column.special == Special::kMariaDbJson;
    default:
      return column.type == ColumnType::kGeometry;
  }
}

}  // namespace

KeyBuilder::KeyBuilder(Table& table, const std::vector<ddl::PeriodSpec>& periods)
    : table_(table), periods_(periods) {
  for (const Key& key : table.keys) taken_.insert(fold_name(key.name));
}

size_t find_column(const std::vector<Column>& columns, const std::string& name) {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& column) {
    return same_name(column.name, name);
  });
  return static_cast<size_t>(found - columns.begin());
}

uint32_t adapted_prefix(uint32_t prefix, const Column& column) {
  if (prefix == 0 || !is_string(column)) return 0;
  return column.octets != 0 && prefix >= characters(column) ? 0 : prefix;
}

Status KeyBuilder::add_column(const std::string& name, uint32_t prefix, Key& key) {
  const size_t index = find_column(table_.columns, name);
  if (index == table_.columns.size()) {
    return Error{Errc::kMismatch, "a key names column `" + name + "`, which is not there"};
  }
  key.parts.push_back({.column = static_cast<uint16_t>(index),
                       .prefix = adapted_prefix(prefix, table_.columns[index])});
  return Done{};
}

Status KeyBuilder::add_parts(const ddl::KeySpec& spec, Key& key) {
  for (const ddl::KeyPartSpec& part : spec.parts) {
    if (part.functional) {
      key.functional = true;
    } else if (part.period) {
      const auto period = std::find_if(periods_.begin(), periods_.end(), [&](const auto& p) {
        return same_name(p.name, part.column);
      });
      if (period == periods_.end()) {
        key.functional = true;  // of a period that was there before: its columns are not kept
        continue;
      }
      TRY(add_column(period->end, 0, key));
      TRY(add_column(period->start, 0, key));
    } else {
      TRY(add_column(part.column, part.prefix, key));
    }
  }
  return Done{};
}

// The name of a key that has none: its first column's, made unique by a number.
std::string KeyBuilder::free_name(const ddl::KeySpec& spec) const {
  std::string base = "functional_index";
  if (!spec.parts.empty() && !spec.parts[0].functional) {
    const size_t index = find_column(table_.columns, spec.parts[0].column);
    base = index < table_.columns.size() ? table_.columns[index].name : spec.parts[0].column;
  }
  std::string name = base;
  for (int i = 2; taken_.count(fold_name(name)) != 0 || same_name(name, "PRIMARY"); ++i) {
    name = base + "_" + std::to_string(i);
  }
  return name;
}

Status KeyBuilder::add(const ddl::KeySpec& spec) {
  if (table_.keys.size() >= kMaxKeys || spec.parts.size() > kMaxKeyParts) {
    return Error{Errc::kMismatch, "a table with so many keys"};
  }
  Key key;
  key.primary = spec.kind == ddl::KeySpec::Kind::kPrimary;
  if (key.primary) {
    key.name = "PRIMARY";
  } else {
    key.name = !spec.name.empty() ? spec.name : spec.constraint;
    if (key.name.empty()) key.name = free_name(spec);
  }
  const bool taken = !taken_.insert(fold_name(key.name)).second;
  if (spec.kind == ddl::KeySpec::Kind::kOther) return Done{};
  if (taken) {
    if (spec.if_not_exists) return Done{};
    return Error{Errc::kMismatch, "there are two keys `" + key.name + "`"};
  }
  TRY(add_parts(spec, key));
  table_.keys.push_back(std::move(key));
  return Done{};
}

void finish_keys(Table& table) {
  for (const Key& key : table.keys) {
    if (!key.primary) continue;
    for (const KeyPart& part : key.parts) table.columns[part.column].nullable = false;
  }
  const auto rank = [&](const Key& key) {
    if (key.primary) return 0;
    const bool nullable =
        key.functional || std::any_of(key.parts.begin(), key.parts.end(), [&](const KeyPart& p) {
          return table.columns[p.column].nullable;
        });
    const bool partial = std::any_of(key.parts.begin(), key.parts.end(),
                                     [](const KeyPart& p) { return p.prefix != 0; });
    return 1 + (nullable ? 2 : 0) + (partial ? 1 : 0);
  };
  std::stable_sort(table.keys.begin(), table.keys.end(),
                   [&](const Key& a, const Key& b) { return rank(a) < rank(b); });
}

}  // namespace millrace::schema
