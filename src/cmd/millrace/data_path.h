// SPDX-License-Identifier: Apache-2.0
// Where the data folder is: --data, MILLRACE_DATA, /var/lib/millrace as root, else
// ~/.local/share/millrace.
#pragma once

#include <string>

namespace millrace::cmd {

// `given`: --data, empty when it was not.
std::string data_path(const std::string& given);

}  // namespace millrace::cmd
