// SPDX-License-Identifier: Apache-2.0
// The text of an ALTER TABLE's clauses, to be put behind another table's name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schema/ddl/context.h"

namespace millrace::schema {

// Without what stands behind the last token, but for the end of an executable comment.
std::string_view trimmed_clauses(std::string_view text, const ddl::DdlContext& context);
// Whether they set AUTO_INCREMENT and nothing else.
bool is_counter_only(std::string_view clauses, const ddl::DdlContext& context);
// CREATE INDEX and DROP INDEX as a clause; nullopt: there is none like it.
std::optional<std::string> index_clause(std::string_view text, const ddl::DdlContext& context);

}  // namespace millrace::schema
