// SPDX-License-Identifier: Apache-2.0
// What an online schema change shows of itself when it is folded: nothing of its helper tables, and
// one ALTER TABLE where its cut-over stands (docs/adr/0011-online-schema-changes-are-folded.md).
// The catalog knows the helpers (schema/helper_step.h); here is decided what is handed on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "capture/change_handler.h"
#include "capture/selection.h"
#include "change/transaction.h"
#include "schema/alter_text.h"
#include "schema/catalog.h"
#include "schema/ddl/context.h"
#include "schema/helper_step.h"

namespace millrace::capture {

// A border that is told later, with its texts.
class KeptBorder {
 public:
  explicit KeptBorder(const Border& border)
      : border_(border),
        file_(border.file),
        transaction_file_(border.transaction_file),
        gtid_(border.gtid) {}
  const std::string& gtid() const { return gtid_; }
  // Valid as long as this.
  Border view() const;

 private:
  Border border_;
  std::string file_;
  std::string transaction_file_;
  std::string gtid_;
};

// A DDL transaction that made room for a shadow, from its statement to the next transaction, which
// tells what it was. Neither its record nor its border are told before, so that a start in between
// reads it again. Transactions that only write to helpers are no next one.
struct HeldDdl {
  schema::HelperStep step;
  std::vector<std::string> history;
  change::Transaction head;
  EventPlace place;
  std::string database;  // as the record has it
  std::string statement;
  std::optional<KeptBorder> border;  // absent: its transaction is not over
  // Those of helpers after it: the last one's border, and what the ones before it are called.
  std::optional<KeptBorder> helpers;
  std::vector<std::string> helper_gtids;
  size_t helper_transactions = 0;
};

class OnlineDdl {
 public:
  // `selection` outlives this.
  OnlineDdl(const Selection& selection, bool fold) : selection_(selection), fold_(fold) {}

  // Whether rows of the table are no records because it is a helper. One look-up.
  bool hides(const schema::Catalog& definitions, std::string_view database,
             std::string_view table) const {
    return fold_ && definitions.helper(database, table) != nullptr &&
           !selection_.names(database, table);
  }

  enum class Show : uint8_t {
    kAsItIs,
    kNothing,
    kHeld,    // nothing yet
    kFolded,  // folded() is the statement
  };
  // Of a statement that the catalog has followed.
  Show judge(const schema::Catalog& catalog, const schema::HelperStep& step,
             const schema::ddl::DdlContext& context);
  const schema::AlterText& folded() const { return folded_; }

  // -- the statement that waits
  // --------------------------------------------------------------------

  bool holds() const { return held_.has_value(); }
  // Whether its transaction is over, and what comes is the next one.
  bool waits() const { return held_ && held_->border; }
  void hold(HeldDdl held) { held_ = std::move(held); }
  HeldDdl take() {
    HeldDdl held = std::move(*held_);
    held_.reset();
    return held;
  }
  // At the end of a transaction: whether its border is told later. `of_helpers`: it wrote to
  // nothing else, and gave no record.
  bool keep(const Border& border, bool of_helpers);
  // Whether a statement is what the held one waits for: a helper takes the name that it made free.
  bool is_other_half(const schema::Catalog& catalog, std::string_view utf8_text,
                     const schema::ddl::DdlContext& context) const;

 private:
  bool asked_for(const schema::HelperStep& step) const;

  const Selection& selection_;
  const bool fold_;
  schema::AlterText folded_;
  std::optional<HeldDdl> held_;
};

}  // namespace millrace::capture
