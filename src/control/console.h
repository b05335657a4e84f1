// SPDX-License-Identifier: Apache-2.0
// The console's files as they are embedded, and how they are served: the shell for every path
// outside of /api that is no file, free of data and never stored; the rest, whose names change with
// their content, for good.
#pragma once

#include <span>
#include <string_view>

#include "control/http.h"
#include "control/router.h"

namespace millrace::control {

struct ConsoleFile {
  std::string_view path;  // "assets/index-abc.js"; the shell is "index.html"
  std::string_view type;
  std::span<const unsigned char> gzip;
};

// None: this build has no console, and a page says so. The files outlive the router.
void add_console(Router& router, std::span<const ConsoleFile> files);

}  // namespace millrace::control
