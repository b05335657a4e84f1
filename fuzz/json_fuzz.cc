// SPDX-License-Identifier: Apache-2.0
// Property: what parses is written as a document that parses to the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const millrace::Result<millrace::json::Value> value = millrace::json::parse(text);
  if (!value) return 0;
  const std::string written = millrace::json::write(*value);
  const millrace::Result<millrace::json::Value> again = millrace::json::parse(written);
  if (!again || millrace::json::write(*again) != written) std::abort();
  return 0;
}
