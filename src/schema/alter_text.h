// SPDX-License-Identifier: Apache-2.0
// The ALTER TABLE that stands for an online schema change: what the tool did to its shadow, or what
// the definitions before and after differ in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schema/catalog.h"
#include "schema/ddl/context.h"
#include "schema/helper_table.h"
#include "schema/table.h"

namespace millrace::schema {

// A name in backquotes.
std::string quoted_name(std::string_view name);

// Clauses that make the columns and keys of `after` of those of `before`, as far as a definition
// tells: no defaults, comments, plain indexes. nullopt where it tells too little (generated
// columns). FORCE where nothing differs.
std::optional<std::string> generated_clauses(const Table& before, const Table& after,
                                             const ddl::DdlContext& context);

// "ALTER TABLE `d`.`t` ..." that makes `after` of `before`, in the mode of `sql_mode`. Read back
// and applied it gives just that, or there is none: nullopt.
struct AlterText {
  std::string statement;
  std::optional<uint64_t> sql_mode;  // that it is written in; absent: the context's
};
std::optional<AlterText> alter_text(const Catalog& catalog, const Table& before, const Table& after,
                                    const HelperTag& helper, const ddl::DdlContext& context);

}  // namespace millrace::schema
