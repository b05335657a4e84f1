// SPDX-License-Identifier: Apache-2.0
// The tables that tools for online schema change make beside the one that they work on, known by
// their names and by what made them (mysql-source spec 4.8).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::schema {

// The numbers are the history's; do not renumber.
enum class HelperTool : uint8_t {
  kGhOst = 1,
  kPtOsc = 2,  // pt-online-schema-change; Spirit calls its tables alike
  kLhm = 3,
  kFacebookOsc = 4,
  kDms = 5,  // Alibaba Cloud DMS
  kVitess = 6,
};
enum class HelperRole : uint8_t {
  kShadow = 1,  // becomes the table itself at the cut-over
  kLog = 2,     // a changelog, checkpoint or sentry
  kTrash = 3,   // the table as it was before the cut-over
};

// What is known of a helper table beside its definition. Belongs to a position, as that does.
struct HelperTag {
  HelperTool tool = HelperTool::kGhOst;
  HelperRole role = HelperRole::kShadow;
  std::string
      base;  // the table it is for, of the same database; empty: a log whose base is unknown
  // Of a shadow: what its ALTERs did, as clauses of one.
  std::string clauses;
  bool whole = true;      // false: `clauses` do not tell all that was done
  uint64_t sql_mode = 0;  // that they were written in
  friend bool operator==(const HelperTag&, const HelperTag&) = default;
};

struct HelperName {
  HelperTool tool;
  HelperRole role;
  bool odd;  // nobody gives a table of his own such a name
};

// What `name` says that it would be beside the table `base`; nullopt: nothing. Tools cut names at
// 64 characters, the base in the middle or the end. Case as it stands, but for the tools' own
// letters.
std::optional<HelperName> helper_name(std::string_view name, std::string_view base);
// Whether helper_name() may say something for some base: cheap.
bool may_be_helper(std::string_view name);
// Triggers by which pt-online-schema-change, LHM and Facebook's tool follow a table.
bool is_helper_trigger(std::string_view name);
// Whether a tool says in a comment of the statement, or of the table, that it is its own.
bool has_tool_comment(std::string_view statement);

}  // namespace millrace::schema
