// SPDX-License-Identifier: Apache-2.0
// Any bytes as a dts-avro record: an error, or a record that shows as a JSON object.
#include <string>

#include "base/check.h"
#include "base/json.h"
#include "format/dts_avro/json_view.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::Buffer line;
  const millrace::Bytes record(reinterpret_cast<const std::byte*>(data), size);
  if (!millrace::format::dts_avro::append_json(record, line)) return 0;
  const std::string_view text = millrace::as_text(line.view());
  CHECK(text.find('\n') == std::string_view::npos);
  CHECK(millrace::json::parse(text), text);
  return 0;
}
