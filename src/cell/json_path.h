// SPDX-License-Identifier: Apache-2.0
// A path to one value of a JSON document as the server writes it: `$.a[0]."two words"[last-1]`.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace millrace::cell {

struct JsonStep {
  bool is_member = false;
  Bytes name;          // of a member, in UTF-8
  uint64_t index = 0;  // of a cell
  bool from_end = false;
};

// kCorrupt for what leads to more than one value (`*`, `**`, `1 to 3`), for more than 100 steps,
// and for anything that the server would not write. Names are views of `text`, or of `names`, which
// takes those that had escapes.
Result<std::vector<JsonStep>> parse_json_path(Bytes text, std::deque<std::string>& names);

}  // namespace millrace::cell
