// SPDX-License-Identifier: Apache-2.0
// A task's topic: what was asked for, else its name where that is free and legal for Kafka, else a
// legalised name, `-` and the task's ID.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace millrace::task {

// Kafka's rule: 1 to 249 of letters, digits, '.', '_' and '-', neither "." nor "..", and not one of
// Kafka's own names. kInvalid says it.
Status check_topic_name(std::string_view topic);

// kExists: the topic that was asked for is taken.
Result<std::string> choose_topic(const std::string& asked, const std::string& name,
                                 const std::string& id,
                                 const std::function<bool(const std::string&)>& taken);

}  // namespace millrace::task
