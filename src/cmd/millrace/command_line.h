// SPDX-License-Identifier: Apache-2.0
// The command line taken apart.
#pragma once

#include <optional>

#include "cmd/millrace/command.h"

namespace millrace::cmd {

// nullopt: `action` is what to do. Else help or an error was printed, and this is the exit status:
// 0 for help, 2 for words that are wrong.
std::optional<int> parse_command_line(int argc, const char* const* argv, Action& action);

}  // namespace millrace::cmd
