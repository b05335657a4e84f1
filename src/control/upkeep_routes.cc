// SPDX-License-Identifier: Apache-2.0
// What keeps the data safe: reading all of it, going on beyond damage, copying it.
#include <fmt/format.h>

#include <algorithm>

#include "control/alarms.h"
#include "control/api.h"
#include "control/limits.h"
#include "control/views.h"

namespace millrace::control {
namespace {

json::Value damage_view(const std::vector<storage::Damage>& damage) {
  json::Value out = json::array();
  for (size_t i = 0; i < std::min(damage.size(), kMaxShownDamage); ++i) {
    out.push(json::object()
                 .set("file", damage[i].file)
                 .set("position", damage[i].position)
                 .set("what", damage[i].what));
  }
  return out;
}

json::Value verify_view(const task::VerifyView& verify) {
  json::Value report = nullptr;
  if (verify.report) {
    report = json::object()
                 .set("bytes", verify.report->bytes)
                 .set("batches", verify.report->batches)
                 .set("journal_entries", verify.report->journal_entries)
                 .set("history_entries", verify.report->history_entries)
                 .set("damaged", verify.report->damage.size())
                 .set("damage", damage_view(verify.report->damage));
  }
  return json::object()
      .set("running", verify.running)
      .set("bytes_done", verify.bytes_done)
      .set("bytes_total", verify.bytes_total)
      .set("finished", time_view(verify.finished_ms))
      .set("report", std::move(report))
      .set("error", verify.error.empty() ? json::Value() : json::Value(verify.error));
}

Result<HttpResponse> show_verify(ApiContext& context, const Call& call) {
  return json_response(verify_view(TRY(context.tasks.find(call.parameter("task"))).verify));
}

Result<HttpResponse> begin_verify(ApiContext& context, const Call& call) {
  const task::TaskView found = TRY(context.tasks.find(call.parameter("task")));
  return json_response(verify_view(TRY(context.tasks.verify(found.record.id)).verify), 202);
}

json::Value plan_view(const storage::RepairPlan& plan, bool give_up) {
  json::Value position = nullptr;
  if (plan.progress) {
    position = json::object().set("file", plan.progress->file).set("offset", plan.progress->offset);
  }
  return json::object()
      .set("damaged", plan.damage.size())
      .set("damage", damage_view(plan.damage))
      .set("give_up", give_up)
      .set("position", std::move(position))
      .set("from_offset", plan.from.value)
      .set("end_offset", plan.end.value)
      .set("next_offset", plan.next.value);
}

Result<HttpResponse> repair_task(ApiContext& context, const Call& call) {
  const json::Value body = TRY(call.body());
  json::Reader in(body, "the body");
  const bool give_up = TRY(in.boolean("give_up")).value_or(false);
  const bool preview = TRY(in.boolean("preview")).value_or(false);
  const std::string reason = TRY(in.text("reason")).value_or("");
  TRY(in.done());
  const task::TaskView found = TRY(context.tasks.find(call.parameter("task")));
  const std::string& id = found.record.id;
  const storage::RepairPlan plan = TRY(context.tasks.plan_repair(id, give_up));
  if (!preview) {
    TRY(audit(
        context, call, "task repair", id,
        fmt::format("{} at {}: {}{}{}", plan.damage.front().file, plan.damage.front().position,
                    plan.damage.front().what, give_up ? "; the records up to it are given up" : "",
                    reason.empty() ? "" : "; reason: " + reason)));
    TRY(context.tasks.repair(id, give_up, reason));
  }
  return json_response(plan_view(plan, give_up));
}

json::Value backup_view(const BackupView& backup) {
  const auto or_null = [](const std::string& text) {
    return text.empty() ? json::Value() : json::Value(text);
  };
  return json::object()
      .set("running", backup.running)
      .set("folder", or_null(backup.folder))
      .set("bytes_done", backup.bytes_done)
      .set("bytes_total", backup.bytes_total)
      .set("started", time_view(backup.started_ms))
      .set("finished", time_view(backup.finished_ms))
      .set("has_key", backup.has_key)
      .set("error", or_null(backup.error));
}

Result<Backup*> backup_of(const ApiContext& context) {
  if (context.backup == nullptr) return Error{Errc::kRefused, "no backups are made here"};
  return context.backup;
}

Result<HttpResponse> show_backup(ApiContext& context, const Call&) {
  return json_response(backup_view(TRY(backup_of(context))->view()));
}

Result<HttpResponse> begin_backup(ApiContext& context, const Call& call) {
  const json::Value body = TRY(call.body());
  json::Reader in(body, "the body");
  const std::string folder = TRY(in.text("folder")).value_or("");
  TRY(in.done());
  Backup* const backup = TRY(backup_of(context));
  TRY(audit(context, call, "backup", folder));
  return json_response(backup_view(TRY(backup->start(folder))), 202);
}

}  // namespace

void add_upkeep_routes(Router& router, ApiContext& context) {
  using Handler = Result<HttpResponse> (*)(ApiContext&, const Call&);
  const auto bound = [&context](Handler handler) {
    return [&context, handler](const Call& call) { return handler(context, call); };
  };
  router.add({.method = "GET",
              .path = "/api/v1/tasks/{task}/verify",
              .summary = "How far reading all that a task keeps has come, and what was damaged "
                         "when it last ended: one that was asked for, or the scrub",
              .handler = bound(show_verify),
              .response = "Verify"});
  router.add({.method = "POST",
              .path = "/api/v1/tasks/{task}/verify",
              .summary = "Reads every byte that a task keeps, in the background",
              .handler = bound(begin_verify),
              .response = "Verify",
              .status = 202});
  router.add({.method = "POST",
              .path = "/api/v1/tasks/{task}/repair",
              .summary = "Accepts what is damaged and goes on from before it, under offsets that "
                         "were never used; the task must not run",
              .handler = bound(repair_task),
              .request = "Repair",
              .response = "RepairResult"});
  router.add({.method = "GET",
              .path = "/api/v1/backup",
              .summary = "How far a backup has come, or how the last one ended",
              .handler = bound(show_backup),
              .response = "Backup"});
  router.add({.method = "POST",
              .path = "/api/v1/backup",
              .summary = "Copies the data folder to a folder of the service's machine, while all "
                         "goes on",
              .handler = bound(begin_backup),
              .request = "NewBackup",
              .response = "Backup",
              .status = 202});
}

}  // namespace millrace::control
