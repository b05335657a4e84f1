// SPDX-License-Identifier: Apache-2.0
// Any bytes as a binary JSON document: an error, or a text that is not much longer than the
// document and whose brackets and quotes close.
#include <string>

#include "base/check.h"
#include "cell/json.h"

namespace {

bool is_closed(std::string_view text) {
  std::string open;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      open += c;
    } else if (c == '}' || c == ']') {
      if (open.empty() || open.back() != (c == '}' ? '{' : '[')) return false;
      open.pop_back();
    }
  }
  return !in_string && open.empty();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::Buffer out;
  const millrace::Bytes document(reinterpret_cast<const std::byte*>(data), size);
  if (!millrace::cell::append_json_text(document, out)) return 0;
  CHECK(!out.empty());
  CHECK(is_closed(millrace::as_text(out.view())));
  // Four visits of each byte at most, each at worst six characters or a double's digits for eight.
  CHECK(out.size() <= 4 * 16 * size + 16, out.size(), size);
  return 0;
}
