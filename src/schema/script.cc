// SPDX-License-Identifier: Apache-2.0
#include "schema/script.h"

#include <algorithm>
#include <string>
#include <utility>

#include "schema/ddl/context.h"
#include "schema/statement.h"

namespace millrace::schema {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Cuts a script into statements. Quotes and comments hide delimiters.
class Script {
 public:
  explicit Script(std::string_view text) : text_(text) {}

  // The next statement without its delimiter; false at the end.
  bool next(std::string_view& statement, size_t& line) {
    for (;;) {
      skip_space();
      if (at_ >= text_.size()) return false;
      if (!take_delimiter_command()) break;
    }
    line = line_;
    const size_t begin = at_;
    while (at_ < text_.size() && !starts_with(delimiter_)) step();
    statement = text_.substr(begin, at_ - begin);
    advance(std::min(delimiter_.size(), text_.size() - at_));
    return true;
  }

 private:
  bool starts_with(std::string_view what) const { return text_.substr(at_, what.size()) == what; }
  void advance(size_t count) {
    for (; count > 0 && at_ < text_.size(); --count)
      if (text_[at_++] == '\n') ++line_;
  }
  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) advance(1);
  }
  // The client's own command, to the line's end.
  bool take_delimiter_command() {
    constexpr std::string_view kWord = "delimiter";
    const std::string_view word = text_.substr(at_, kWord.size());
    if (word.size() < kWord.size()) return false;
    for (size_t i = 0; i < kWord.size(); ++i)
      if ((word[i] | 0x20) != kWord[i]) return false;
    advance(kWord.size());
    const size_t end = std::min(text_.find('\n', at_), text_.size());
    std::string_view rest = text_.substr(at_, end - at_);
    while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
    while (!rest.empty() && is_space(rest.back())) rest.remove_suffix(1);
    if (!rest.empty()) delimiter_ = rest;
    advance(end - at_);
    return true;
  }
  // One character, or a whole quoted text or comment.
  void step() {
    const char c = text_[at_];
    if (c == '\'' || c == '"' || c == '`') {
      quoted(c);
    } else if (c == '#' ||
               (starts_with("--") && at_ + 2 < text_.size() && is_space(text_[at_ + 2]))) {
      advance(std::min(text_.find('\n', at_), text_.size()) - at_);
    } else if (starts_with("/*")) {
      const size_t end = text_.find("*/", at_ + 2);
      advance(end == std::string_view::npos ? text_.size() - at_ : end + 2 - at_);
    } else {
      advance(1);
    }
  }
  void quoted(char quote) {
    advance(1);
    while (at_ < text_.size()) {
      const char c = text_[at_];
      advance(c == '\\' && quote != '`' ? 2 : 1);
      if (c == quote) return;  // a doubled quote opens again at once
    }
  }

  const std::string_view text_;
  std::string_view delimiter_ = ";";
  size_t at_ = 0;
  size_t line_ = 1;
};

// `USE name` without quotes, or empty.
std::string used_database(std::string_view statement) {
  if (statement.size() < 5 || (statement[0] | 0x20) != 'u' || (statement[1] | 0x20) != 's' ||
      (statement[2] | 0x20) != 'e' || !is_space(statement[3]))
    return "";
  statement.remove_prefix(4);
  while (!statement.empty() && is_space(statement.front())) statement.remove_prefix(1);
  while (!statement.empty() && is_space(statement.back())) statement.remove_suffix(1);
  if (statement.size() < 2 || statement.front() != '`') return std::string(statement);
  std::string name;
  for (size_t i = 1; i + 1 < statement.size(); ++i) {
    name += statement[i];
    if (statement[i] == '`') ++i;
  }
  return name;
}

// Dumps say at their head which server they are of.
ddl::DdlContext context_of(std::string_view text) {
  ddl::DdlContext context;
  const std::string_view head = text.substr(0, 2000);
  if (head.find("MariaDB") != std::string_view::npos) {
    context.flavour = ddl::Flavour::kMariaDb;
    context.version = 101100;
  }
  constexpr std::string_view kVersion = "Server version";
  if (const size_t at = head.find(kVersion); at != std::string_view::npos) {
    std::string_view version = head.substr(at + kVersion.size());
    while (!version.empty() && is_space(version.front())) version.remove_prefix(1);
    version = version.substr(0, version.find('\n'));
    if (const uint32_t number = ddl::version_number(version); number != 0) context.version = number;
  }
  return context;
}

}  // namespace

Status apply_script(std::string_view utf8_text, Catalog& catalog) {
  Script script(utf8_text);
  ddl::DdlContext context = context_of(utf8_text);
  std::string_view statement;
  size_t line = 0;
  while (script.next(statement, line)) {
    if (std::string database = used_database(statement); !database.empty()) {
      context.database = std::move(database);
      continue;
    }
    if (classify(statement, context).kind != StatementKind::kDdl) continue;
    std::string problem;
    catalog.apply_text(statement, context, &problem);
    if (!problem.empty())
      return Error{Errc::kInvalid, "line " + std::to_string(line) + ": " + problem};
  }
  return Done{};
}

}  // namespace millrace::schema
