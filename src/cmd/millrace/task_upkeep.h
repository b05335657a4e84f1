// SPDX-License-Identifier: Apache-2.0
// millrace task verify and repair.
#pragma once

#include <string>

#include "cmd/millrace/api_client.h"

namespace millrace::cmd {

struct RepairWords {
  bool give_up = false;
  bool yes = false;
  std::string reason;
};

// kRefused when something is damaged: one line with the first, after all were printed.
Status verify_task(ApiClient& api, const std::string& task, bool json);
// Says what would be, asks, and does it.
Status repair_task(ApiClient& api, const std::string& task, const RepairWords& words);

}  // namespace millrace::cmd
