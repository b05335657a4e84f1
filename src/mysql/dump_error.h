// SPDX-License-Identifier: Apache-2.0
// Why a dump was refused or ended. Servers say nearly everything with error 1236, so its text
// decides (mysql-source spec 1.6).
#pragma once

#include <string_view>

#include "base/result.h"

namespace millrace::mysql {

// kLost, kDiverged, kDenied, kCorrupt, kRefused (somebody else uses our server id), kUnsupported,
// or kUnavailable for all that a new attempt may cure. `from` is the position that was asked for.
Error dump_error(unsigned code, std::string_view message, std::string_view from);

}  // namespace millrace::mysql
