// SPDX-License-Identifier: Apache-2.0
#include "task/gtid_delta.h"

#include <charconv>

namespace millrace::task {

void GtidDelta::add(std::string_view gtid) {
  if (gtid.empty()) return;
  const size_t colon = gtid.rfind(':');
  if (colon == std::string_view::npos) {
    const size_t end = gtid.find('-') + 1;  // npos + 1 is 0: the whole text is the rest
    for (Run& run : runs_) {
      if (run.prefix != gtid.substr(0, end)) continue;
      run.rest = gtid.substr(end);
      return;
    }
    runs_.push_back({std::string(gtid.substr(0, end)), 0, 0, std::string(gtid.substr(end))});
    return;
  }
  uint64_t number = 0;
  std::from_chars(gtid.data() + colon + 1, gtid.data() + gtid.size(), number);
  const std::string_view prefix = gtid.substr(0, colon + 1);
  // Sources take turns at most; the newest run of this one is near the end.
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
    if (run->prefix != prefix) continue;
    if (run->last + 1 == number) {
      run->last = number;
      return;
    }
    break;
  }
  runs_.push_back({std::string(prefix), number, number, ""});
}

std::string GtidDelta::take() {
  std::string text;
  for (const Run& run : runs_) {
    if (!text.empty()) text += ',';
    text += run.prefix;
    if (!run.rest.empty()) {
      text += run.rest;
      continue;
    }
    text += std::to_string(run.first);
    if (run.last != run.first) text += '-' + std::to_string(run.last);
  }
  runs_.clear();
  return text;
}

}  // namespace millrace::task
