// SPDX-License-Identifier: Apache-2.0
// A document and any bytes as its differences (two bytes of the document's length, document,
// differences): an error, or a document. Made step by step, each in the document that the one
// before has left, they lead to the same bytes.
#include "base/byte_reader.h"
#include "base/check.h"
#include "cell/json.h"
#include "cell/json_diff.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace;
  ByteReader in({reinterpret_cast<const std::byte*>(data), size});
  const Bytes document = in.bytes(in.u16());
  const Bytes diffs = in.rest();
  Buffer at_once;
  if (!in.ok() || !cell::apply_json_diffs(document, diffs, at_once)) return 0;
  // Four times what was given is copied at most, and entries may become larger.
  CHECK(at_once.size() <= 4 * 2 * size + 16, at_once.size(), size);
  Buffer text;
  if (cell::append_json_text(at_once.view(), text)) CHECK(!text.empty());

  Buffer now;
  now.append(document);
  for (ByteReader steps(diffs); !steps.at_end();) {
    const Bytes rest = steps.rest();
    const bool removes = steps.u8() == 2;
    steps.lenenc_bytes();
    if (!removes) steps.lenenc_bytes();
    CHECK(steps.ok());
    const Bytes step = rest.first(rest.size() - steps.left());
    Buffer next;
    // One step alone may copy no more than four times its own size; together they may more.
    if (!cell::apply_json_diffs(now.view(), step, next)) return 0;
    now = std::move(next);
  }
  CHECK(as_text(at_once.view()) == as_text(now.view()));
  return 0;
}
