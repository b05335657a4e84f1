// SPDX-License-Identifier: Apache-2.0
#include "change/position.h"

namespace millrace::change {

uint32_t binlog_file_number(const std::string& file) {
  const size_t dot = file.rfind('.');
  if (dot == std::string::npos) return 0;
  uint64_t number = 0;
  for (size_t i = dot + 1; i < file.size(); ++i) {
    if (file[i] < '0' || file[i] > '9') return 0;
    number = number * 10 + static_cast<uint64_t>(file[i] - '0');
    if (number > UINT32_MAX) return 0;
  }
  return static_cast<uint32_t>(number);
}

}  // namespace millrace::change
