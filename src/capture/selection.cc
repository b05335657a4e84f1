// SPDX-License-Identifier: Apache-2.0
#include "capture/selection.h"

#include <algorithm>
#include <array>

namespace millrace::capture {
namespace {

char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b, bool fold_case) {
  if (a.size() != b.size()) return false;
  if (!fold_case) return a == b;
  for (size_t i = 0; i < a.size(); ++i)
    if (fold(a[i]) != fold(b[i])) return false;
  return true;
}

// Reads one name from the head of `rest`, quoted or up to the next dot.
Result<std::string> take_name(std::string_view& rest) {
  std::string name;
  if (rest.empty() || rest.front() != '`') {
    const size_t end = rest.find('.');
    name = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
    if (name.find('`') != std::string::npos)
      return Error{Errc::kInvalid, "a backquote must open and close the whole name"};
  } else {
    rest.remove_prefix(1);
    for (;;) {
      const size_t end = rest.find('`');
      if (end == std::string_view::npos) return Error{Errc::kInvalid, "a backquote is not closed"};
      name += rest.substr(0, end);
      rest.remove_prefix(end + 1);
      if (rest.empty() || rest.front() != '`') break;
      name += '`';
      rest.remove_prefix(1);
    }
  }
  if (name.empty()) return Error{Errc::kInvalid, "a name is empty"};
  return name;
}

std::string quoted(const std::string& name) {
  if (name.find_first_of(".`") == std::string::npos) return name;
  std::string text = "`";
  for (const char c : name) {
    text += c;
    if (c == '`') text += c;
  }
  return text + "`";
}

}  // namespace

Result<ObjectName> parse_object(std::string_view text) {
  const auto told = [&](const std::string& why) {
    return Error{Errc::kInvalid, "object \"" + std::string(text) + "\": " + why +
                                     "; write DATABASE or DATABASE.TABLE, such as shop.orders, "
                                     "with backquotes round a name that holds a dot"};
  };
  std::string_view rest = text;
  ObjectName object;
  auto database = take_name(rest);
  if (!database) return told(database.error().what);
  object.database = *database;
  if (rest.empty()) return object;
  if (rest.front() != '.') return told("a dot must follow the database's name");
  rest.remove_prefix(1);
  auto table = take_name(rest);
  if (!table) return told(table.error().what);
  object.table = *table;
  if (!rest.empty()) return told("there is more after the table's name");
  return object;
}

std::string object_text(const ObjectName& object) {
  return object.table.empty() ? quoted(object.database)
                              : quoted(object.database) + "." + quoted(object.table);
}

bool is_system_database(std::string_view database) {
  constexpr std::array<std::string_view, 4> kSystem = {"mysql", "information_schema",
                                                       "performance_schema", "sys"};
  for (const std::string_view name : kSystem)
    if (same_name(database, name, true)) return true;
  return false;
}

bool Selection::covers(std::string_view database, std::string_view table) const {
  if (is_system_database(database)) return false;
  if (objects.empty()) return true;
  for (const ObjectName& object : objects) {
    if (!same_name(object.database, database, fold_case)) continue;
    if (object.table.empty() || table.empty() || same_name(object.table, table, fold_case))
      return true;
  }
  return false;
}

bool Selection::names(std::string_view database, std::string_view table) const {
  return std::any_of(objects.begin(), objects.end(), [&](const ObjectName& object) {
    return !object.table.empty() && same_name(object.database, database, fold_case) &&
           same_name(object.table, table, fold_case);
  });
}

bool Selection::wants_rows(std::string_view database, std::string_view table) const {
  return data && covers(database, table);
}

bool Selection::wants_ddl(std::string_view database, std::string_view table) const {
  if (!schema || is_system_database(database)) return false;
  return schema_of_instance || covers(database, table);
}

}  // namespace millrace::capture
