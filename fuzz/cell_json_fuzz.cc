// SPDX-License-Identifier: Apache-2.0
// Any bytes as a binary JSON document: an error, or a text that is not much longer than the
// document and that JSON's own rules accept.
#include "base/check.h"
#include "base/json.h"
#include "cell/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::Buffer out;
  const millrace::Bytes document(reinterpret_cast<const std::byte*>(data), size);
  if (!millrace::cell::append_json_text(document, out)) return 0;
  CHECK(!out.empty());
  // Four visits of each byte at most, each at worst six characters or a double's digits for eight.
  CHECK(out.size() <= 4 * 16 * size + 16, out.size(), size);
  return 0;
}
