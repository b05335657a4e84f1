// SPDX-License-Identifier: Apache-2.0
// A segment is Kafka record batches, one after another, as they are served. A batch
// counts if and only if
//   (1) its length fits in the file,  (2) its CRC-32C agrees,
//   (3) it is in its place: its base offset and leader epoch are those expected next.
// The durable mark is the commit journal's last whole entry. Batches below it were promised to
// someone; of those above it, whole or not, nobody was told: they are read again from the source.
// Every batch is judged by this table; exactly one row answers each case.
#pragma once

#include <cstdint>
#include <iterator>

namespace millrace::storage {

enum class Verdict : uint8_t { kKeep, kTruncateHere, kRefuseToOpen };
enum class If : uint8_t { kNo, kYes, kAny };
struct Case {
  If fits, crc_agrees, in_place, below_durable;
  Verdict verdict;
};

struct Found {
  bool fits = false;
  bool crc_agrees = false;
  bool in_place = false;
  bool below_durable = false;
};

namespace recovery {
inline constexpr If N = If::kNo, Y = If::kYes, A = If::kAny;
}
// clang-format off
inline constexpr Case kCases[] = {
    {recovery::Y, recovery::Y, recovery::Y, recovery::Y, Verdict::kKeep},          // a whole batch in its place
    {recovery::A, recovery::A, recovery::A, recovery::N, Verdict::kTruncateHere},  // above the mark: never acknowledged
    {recovery::N, recovery::A, recovery::A, recovery::Y, Verdict::kRefuseToOpen},  // acknowledged data is gone: a human decides
    {recovery::Y, recovery::N, recovery::A, recovery::Y, Verdict::kRefuseToOpen},  // acknowledged data is damaged
    {recovery::Y, recovery::Y, recovery::N, recovery::Y, Verdict::kRefuseToOpen},  // a good batch of another file: bad copy, two writers
};
// clang-format on

constexpr bool answers(If wanted, bool is) {
  return wanted == If::kAny || (wanted == If::kYes) == is;
}
constexpr bool answers(const Case& row, const Found& found) {
  return answers(row.fits, found.fits) && answers(row.crc_agrees, found.crc_agrees) &&
         answers(row.in_place, found.in_place) && answers(row.below_durable, found.below_durable);
}
constexpr bool one_row_for_each_case() {
  for (unsigned bits = 0; bits < 16; ++bits) {
    const Found found{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0};
    int rows = 0;
    for (const Case& row : kCases) rows += answers(row, found) ? 1 : 0;
    if (rows != 1) return false;
  }
  return true;
}
static_assert(one_row_for_each_case(), "no gap, no overlap");

constexpr Verdict judge(const Found& found) {
  for (const Case& row : kCases) {
    if (answers(row, found)) return row.verdict;
  }
  return Verdict::kRefuseToOpen;
}

}  // namespace millrace::storage
