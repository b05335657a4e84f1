// SPDX-License-Identifier: Apache-2.0
// millrace: one binary, one subcommand a file.
#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>

#include "cmd/millrace/command.h"

namespace millrace::cmd {
namespace {

constexpr std::array kCommands = {&add_track, &add_binlog, &add_version};

int run(int argc, char** argv) {
  CLI::App app("Tracks data changes of MySQL-family databases and serves them to any Kafka client.",
               "millrace");
  app.require_subcommand(1);
  app.footer("Try millrace COMMAND --help; each has an example.");
  Action action;
  for (const AddCommand add : kCommands) add(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // 0 for --help; anything else means that the words are wrong.
    return app.exit(error) == 0 ? 0 : 2;
  }
  Status status = action();
  if (status) return 0;
  std::fprintf(stderr, "millrace: %s\n", status.error().what.c_str());
  return status.error().code == Errc::kInvalid ? 2 : 1;
}

}  // namespace
}  // namespace millrace::cmd

int main(int argc, char** argv) { return millrace::cmd::run(argc, argv); }
