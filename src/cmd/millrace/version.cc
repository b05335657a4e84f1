// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>

#include "cmd/millrace/command.h"

namespace millrace::cmd {

void add_version(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("version", "print the version");
  command->footer("Example:\n  millrace version");
  command->callback([&action] {
    action = [] {
      std::puts("millrace " MILLRACE_VERSION);
      return Status(Done{});
    };
  });
}

}  // namespace millrace::cmd
