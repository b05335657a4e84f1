// SPDX-License-Identifier: Apache-2.0
// Where the tracker begins: which of its sources goes on, the first start, and a start somewhere
// else that a person ordered.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "capture/start.h"
#include "schema/history.h"
#include "task/pipeline_tracker_impl.h"

namespace millrace::task {
namespace {

// A server that lacks what was read may be a replica that is about to get it.
constexpr int64_t kCatchUpMs = 5'000;
// And one that does not answer may come back with it.
constexpr int64_t kComeBackMs = 60'000;

}  // namespace

Result<PipelineTracker::Chosen> PipelineTracker::try_source(const mysql::ConnectOptions& options,
                                                            Refusal& refusal) {
  Chosen chosen;
  chosen.control = TRY(mysql::Connection::open(options));
  chosen.source = TRY(look_at(options, *chosen.control));
  if (!state_.progress) return chosen;
  if (order_.from) {
    TRY(check_jump(chosen.source));
    return chosen;
  }
  chosen.plan = TRY(plan(*chosen.control, chosen.source, refusal));
  return chosen;
}

// A person's word is good for one server, not for whatever answers next week.
bool PipelineTracker::accepts(const change::ServerIdentity& server) const {
  return order_.accept_server && (!accepted_server_ || *accepted_server_ == server);
}

Result<ResumePlan> PipelineTracker::plan(mysql::Connection& control, const Source& found,
                                         Refusal& refusal) {
  StartOrder order = order_;
  order.accept_server = accepts(found.identity);
  return plan_resume(control, found, state_, order, task_.server_id, refusal);
}

// The sources in their order: the first that can go on.
Result<PipelineTracker::Chosen> PipelineTracker::choose() {
  std::vector<Error> errors;
  bool is_behind = false;
  for (const mysql::ConnectOptions& options : task_.spec.sources) {
    Refusal refusal;
    auto chosen = try_source(options, refusal);
    if (chosen) {
      refused_since_ms_ = -1;
      return chosen;
    }
    is_behind = is_behind || refusal.is_behind;
    errors.push_back(std::move(chosen.error()));
    const std::lock_guard lock(control_mutex_);
    if (stopping_) return Error{Errc::kCancelled, "stopped"};
  }
  return none_can_go_on(std::move(errors), is_behind);
}

// All errors in one: it is final when one of them is and waiting does not help any more.
Error PipelineTracker::none_can_go_on(std::vector<Error> errors, bool is_behind) {
  if (errors.empty()) return {Errc::kInvalid, "the task has no source"};
  const int64_t now = context_.clock.monotonic_ms();
  if (refused_since_ms_ < 0) refused_since_ms_ = now;
  const bool absent = std::any_of(errors.begin(), errors.end(), [](const Error& error) {
    return error.code == Errc::kUnavailable;
  });
  const auto final = std::find_if(errors.begin(), errors.end(), [](const Error& error) {
    return error.code != Errc::kUnavailable;
  });
  const int64_t patience_ms = absent ? kComeBackMs : is_behind ? kCatchUpMs : 0;
  const bool wait = final == errors.end() || now - refused_since_ms_ < patience_ms;
  const Errc code = wait ? Errc::kUnavailable : final->code;
  if (errors.size() == 1) return {code, std::move(errors.front().what)};
  std::string what =
      code == Errc::kDiverged ? "diverged: no source can go on" : "no source can go on";
  for (size_t i = 0; i < errors.size(); ++i) {
    const std::string url = mysql::masked_url(task_.spec.sources[i]);
    what += fmt::format("{} {}. {}: {}", i == 0 ? ":" : ";", i + 1, url, errors[i].what);
  }
  return {code, std::move(what)};
}

// A start elsewhere needs no proof, but a person must know that it is another server.
Status PipelineTracker::check_jump(const Source& found) const {
  if (found.identity == state_.progress->server || accepts(found.identity)) return Done{};
  return Error{Errc::kDiverged,
               fmt::format("diverged: another server answers than the one that was read ({}, "
                           "before: {}). If it is meant to go on, add --accept-server",
                           server_text(found.identity), server_text(state_.progress->server))};
}

Status PipelineTracker::begin_history(const schema::Catalog& catalog, storage::HistoryKind kind) {
  for (const std::string& entry : schema::encode_snapshot(catalog))
    TRY(log_->append_history(as_bytes(entry), kind));
  std::string objects;
  for (const capture::ObjectName& object : task_.spec.selection.objects)
    objects += (objects.empty() ? "" : ",") + capture::object_text(object);
  return log_->append_history(
      as_bytes(schema::encode(schema::Input{std::string(kObjectsInput), objects})), kind);
}

// The first start: the place where it begins, and all definitions that hold there, become the head
// of the history; no row that existed before is a record.
Status PipelineTracker::begin(const Source& source) {
  {
    const std::lock_guard lock(status_mutex_);
    status_.reason = "reading the definitions of the tables (no existing rows are copied)";
  }
  capture::StartOptions options;
  options.source = source.options;
  options.server_id = task_.server_id;
  options.selection = task_.spec.selection;
  options.schema_sql = order_.schema_sql.empty() ? task_.spec.schema_sql : order_.schema_sql;
  capture::Beginning start = TRY(capture::start_at(options, order_.from.value_or(task_.spec.from)));
  const std::lock_guard lock(log_mutex_);
  TRY(begin_history(start.catalog, storage::HistoryKind::kInput));
  storage::Progress progress;
  progress.file = start.position.file;
  progress.offset = start.position.offset;
  progress.server = start.identity;
  progress.gtids = start.position.gtids;
  GtidState gtids;
  TRY(gtids.add(start.position.gtids));
  TRY(log_->commit(progress, [&] { return gtids.text(); }));
  state_.catalog = std::move(start.catalog);
  order_.from.reset();
  order_.schema_sql.clear();
  const std::lock_guard status_lock(status_mutex_);
  state_.gtids = std::move(gtids);
  state_.progress = std::move(progress);
  status_.position = start.position;
  return Done{};
}

// A person says where to go on. Offsets and ids continue, the definitions are those of the new
// place, and a marker stands between.
Status PipelineTracker::jump(const Source& source) {
  capture::StartOptions options;
  options.source = source.options;
  options.server_id = task_.server_id;
  options.selection = task_.spec.selection;
  options.schema_sql = order_.schema_sql;
  capture::Beginning start = TRY(capture::start_at(options, *order_.from));
  if (start.identity != source.identity)
    return Error{Errc::kUnavailable, "another server answers than a moment ago"};
  const std::lock_guard lock(log_mutex_);
  Accepted gap;
  gap.what = Accepted::What::kGap;
  gap.from = position_text(state_.position());
  gap.to = position_text(start.position);
  storage::Progress progress;
  progress.file = start.position.file;
  progress.offset = start.position.offset;
  progress.server = start.identity;
  progress.commit_time_us = state_.progress->commit_time_us;
  progress.last_record_id = state_.progress->last_record_id;
  GtidState gtids;
  TRY(gtids.add(start.position.gtids));
  // Only together with the new place: the old one's definitions are others.
  TRY(begin_history(start.catalog, storage::HistoryKind::kDerived));
  TRY(write_marker(std::move(gap), progress, std::move(gtids)));
  state_.catalog = std::move(start.catalog);
  order_.from.reset();
  order_.schema_sql.clear();
  ordered_at_ = state_.position();
  accepted_server_ = source.identity;
  return Done{};
}

// An input that is another than before holds from here on.
Status PipelineTracker::remember(std::string_view input, const std::string& value,
                                 std::string& known) {
  if (value == known) return Done{};
  const std::lock_guard lock(log_mutex_);
  TRY(log_->append_history(as_bytes(schema::encode(schema::Input{std::string(input), value})),
                           storage::HistoryKind::kInput));
  known = value;
  return Done{};
}

}  // namespace millrace::task
