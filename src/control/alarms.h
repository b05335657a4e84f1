// SPDX-License-Identifier: Apache-2.0
// What a person should look at before it costs records: a full disk, retention that comes close to
// what a group has read, a clock that stepped, damage that was found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "control/api.h"

namespace millrace::control {

enum class AlarmKind : uint8_t { kDisk, kRetention, kClock, kDamage };
inline constexpr AlarmKind kAlarmKinds[] = {AlarmKind::kDisk, AlarmKind::kRetention,
                                            AlarmKind::kClock, AlarmKind::kDamage};
std::string_view to_string(AlarmKind kind);  // "disk", "retention", "clock", "damage"

struct Alarm {
  AlarmKind kind = AlarmKind::kDisk;
  std::string group;  // of kRetention: its ID
  std::string what;   // with the way out
};

// How far retention is from the next record that a group has to read.
struct RetentionUse {
  double share = 0;        // of the retention's time or bytes, whichever is more; 1: it goes now
  int64_t removed_ms = 0;  // wall clock: when it goes by its age; 0: never by age
  int64_t lost = 0;        // offsets that went before the group had read them
  bool is_near() const;    // or worse
};
// nullopt: the group has no position, or has read everything.
std::optional<RetentionUse> retention_use(const task::TaskView& task, int64_t committed,
                                          int64_t now_ms);

std::vector<Alarm> alarms_of(const ApiContext& context, const task::TaskView& task);
json::Value alarms_view(const std::vector<Alarm>& alarms);

// The offset that a group has committed in a topic.
std::optional<int64_t> committed_offset(const ApiContext& context, const std::string& group,
                                        const std::string& topic);

}  // namespace millrace::control
