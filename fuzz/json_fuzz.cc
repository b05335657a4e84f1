// SPDX-License-Identifier: Apache-2.0
// Property: what parses is written as a document that parses, and to the same where no number is
// rounded (the library reads some doubles to the last bit but one).
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const millrace::Result<millrace::json::Value> value = millrace::json::parse(text);
  if (!value) return 0;
  const std::string written = millrace::json::write(*value);
  const millrace::Result<millrace::json::Value> again = millrace::json::parse(written);
  if (!again) std::abort();
  if (text.find_first_of("0123456789") != std::string_view::npos) return 0;
  if (millrace::json::write(*again) != written) std::abort();
  return 0;
}
