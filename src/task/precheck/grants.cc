// SPDX-License-Identifier: Apache-2.0
#include "task/precheck/grants.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace millrace::task::precheck {
namespace {

// Takes a name in backquotes, double quotes or quotes (doubled inside), or "*", off the front of
// `rest`; false when something else stands there.
bool take_name(std::string_view& rest, std::string& name) {
  name.clear();
  if (rest.empty()) return false;
  const char quote = rest[0];
  if (quote == '*') {
    name = "*";
    rest.remove_prefix(1);
    return true;
  }
  if (quote != '`' && quote != '"' && quote != '\'') return false;
  for (size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] != quote) {
      name += rest[i];
    } else if (i + 1 < rest.size() && rest[i + 1] == quote) {
      name += rest[i++];
    } else {
      rest.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

bool eat(std::string_view& rest, std::string_view word) {
  if (rest.substr(0, word.size()) != word) return false;
  rest.remove_prefix(word.size());
  return true;
}

std::string trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(' ') - begin + 1));
}

// "SELECT, SELECT (a, b), SHOW VIEW": commas inside parentheses are of column lists. A privilege on
// some columns counts as one on the table: its definition can be seen.
std::set<std::string, std::less<>> split(std::string_view list) {
  std::set<std::string, std::less<>> out;
  std::string word;
  int depth = 0;
  for (const char c : list) {
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (depth > 0 || c == ')') continue;
    if (c == ',') {
      out.insert(trimmed(word));
      word.clear();
    } else {
      word += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
  out.insert(trimmed(word));
  return out;
}

// LIKE as in the database part of a grant: % and _ match, a backslash takes their meaning away. On
// a mismatch the last % takes one character more, so the time is at most the product of the
// lengths.
bool like(std::string_view pattern, std::string_view name) {
  size_t p = 0;
  size_t n = 0;
  size_t percent = std::string_view::npos;  // just after the last one
  size_t taken = 0;                         // where the name went on then
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '%') {
      percent = ++p;
      taken = n;
      continue;
    }
    const bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
    const size_t at = p + (escaped ? 1 : 0);
    if (at < pattern.size() && (pattern[at] == name[n] || (!escaped && pattern[at] == '_'))) {
      p = at + 1;
      ++n;
    } else if (percent != std::string_view::npos) {
      p = percent;
      n = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('%', p) == std::string_view::npos;
}

}  // namespace

bool Grants::Grant::grants(std::string_view privilege) const {
  if (privileges.contains("ALL PRIVILEGES") || privileges.contains("ALL")) return true;
  if (privileges.contains(privilege)) return true;
  return privilege == "REPLICATION CLIENT" && privileges.contains("BINLOG MONITOR");
}

bool Grants::Grant::matches(std::string_view name) const {
  return database == "*" || database == name || like(database, name);
}

void Grants::add(std::string_view line) {
  Grant grant;
  grant.revoke = eat(line, "REVOKE ");
  if (!grant.revoke && !eat(line, "GRANT ")) return;
  const size_t on = line.find(" ON ");
  if (on == std::string_view::npos || (!line.empty() && (line[0] == '`' || line[0] == '\''))) {
    has_roles_ = true;
    return;
  }
  grant.privileges = split(line.substr(0, on));
  line.remove_prefix(on + 4);
  // ON PROXY, PROCEDURE, FUNCTION and the like do not begin with a name.
  if (!take_name(line, grant.database) || !eat(line, ".") || !take_name(line, grant.table)) return;
  grants_.push_back(std::move(grant));
}

bool Grants::global(std::string_view privilege) const {
  return std::any_of(grants_.begin(), grants_.end(), [&](const Grant& g) {
    return !g.revoke && g.database == "*" && g.table == "*" && g.grants(privilege);
  });
}

bool Grants::on_database(std::string_view privilege, std::string_view database) const {
  bool granted = false;
  for (const Grant& g : grants_) {
    if (g.table != "*" || !g.grants(privilege)) continue;
    if (g.revoke && g.database == database) return false;
    if (!g.revoke && g.matches(database)) granted = true;
  }
  return granted;
}

bool Grants::on_table(std::string_view privilege, std::string_view database,
                      std::string_view table) const {
  if (on_database(privilege, database)) return true;
  return std::any_of(grants_.begin(), grants_.end(), [&](const Grant& g) {
    return !g.revoke && g.database == database && g.table == table && g.grants(privilege);
  });
}

std::vector<std::string> Grants::revoked(std::string_view privilege) const {
  std::vector<std::string> out;
  for (const Grant& g : grants_) {
    if (g.revoke && g.grants(privilege)) out.push_back(g.database);
  }
  return out;
}

}  // namespace millrace::task::precheck
