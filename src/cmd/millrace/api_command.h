// SPDX-License-Identifier: Apache-2.0
// A subcommand that talks to a service: `millrace task pause` and the like.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cmd/millrace/api_client.h"
#include "cmd/millrace/command.h"

namespace millrace::cmd {

// `Words` has the ApiWords `api`; the words outlive the parsing, and `run` gets them.
template <class Words>
CLI::App* add_api_command(CLI::App& parent, Action& action, const std::shared_ptr<Words>& words,
                          const char* name, const char* what, const char* example,
                          Status (*run)(const Words&)) {
  CLI::App* command = parent.add_subcommand(name, what);
  command->footer(std::string("Example:\n  ") + example);
  add_api_options(*command, words->api);
  command->callback([words, run, &action] { action = [words, run] { return run(*words); }; });
  return command;
}

}  // namespace millrace::cmd
