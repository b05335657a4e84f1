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

Result<std::string> first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  if (!in || !std::getline(in, line)) {
    if (in.eof()) return line;
    return Error{Errc::kNotFound,
                 "cannot read the password file " + file + ": " + std::strerror(errno)};
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

// Empty where there is no terminal to ask on.
std::string ask(const std::string& prompt) {
  std::string answer;
  if (::isatty(STDIN_FILENO) == 0) return answer;
  std::fprintf(stderr, "%s", prompt.c_str());
  const NoEcho no_echo;
  std::getline(std::cin, answer);
  std::fprintf(stderr, "\n");
  return answer;
}

}  // namespace

Result<std::string> read_password(const std::string& file, const std::string& prompt) {
  if (!file.empty()) return first_line(file);
  if (const char* given = std::getenv("MILLRACE_SOURCE_PASSWORD")) return std::string(given);
  return ask(prompt);
}

Result<std::string> read_new_password(const std::string& file, const std::string& prompt) {
  std::string password = file.empty() ? ask(prompt) : TRY(first_line(file));
  if (password.empty()) {
    return Error{Errc::kInvalid, "no password: give --password-file FILE, whose first line it is"};
  }
  return password;
}

}  // namespace millrace::cmd
