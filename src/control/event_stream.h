// SPDX-License-Identifier: Apache-2.0
// What changes, as server-sent events: all tasks first, then once a second those that are not as
// they were, and the service's clock.
#pragma once

#include <memory>

#include "control/api.h"
#include "control/http.h"

namespace millrace::control {

// `context` outlives the stream.
std::shared_ptr<BodyStream> make_event_stream(const ApiContext& context);

}  // namespace millrace::control
