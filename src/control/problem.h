// SPDX-License-Identifier: Apache-2.0
// Errors as RFC 9457 problem documents.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "control/http.h"

namespace millrace::control {

// A stable word for programs: "not_found", "invalid" ...
std::string_view code_word(Errc code);
int http_status(Errc code);

// {"type", "title", "status", "detail", "code"}
HttpResponse problem(int status, std::string_view code, const std::string& detail);
HttpResponse problem(const Error& error);

}  // namespace millrace::control
