// SPDX-License-Identifier: Apache-2.0
#include "control/alarms.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "control/limits.h"
#include "control/views.h"

namespace millrace::control {
namespace {

std::string retention_text(const store::GroupRow& group, const RetentionUse& use,
                           int64_t committed) {
  if (use.lost > 0) {
    return fmt::format(
        "group {} has read up to offset {}, and retention has removed {} after it: "
        "its clients go on as their auto.offset.reset says, or millrace group reset "
        "{} --to earliest",
        group.id, committed, use.lost, group.id);
  }
  std::string what = fmt::format(
      "group {} has read up to offset {}; what comes next has used {:.0f} "
      "% of its retention",
      group.id, committed, use.share * 100);
  if (use.removed_ms > 0)
    what += fmt::format(" and is removed after {}", rfc3339_text(use.removed_ms));
  return what + ": let it read on";
}

void add_retention(const ApiContext& context, const task::TaskView& task,
                   std::vector<Alarm>& alarms) {
  for (const store::GroupRow& group : context.groups.of_task(task.record.id)) {
    const auto committed = committed_offset(context, group.id, task.record.topic);
    if (!committed) continue;
    const auto use = retention_use(task, *committed, context.now_ms());
    if (!use || !use->is_near()) continue;
    alarms.push_back({AlarmKind::kRetention, group.id, retention_text(group, *use, *committed)});
  }
}

}  // namespace

std::string_view to_string(AlarmKind kind) {
  switch (kind) {
    case AlarmKind::kDisk:
      return "disk";
    case AlarmKind::kRetention:
      return "retention";
    case AlarmKind::kClock:
      return "clock";
    case AlarmKind::kDamage:
      return "damage";
  }
  return "";
}

bool RetentionUse::is_near() const { return lost > 0 || share >= kRetentionAlarmShare; }

std::optional<int64_t> committed_offset(const ApiContext& context, const std::string& group,
                                        const std::string& topic) {
  const std::optional<kafka::GroupView> live = context.viewer.group(group);
  if (!live) return std::nullopt;
  for (const kafka::CommittedOffset& offset : live->offsets) {
    if (offset.topic == topic && offset.partition == 0 && offset.offset >= 0) return offset.offset;
  }
  return std::nullopt;
}

std::optional<RetentionUse> retention_use(const task::TaskView& task, int64_t committed,
                                          int64_t now_ms) {
  if (task.log == nullptr) return std::nullopt;
  const storage::LogView view = task.log->view();
  RetentionUse use;
  use.lost = std::max<int64_t>(0, view.start.value - committed);
  const auto unread = task.log->unread_from({std::max(committed, view.start.value)});
  if (!unread) return use.lost > 0 ? std::optional(use) : std::nullopt;
  const task::TaskSpec& spec = task.record.spec;
  if (spec.retention_ms > 0) {
    use.removed_ms = unread->appended_ms + spec.retention_ms;
    use.share = static_cast<double>(std::max<int64_t>(0, now_ms - unread->appended_ms)) /
                static_cast<double>(spec.retention_ms);
  }
  if (spec.retention_bytes.value_or(0) > 0) {
    use.share = std::max(
        use.share, static_cast<double>(unread->bytes) / static_cast<double>(*spec.retention_bytes));
  }
  return use;
}

std::vector<Alarm> alarms_of(const ApiContext& context, const task::TaskView& task) {
  std::vector<Alarm> alarms;
  if (task.tracker.waits_for_disk) alarms.push_back({AlarmKind::kDisk, "", task.reason});
  add_retention(context, task, alarms);
  if (task.tracker.retention_suspended) {
    alarms.push_back({AlarmKind::kClock, "",
                      fmt::format("this machine's clock stepped by over an hour, so nothing is "
                                  "removed: set it right, then millrace task start {}",
                                  task.record.id)});
  }
  if (task.verify.report && !task.verify.report->damage.empty()) {
    const storage::Damage& first = task.verify.report->damage.front();
    alarms.push_back(
        {AlarmKind::kDamage, "",
         fmt::format("{} at {}: {}: millrace task pause {}, then millrace task repair {}",
                     first.file, first.position, first.what, task.record.id, task.record.id)});
  }
  return alarms;
}

json::Value alarms_view(const std::vector<Alarm>& alarms) {
  json::Value out = json::array();
  for (const Alarm& alarm : alarms) {
    out.push(json::object()
                 .set("alarm", to_string(alarm.kind))
                 .set("group", alarm.group.empty() ? json::Value() : json::Value(alarm.group))
                 .set("what", alarm.what));
  }
  return out;
}

}  // namespace millrace::control
