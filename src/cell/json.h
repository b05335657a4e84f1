// SPDX-License-Identifier: Apache-2.0
// MySQL's binary JSON (mysql-source spec 3.8) to the text that the server prints for it.
#pragma once

#include "base/buffer.h"
#include "base/result.h"

namespace millrace::cell {

// Appends the text of the document: `{"a": 1, "b": [1, 2.0]}`. An empty document is `null`.
// kTruncated or kCorrupt when offsets leave their container, at a depth over 100, or when the
// document leads in circles; then `out` may hold part of a text.
Status append_json_text(Bytes document, Buffer& out);

}  // namespace millrace::cell
