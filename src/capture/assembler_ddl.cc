// SPDX-License-Identifier: Apache-2.0
// The assembler's DDL: into the catalog, and on to the handler, unless it is part of an online
// schema change.
#include <utility>

#include "capture/assembler.h"
#include "schema/history.h"

namespace millrace::capture {

Status Assembler::on_ddl(const mysql::QueryEvent& query, const schema::Classified& statement,
                         const std::string& text, const schema::ddl::DdlContext& context) {
  if (overlap_) return Done{};
  forget_table_maps();
  txn_.other = true;
  const bool alone = !txn_.in_rows;
  const bool joins = alone && online_.is_other_half(catalog_, text, context);
  if (!joins) TRY(release_held_ddl());
  schema::Followed followed = schema::follow_statement(catalog_, text, context, statement, alone);
  std::vector<std::string> entries;
  entries.reserve(followed.changes.size());
  for (const schema::Change& change : followed.changes) entries.push_back(schema::encode(change));

  const Selection& selection = options_.selection;
  const schema::HelperStep& step = followed.step;
  OnlineDdl::Show show = online_.judge(catalog_, step, context);
  if (show == OnlineDdl::Show::kHeld && !alone) show = OnlineDdl::Show::kAsItIs;
  if (joins && show == OnlineDdl::Show::kAsItIs) TRY(release_held_ddl());
  if (joins && show != OnlineDdl::Show::kAsItIs) join_held_ddl();

  bool wanted = statement.objects.empty() && selection.wants_ddl(query.database, "");
  for (const schema::ObjectRef& object : statement.objects)
    wanted = wanted || selection.wants_ddl(object.database, object.name);
  if (show == OnlineDdl::Show::kFolded || show == OnlineDdl::Show::kHeld)
    wanted = selection.wants_ddl(step.database, step.base);
  std::string database(query.database);
  if (database.empty() && !statement.objects.empty()) database = statement.objects.front().database;
  if (show == OnlineDdl::Show::kHeld && wanted) {
    hold_ddl(std::move(followed.step), std::move(entries), database,
             schema::mask_passwords(text, context));
    return Done{};
  }
  if (!entries.empty()) handler_.history(std::move(entries));
  if (!wanted || show == OnlineDdl::Show::kNothing) return Done{};
  if (show == OnlineDdl::Show::kFolded) return fold_ddl(step, context);
  return hand_on_ddl(database, schema::mask_passwords(text, context));
}

Status Assembler::hand_on_ddl(const std::string& database, const std::string& statement) {
  ++counts_.ddl;
  txn_.ddl = true;
  change::Ddl ddl;
  ddl.database = database;
  ddl.statement = statement;
  ddl.lower_case_table_names = catalog_.server().lower_case_table_names != 0;
  EventPlace at = place();
  at.safe_file_number = file_number_;
  at.safe_offset = at_.offset;
  return handler_.ddl(txn_.head, at, ddl);
}

// The cut-over's record has its place, its time and its session, but for the mode that the ALTER
// was written in.
Status Assembler::fold_ddl(const schema::HelperStep& step, schema::ddl::DdlContext context) {
  const schema::AlterText& text = online_.folded();
  const change::QueryStatus status = txn_.head.status;
  if (text.sql_mode && status.sql_mode) txn_.head.status.sql_mode = text.sql_mode;
  context.sql_mode = text.sql_mode.value_or(context.sql_mode);
  Status handed = hand_on_ddl(step.database, schema::mask_passwords(text.statement, context));
  txn_.head.status = status;
  return handed;
}

void Assembler::hold_ddl(schema::HelperStep step, std::vector<std::string> entries,
                         const std::string& database, const std::string& statement) {
  HeldDdl held;
  held.step = std::move(step);
  held.history = std::move(entries);
  held.head = txn_.head;
  held.place = place();
  held.place.safe_file_number = file_number_;
  held.place.safe_offset = at_.offset;
  held.database = database;
  held.statement = statement;
  online_.hold(std::move(held));
}

// The transaction at hand tells what the held one did as well.
void Assembler::join_held_ddl() {
  HeldDdl held = online_.take();
  txn_.earlier_gtids = {held.border->gtid()};
  for (std::string& gtid : held.helper_gtids) txn_.earlier_gtids.push_back(std::move(gtid));
  if (held.helpers) txn_.earlier_gtids.push_back(held.helpers->gtid());
  if (!held.history.empty()) handler_.history(std::move(held.history));
}

// The next transaction was none that belongs to it: it is an ordinary statement, and where it has
// put its table, that is nobody's helper.
Status Assembler::release_held_ddl() {
  if (!online_.waits()) return Done{};
  HeldDdl held = online_.take();
  if (!held.step.helper.empty()) {
    schema::Change change;
    change.kind = schema::Change::Kind::kHelperGone;
    change.database = held.step.database;
    change.table = held.step.helper;
    catalog_.replay(change);
    held.history.push_back(schema::encode(change));
  }
  if (!held.history.empty()) handler_.history(std::move(held.history));
  ++counts_.ddl;
  change::Ddl ddl;
  ddl.database = held.database;
  ddl.statement = held.statement;
  ddl.lower_case_table_names = catalog_.server().lower_case_table_names != 0;
  TRY(handler_.ddl(held.head, held.place, ddl));
  Border border = held.border->view();
  border.records = true;
  TRY(tell_border(border));
  if (!held.helpers) return Done{};
  border = held.helpers->view();
  border.earlier_gtids = held.helper_gtids;
  return tell_border(border);
}

Status Assembler::finish() { return release_held_ddl(); }

}  // namespace millrace::capture
