// SPDX-License-Identifier: Apache-2.0
// millrace: one binary, one subcommand a file.
#include <cstdio>

#include "cmd/millrace/command_line.h"

int main(int argc, char** argv) {
  millrace::cmd::Action action;
  if (const std::optional<int> status = millrace::cmd::parse_command_line(argc, argv, action)) {
    return *status;
  }
  const millrace::Status done = action();
  if (done) return 0;
  std::fprintf(stderr, "millrace: %s\n", done.error().what.c_str());
  return done.error().code == millrace::Errc::kInvalid ? 2 : 1;
}
