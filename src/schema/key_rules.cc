// SPDX-License-Identifier: Apache-2.0
#include "schema/key_rules.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "schema/collation_rules.h"
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

constexpr uint32_t kMariaDbHashes = 100400;
constexpr uint64_t kPointOctets = 25;
constexpr int kLast = 9;  // the rank after all others

// What a key's part takes in a tree; a BLOB without a prefix fits in none.
uint64_t key_octets(const Column& column, uint32_t prefix) {
  if (prefix != 0) return uint64_t{prefix} * mbmaxlen(column.charset);
  if (column.octets != 0) return column.octets;
  if (column.type == ColumnType::kBlob || column.type == ColumnType::kBlobCompressed ||
      column.type == ColumnType::kGeometry) {
    return UINT32_MAX;
  }
  return 4;  // numbers and times: too short for a difference of some bytes to matter
}

uint64_t max_key_octets(const std::string& engine) {
  if (same_name(engine, "MyISAM")) return 1000;
  return same_name(engine, "Aria") ? 2300 : 3072;
}

// Whether a tree cannot hold the key.
template <typename IsPoint>
bool is_too_long(const Table& table, const Key& key, IsPoint is_point) {
  uint64_t octets = 0;
  for (const KeyPart& part : key.parts) {
    const Column& column = table.columns[part.column];
    const bool point = column.type == ColumnType::kGeometry && is_point(column);
    octets += point ? kPointOctets : key_octets(column, part.prefix);
  }
  return octets > max_key_octets(table.engine);
}

}  // namespace

void forget_declared_hashes(Table& table) {
  for (Key& key : table.keys)
    key.hashed = key.hashed && is_too_long(table, key, [](const Column&) { return false; });
}

KeyBuilder::KeyBuilder(Table& table, const std::vector<ddl::PeriodSpec>& periods,
                       const ddl::DdlContext& context)
    : table_(table), periods_(periods), context_(context) {
  for (const Key& key : table.keys) {
    taken_.insert(fold_name(key.name));
    if (!key.hashed) trees_.insert(fold_name(key.name));
  }
}

void KeyBuilder::declare(const ddl::ColumnSpec& column) {
  const bool is_blob = column.type == ddl::TypeWord::kText || column.type == ddl::TypeWord::kBlob;
  // MariaDB counts it as a prefix nevertheless.
  if (is_blob && column.length && !context_.is_mariadb())
    lengths_[fold_name(column.name)] = *column.length;
  if (column.is_point) lengths_[fold_name(column.name)] = kPointOctets;
}

// The length that the statement gives; 0 for a column that it leaves alone.
uint64_t KeyBuilder::declared(const Column& column) const {
  const auto length = lengths_.find(fold_name(column.name));
  return length == lengths_.end() ? 0 : length->second;
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
  const Column& column = table_.columns[index];
  const bool is_point = column.type == ColumnType::kGeometry && declared(column) != 0;
  key.parts.push_back({.column = static_cast<uint16_t>(index),
                       .prefix = is_point ? 0 : adapted_prefix(prefix, column)});
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
  const bool functional = std::any_of(spec.parts.begin(), spec.parts.end(),
                                      [](const ddl::KeyPartSpec& part) { return part.functional; });
  if (!spec.parts.empty() && !functional) {
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
  if (spec.hash) hashed_.insert(key.name);
  table_.keys.push_back(std::move(key));
  return Done{};
}

// Whether MariaDB keeps the key as a hash of its values: it says so, or is too long to be a tree.
bool KeyBuilder::is_hashed(const Key& key) const {
  if (!context_.is_mariadb() || context_.version < kMariaDbHashes || key.primary) return false;
  if (same_name(table_.engine, "MEMORY")) return false;
  if (hashed_.count(key.name) != 0) return true;
  // Where a tree held it before, a shape in it can only be a POINT.
  const bool was_tree = trees_.count(fold_name(key.name)) != 0;
  return is_too_long(table_, key,
                     [&](const Column& column) { return was_tree || declared(column) != 0; });
}

int KeyBuilder::rank(const Key& key) const {
  if (key.primary) return 0;
  if (key.hashed) return kLast;
  const auto any = [&](auto accepts) {
    return std::any_of(key.parts.begin(), key.parts.end(), accepts);
  };
  const bool nullable =
      key.functional || any([&](const KeyPart& p) { return table_.columns[p.column].nullable; });
  const bool partial = any([&](const KeyPart& p) {
    const Column& column = table_.columns[p.column];
    if (column.type == ColumnType::kGeometry) {
      return context_.is_mariadb() || declared(column) == 0;
    }
    return p.prefix != 0 && declared(column) != p.prefix;
  });
  // An expression is a hidden virtual column, which makes the last difference.
  return 1 + (nullable ? 4 : 0) + (partial ? 2 : 0) + (key.functional ? 1 : 0);
}

void KeyBuilder::finish() {
  std::vector<std::pair<int, Key>> ranked;
  ranked.reserve(table_.keys.size());
  // In their order: what stands before the primary key still sees its columns as nullable.
  for (Key& key : table_.keys) {
    if (key.primary) {
      for (const KeyPart& part : key.parts) table_.columns[part.column].nullable = false;
    }
    key.hashed = is_hashed(key);
    const int place = rank(key);
    ranked.emplace_back(place, std::move(key));
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < ranked.size(); ++i) table_.keys[i] = std::move(ranked[i].second);
}

}  // namespace millrace::schema
