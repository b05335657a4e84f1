// SPDX-License-Identifier: Apache-2.0
// A precheck's report for people and for programs.
#pragma once

#include <string>

#include "base/json.h"
#include "task/precheck/precheck.h"

namespace millrace::task {

// One line an item (level, title, evidence), then why and what to do, indented, where there is
// something to do.
std::string report_text(const PrecheckReport& report);
std::string item_text(const PrecheckItem& item);

// {"server_version": ..., "flavour": ..., "account": ..., "seen_as": ..., "passed": ...,
//  "items": [{"id", "title", "level", "evidence", "why", "fix", "can_waive", "source"}, ...]}
json::Value report_value(const PrecheckReport& report);
std::string report_json(const PrecheckReport& report);

}  // namespace millrace::task
