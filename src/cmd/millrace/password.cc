// SPDX-License-Identifier: Apache-2.0
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

#include "cmd/millrace/command.h"

namespace millrace::cmd {
namespace {

// Switches the terminal's echo off while it lives.
class NoEcho {
 public:
  NoEcho() {
    ::tcgetattr(STDIN_FILENO, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~NoEcho() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
};

}  // namespace

Result<std::string> read_password(const std::string& file, const std::string& prompt) {
  std::string password;
  if (!file.empty()) {
    std::ifstream in(file);
    if (!in)
      return Error{Errc::kNotFound,
                   "cannot read the password file " + file + ": " + std::strerror(errno)};
    std::getline(in, password);
    if (!password.empty() && password.back() == '\r') password.pop_back();
    return password;
  }
  if (const char* given = std::getenv("MILLRACE_SOURCE_PASSWORD")) return std::string(given);
  if (::isatty(STDIN_FILENO) == 0) return password;
  std::fprintf(stderr, "%s", prompt.c_str());
  const NoEcho no_echo;
  std::getline(std::cin, password);
  std::fprintf(stderr, "\n");
  return password;
}

}  // namespace millrace::cmd
