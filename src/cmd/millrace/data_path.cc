// SPDX-License-Identifier: Apache-2.0
#include "cmd/millrace/data_path.h"

#include <unistd.h>

#include <cstdlib>

namespace millrace::cmd {

std::string data_path(const std::string& given) {
  if (!given.empty()) return given;
  if (const char* variable = std::getenv("MILLRACE_DATA"); variable != nullptr && *variable != '\0')
    return variable;
  if (::geteuid() == 0) return "/var/lib/millrace";
  const char* home = std::getenv("HOME");
  return std::string(home == nullptr ? "." : home) + "/.local/share/millrace";
}

}  // namespace millrace::cmd
