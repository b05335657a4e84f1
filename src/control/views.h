// SPDX-License-Identifier: Apache-2.0
// Tasks and groups as the API shows them. No password, no verifier, no token.
#pragma once

#include <optional>
#include <vector>

#include "base/json.h"
#include "control/api.h"
#include "task/tasks.h"

namespace millrace::control {

// The source's clock now, less the time up to which it was read and made visible; nullopt before
// anything was read.
std::optional<int64_t> tracking_delay_ms(const task::TaskView& task, int64_t now_ms);

json::Value task_view(const task::TaskView& task, int64_t now_ms);
json::Value items_view(const std::vector<task::PrecheckItem>& items);
json::Value precheck_view(const task::PrecheckView& precheck);
// With its state in the Kafka endpoint, its position and how far behind it is. `task` may be null.
json::Value group_view(const ApiContext& context, const store::GroupRow& group,
                       const task::TaskView* task);

// Null where there is no time (0 or less).
json::Value time_view(int64_t ms);

}  // namespace millrace::control
