// SPDX-License-Identifier: Apache-2.0
// Which charset and collation a clause means: by itself, by where it stands, by the session that
// ran it (mysql-source spec 4.4).
#pragma once

#include <string>

#include "base/result.h"
#include "schema/ddl/ast.h"
#include "schema/ddl/context.h"

namespace millrace::schema {

struct CharsetPair {
  std::string charset;
  std::string collation;
};

// What a charset without COLLATE means in this session.
std::string default_collation(const std::string& charset, const ddl::DdlContext& context);
// Whether CHARACTER SET DEFAULT means the charset of what it stands in, but that charset's oldest
// default collation: MariaDB since 10.10. Else both are taken over.
bool default_is_charset_alone(const ddl::DdlContext& context);
// The clause within what it stands in; an empty clause is `inherited` itself. CHARACTER SET DEFAULT
// is `fallback`. kMismatch for names that no server has, or that contradict each other.
Result<CharsetPair> resolve_charset(const ddl::CharsetClause& clause, const CharsetPair& inherited,
                                    const CharsetPair& fallback, const ddl::DdlContext& context);
// Bytes of the charset's longest character; 1 for one that nobody knows.
uint32_t mbmaxlen(const std::string& charset);

}  // namespace millrace::schema
