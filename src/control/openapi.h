// SPDX-License-Identifier: Apache-2.0
// The OpenAPI 3.1 document, made from the route table.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "control/router.h"

namespace millrace::control {

json::Value openapi_document(const std::vector<Route>& routes, const std::string& version);

}  // namespace millrace::control
