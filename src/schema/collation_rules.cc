// SPDX-License-Identifier: Apache-2.0
#include "schema/collation_rules.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/charset.h"

namespace millrace::schema {
namespace {

constexpr uint32_t kMySql8 = 80000;
constexpr uint32_t kMariaDbContextual = 101000;
constexpr uint32_t kMariaDbUca1400 = 110500;
// What MariaDB's character_set_collations is made of unless somebody sets it, since then.
constexpr std::string_view kUca1400Charsets[] = {"utf8mb3", "ucs2", "utf8mb4", "utf16", "utf32"};

std::string named(const Collation* collation) { return std::string(collation->name); }

}  // namespace

std::string default_collation(const std::string& charset, const ddl::DdlContext& context) {
  const Charset* known = find_charset(charset);
  if (known == nullptr) return {};
  if (context.charset_collations) {
    for (const auto& [of, collation] : *context.charset_collations) {
      const Collation* set = find_collation(of, context.is_mariadb());
      const Collation* meant = find_collation(collation, context.is_mariadb());
      if (set != nullptr && meant != nullptr && set->charset == known && meant->charset == known) {
        return named(meant);
      }
    }
  } else if (context.is_mariadb() && context.version >= kMariaDbUca1400 &&
             std::find(std::begin(kUca1400Charsets), std::end(kUca1400Charsets), known->name) !=
                 std::end(kUca1400Charsets)) {
    return named(find_collation("uca1400_ai_ci", *known, true));
  }
  if (charset == "utf8mb4" && !context.is_mariadb()) {
    const Collation* meant = find_collation(context.utf8mb4_collation);
    if (meant != nullptr && meant->charset == known) return named(meant);
    if (context.version >= kMySql8) return "utf8mb4_0900_ai_ci";
  }
  return std::string(known->default_collation);
}

bool default_is_charset_alone(const ddl::DdlContext& context) {
  return context.is_mariadb() && context.version >= kMariaDbContextual;
}

Result<CharsetPair> resolve_charset(const ddl::CharsetClause& clause, const CharsetPair& inherited,
                                    const CharsetPair& fallback, const ddl::DdlContext& context) {
  CharsetPair out = clause.is_default ? fallback : inherited;
  if (clause.is_default && default_is_charset_alone(context)) {
    const Charset* charset = find_charset(out.charset);
    if (charset != nullptr) out.collation = charset->default_collation;
  }
  if (!clause.charset.empty()) {
    const Charset* charset = find_charset(clause.charset);
    if (charset == nullptr) {
      return Error{Errc::kMismatch, "character set \"" + clause.charset + "\" is not known"};
    }
    out = {std::string(charset->name), default_collation(std::string(charset->name), context)};
  }
  if (clause.binary) {
    const Charset* charset = find_charset(out.charset);
    if (charset != nullptr) out.collation = charset->binary_collation;
  }
  if (clause.collation.empty()) return out;
  const bool is_mariadb = context.is_mariadb();
  const Collation* collation = find_collation(clause.collation, is_mariadb);
  if (collation == nullptr) {
    // A name that stands for one collation of every charset.
    const Charset* charset = find_charset(out.charset);
    if (charset != nullptr) collation = find_collation(clause.collation, *charset, is_mariadb);
  }
  if (collation == nullptr) {
    return Error{Errc::kMismatch, "collation \"" + clause.collation + "\" is not known"};
  }
  if (!clause.charset.empty() && collation->charset->name != out.charset) {
    return Error{Errc::kMismatch,
                 "collation \"" + clause.collation + "\" is not of character set " + out.charset};
  }
  return CharsetPair{std::string(collation->charset->name), named(collation)};
}

uint32_t mbmaxlen(const std::string& charset) {
  const Charset* known = find_charset(charset);
  return known != nullptr ? known->mbmaxlen : 1;
}

}  // namespace millrace::schema
