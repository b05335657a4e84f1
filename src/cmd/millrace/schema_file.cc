// SPDX-License-Identifier: Apache-2.0
#include "cmd/millrace/schema_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "schema/script.h"

namespace millrace::cmd {

Result<std::string> read_schema_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in.is_open() || in.bad())
    return Error{Errc::kNotFound, "cannot read " + path + ": " + std::strerror(errno)};
  schema::Catalog scratch;
  Status status = schema::apply_script(text, scratch);
  if (!status) return in_context("--schema " + path, std::move(status.error()));
  return text;
}

}  // namespace millrace::cmd
