// SPDX-License-Identifier: Apache-2.0
// Property: a set that was read, as text or as bytes, is the same after being printed and read, and
// after being encoded and decoded; with itself taken away it is empty; what it contains it has.
// MariaDB's positions: what is read is the same after being printed and read.
#include <cstdlib>

#include "mysql/gtid_set.h"
#include "mysql/mariadb_gtids.h"

namespace {

using namespace millrace;
using namespace millrace::mysql;

void check_set(const GtidSet& set) {
  const auto from_text = GtidSet::parse(set.text());
  if (!from_text || !(*from_text == set)) std::abort();
  Buffer block;
  set.encode(block);
  const auto from_bytes = GtidSet::decode(block.view());
  if (!from_bytes || !(*from_bytes == set)) std::abort();
  if (!set.is_subset_of(*from_text)) std::abort();
  for (const GtidSet::Entry& entry : set.entries()) {
    const GtidSet::Interval& last = entry.intervals.back();
    if (!set.contains(entry.uuid, entry.tag, last.end - 1)) std::abort();
    if (set.contains(entry.uuid, entry.tag, last.end)) std::abort();
  }
  GtidSet rest = set;
  rest.subtract(*from_text);
  if (!rest.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto set = GtidSet::parse(text)) check_set(*set);
  if (const auto set = GtidSet::decode(as_bytes(text))) check_set(*set);
  if (const auto gtids = MariaDbGtids::parse(text)) {
    const auto again = MariaDbGtids::parse(gtids->text());
    if (!again || !(*again == *gtids)) std::abort();
  }
  return 0;
}
