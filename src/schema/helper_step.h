// SPDX-License-Identifier: Apache-2.0
// Follows a statement into the catalog and says what it is to online schema changes: which tables
// are their helpers, and when one of them takes the place of its base (mysql-source spec 4.8).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/catalog.h"
#include "schema/ddl/context.h"
#include "schema/helper_table.h"
#include "schema/statement.h"

namespace millrace::schema {

struct HelperStep {
  enum class Kind : uint8_t {
    kOrdinary,
    kHelper,    // about helpers alone
    kMadeRoom,  // the base has left its name, for which a shadow waits: moved, or dropped
    kCutOver,   // a helper now has the name of its base
  };
  Kind kind = Kind::kOrdinary;
  std::vector<ObjectRef> helpers;  // that the statement names
  // kMadeRoom and kCutOver:
  std::string database;
  std::string base;
  std::string helper;  // the name that the base has now, empty: none; or that the helper had
  HelperTag tag;       // kCutOver: of that helper
  TablePtr before;     // the base as it was; null: it was not there
};

struct Followed {
  std::vector<Change> changes;  // of definitions, then of helpers
  HelperStep step;
};

// As Catalog::apply_text(), with the helpers. `statement` is the text's classify(); `alone`: it is
// its transaction, as rows beside it would fill what it makes.
Followed follow_statement(Catalog& catalog, std::string_view utf8_text,
                          const ddl::DdlContext& context, const Classified& statement,
                          bool alone = true);

// The one table that the statement renames, and to what; nullopt if it does anything else.
std::optional<std::pair<ddl::TableName, ddl::TableName>> single_rename(
    std::string_view utf8_text, const ddl::DdlContext& context);

}  // namespace millrace::schema
