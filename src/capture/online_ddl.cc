// SPDX-License-Identifier: Apache-2.0
#include "capture/online_ddl.h"

#include <algorithm>
#include <utility>

namespace millrace::capture {
namespace {

// Of helpers alone, while a statement waits. A tool's own are few between its two statements.
constexpr size_t kMostHelperTransactions = 100;

}  // namespace

Border KeptBorder::view() const {
  Border border = border_;
  border.file = file_;
  border.transaction_file = transaction_file_;
  border.gtid = gtid_;
  border.earlier_gtids = {};
  return border;
}

bool OnlineDdl::keep(const Border& border, bool of_helpers) {
  if (!held_) return false;
  if (!held_->border) {
    held_->border.emplace(border);
    return true;
  }
  if (!of_helpers || held_->helper_transactions == kMostHelperTransactions) return false;
  if (held_->helpers && !held_->helpers->gtid().empty())
    held_->helper_gtids.push_back(held_->helpers->gtid());
  held_->helpers.emplace(border);
  ++held_->helper_transactions;
  return true;
}

// Who names a helper wants to see what becomes of it.
bool OnlineDdl::asked_for(const schema::HelperStep& step) const {
  return std::any_of(step.helpers.begin(), step.helpers.end(),
                     [&](const schema::ObjectRef& helper) {
                       return selection_.names(helper.database, helper.name);
                     });
}

OnlineDdl::Show OnlineDdl::judge(const schema::Catalog& catalog, const schema::HelperStep& step,
                                 const schema::ddl::DdlContext& context) {
  using Kind = schema::HelperStep::Kind;
  if (!fold_ || step.kind == Kind::kOrdinary || asked_for(step)) return Show::kAsItIs;
  if (step.kind == Kind::kHelper) return Show::kNothing;
  if (step.kind == Kind::kMadeRoom) return Show::kHeld;
  schema::TablePtr before = step.before;
  if (before == nullptr && held_) {
    // The base is back as if nothing had been: the tool has given up.
    if (catalog.key("", held_->step.helper) == catalog.key("", step.helper)) return Show::kNothing;
    before = held_->step.before;
  }
  const schema::TablePtr after = catalog.find(step.database, step.base);
  if (before == nullptr || after == nullptr) return Show::kAsItIs;
  auto text = schema::alter_text(catalog, *before, *after, step.tag, context);
  if (!text) return Show::kAsItIs;
  folded_ = std::move(*text);
  return Show::kFolded;
}

bool OnlineDdl::is_other_half(const schema::Catalog& catalog, std::string_view text,
                              const schema::ddl::DdlContext& context) const {
  if (!waits() || context.error_code != 0) return false;
  const auto rename = schema::single_rename(text, context);
  if (!rename) return false;
  const auto& [from, to] = *rename;
  const auto base = catalog.key(held_->step.database, held_->step.base);
  const schema::HelperTag* tag = catalog.helper(from.database, from.name);
  return tag != nullptr && catalog.key(to.database, to.name) == base &&
         catalog.key(from.database, tag->base) == base;
}

}  // namespace millrace::capture
