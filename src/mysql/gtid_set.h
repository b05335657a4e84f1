// SPDX-License-Identifier: Apache-2.0
// MySQL's GTID sets: for each server (uuid) and tag the numbers of transactions, as intervals.
// Text: `uuid:1-5:7,uuid:9`, with tags `uuid:1-5:tag:1-3`. A value.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/result.h"

namespace millrace::mysql {

using Uuid = std::array<std::byte, 16>;

// Lower case with dashes, 36 characters.
std::string uuid_text(const Uuid& uuid);
// kInvalid for anything but 36 characters of that form; either case.
Result<Uuid> parse_uuid(std::string_view text);

class GtidSet {
 public:
  // Numbers from `start` up to but without `end`.
  struct Interval {
    int64_t start = 0;
    int64_t end = 0;
    friend bool operator==(const Interval&, const Interval&) = default;
  };
  // Invariant: `intervals` is not empty, ascending, and no two touch.
  struct Entry {
    Uuid uuid{};
    std::string tag;
    std::vector<Interval> intervals;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  // Any case, blanks and line breaks as servers print them; an empty text is the empty set.
  static Result<GtidSet> parse(std::string_view text);
  // The form with tags is recognised by the first number's top byte. The block must end exactly
  // where the set does.
  static Result<GtidSet> decode(Bytes block);

  // Canonical: lower case, sorted, no blanks.
  std::string text() const;
  // As COM_BINLOG_DUMP_GTID and PREVIOUS_GTIDS have it: without tags when there are none.
  void encode(Buffer& out) const;

  // One transaction. Constant time for the number after the greatest of the entry that was last
  // added to.
  void add(const Uuid& uuid, std::string_view tag, int64_t number);
  void add(const Uuid& uuid, std::string_view tag, Interval interval);
  void unite(const GtidSet& other);
  void subtract(const GtidSet& other);

  bool contains(const Uuid& uuid, std::string_view tag, int64_t number) const;
  bool is_subset_of(const GtidSet& other) const;
  bool empty() const { return entries_.empty(); }
  bool has_tags() const;
  uint64_t count() const;  // transactions
  const std::vector<Entry>& entries() const { return entries_; }
  friend bool operator==(const GtidSet& a, const GtidSet& b) { return a.entries_ == b.entries_; }

 private:
  size_t lower_bound(const Uuid& uuid, std::string_view tag) const;
  const Entry* find(const Uuid& uuid, std::string_view tag) const;
  Entry& find_or_make(const Uuid& uuid, std::string_view tag);

  std::vector<Entry> entries_;  // sorted by (uuid, tag)
  size_t last_ = 0;             // the entry that was last added to; a guess, checked before use
};

}  // namespace millrace::mysql
