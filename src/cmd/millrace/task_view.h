// SPDX-License-Identifier: Apache-2.0
// Tasks, prechecks and groups, as the API tells them, for people.
#pragma once

#include <cstddef>
#include <string>

#include "base/json.h"
#include "base/result.h"

namespace millrace::cmd {

std::string task_text(const json::Value& task);
std::string tasks_text(const json::Value& tasks, size_t width);
std::string precheck_text(const json::Value& precheck);
// kRefused names the first item that failed.
Status precheck_verdict(const json::Value& precheck);
// Prints to stderr the items behind the first `shown`; how many are shown now.
size_t show_new_items(const json::Value& task, size_t shown);
std::string groups_text(const json::Value& groups, size_t width);
std::string group_text(const json::Value& group);

}  // namespace millrace::cmd
