// SPDX-License-Identifier: Apache-2.0
// The numbers of the service in Prometheus's text format. They name IDs and topics, no account.
#pragma once

#include <string>

#include "control/api.h"

namespace millrace::control {

std::string metrics_text(const ApiContext& context);

}  // namespace millrace::control
