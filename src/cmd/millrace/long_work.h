// SPDX-License-Identifier: Apache-2.0
// Long work of a service, waited for; on a terminal a bar shows how far it is.
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "cmd/millrace/api_client.h"

namespace millrace::cmd {

// Asks `path` until its "running" is false; `doing` stands before the bar, which goes by
// "bytes_done" of "bytes_total". The last answer.
Result<json::Value> wait_for_work(ApiClient& api, const std::string& path,
                                  const std::string& doing);
// A member that is a whole number; 0 when it is none.
uint64_t number_at(const json::Value& value, std::string_view name);
// "reading shop  [#####.....]  48 %  4.1 GiB of 8.6 GiB", `width` columns at most.
std::string bar_text(const std::string& doing, uint64_t done, uint64_t total, size_t width);

}  // namespace millrace::cmd
