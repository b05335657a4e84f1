// SPDX-License-Identifier: Apache-2.0
// One subcommand a file: it says its options, and what to do once they were read. A new one is a
// file and a row in command_line.cc.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"

namespace CLI {
class App;
}

namespace millrace::cmd {

// What main() does after the words were parsed; the exit status is 0, or 1 with one line on stderr.
using Action = std::function<Status()>;

// Adds a subcommand to `app` that sets `action` when it is the one that was called.
using AddCommand = void (*)(CLI::App& app, Action& action);

void add_backup(CLI::App& app, Action& action);
void add_binlog(CLI::App& app, Action& action);
void add_group(CLI::App& app, Action& action);
void add_precheck(CLI::App& app, Action& action);
void add_serve(CLI::App& app, Action& action);
void add_tail(CLI::App& app, Action& action);
void add_task(CLI::App& app, Action& action);
void add_track(CLI::App& app, Action& action);
void add_user(CLI::App& app, Action& action);
void add_version(CLI::App& app, Action& action);

// A password from --password-file (its first line), else MILLRACE_SOURCE_PASSWORD, else asked for
// on the terminal without echo; empty when there is none of the three.
Result<std::string> read_password(const std::string& file, const std::string& prompt);
// Likewise for what is no source's password: the variable does not count, and none is kInvalid.
Result<std::string> read_new_password(const std::string& file, const std::string& prompt);

}  // namespace millrace::cmd
