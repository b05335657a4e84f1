// SPDX-License-Identifier: Apache-2.0
// Moving a group's position: what would happen, and doing it.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "control/api.h"
#include "store/rows.h"

namespace millrace::control {

// `to` as find_offset() takes it. {"offset", "time", "now", "read_again", "skipped", "past_end",
// "clients", "first"}: where the group would go on and what it would read first, where it stands
// now (null: nowhere), how many records lie between, and who is connected.
Result<json::Value> preview_reset(const ApiContext& context, const store::GroupRow& group,
                                  const std::string& to);
// Does it and gives the same. kRefused while a client of the group is connected.
Result<json::Value> reset_group(ApiContext& context, const store::GroupRow& group,
                                const std::string& to);

}  // namespace millrace::control
