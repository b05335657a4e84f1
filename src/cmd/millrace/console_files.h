// SPDX-License-Identifier: Apache-2.0
// The console's files in this build: made by console/embed.mjs, or none.
#pragma once

#include <span>

#include "control/console.h"

namespace millrace::cmd {

std::span<const control::ConsoleFile> console_files();

}  // namespace millrace::cmd
