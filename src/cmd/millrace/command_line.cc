// SPDX-License-Identifier: Apache-2.0
#include "cmd/millrace/command_line.h"

#include <CLI/CLI.hpp>
#include <array>

namespace millrace::cmd {
namespace {

// One row a subcommand, in the order in which --help shows them.
constexpr std::array kCommands = {&add_serve, &add_track, &add_precheck, &add_binlog, &add_task,
                                  &add_group, &add_user,  &add_tail,     &add_backup, &add_version};

}  // namespace

std::optional<int> parse_command_line(int argc, const char* const* argv, Action& action) {
  CLI::App app("Tracks data changes of MySQL-family databases and serves them to any Kafka client.",
               "millrace");
  app.require_subcommand(1);
  app.footer("Try millrace COMMAND --help; each has an example.");
  for (const AddCommand add : kCommands) add(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return std::nullopt;
}

}  // namespace millrace::cmd
