// SPDX-License-Identifier: Apache-2.0
#include "mysql/gtid_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/byte_reader.h"
#include "mysql/limits.h"
#include "mysql/mysql_varint.h"

namespace millrace::mysql {
namespace {

constexpr int64_t kEndOfNumbers = std::numeric_limits<int64_t>::max();  // the greatest end
constexpr size_t kUuidTextSize = 36;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// The text up to `separator`, which is taken off `rest` too.
std::string_view next_part(std::string_view& rest, char separator) {
  const size_t at = rest.find(separator);
  const std::string_view part = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return trim(part);
}

bool is_tag(std::string_view tag) {
  if (tag.empty() || tag.size() > kMaxTagLength || is_digit(tag.front())) return false;
  return std::all_of(tag.begin(), tag.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || is_digit(c); });
}

Error invalid(std::string_view what, std::string_view part) {
  return {Errc::kInvalid, fmt::format("GTID set: {} \"{}\"", what, part.substr(0, 80))};
}

Result<int64_t> parse_number(std::string_view text) {
  int64_t value = 0;
  if (text.empty()) return invalid("a number is missing in", text);
  for (char c : text) {
    if (!is_digit(c)) return invalid("not a number:", text);
    if (value > (kEndOfNumbers - 1 - (c - '0')) / 10) return invalid("number out of range:", text);
    value = value * 10 + (c - '0');
  }
  if (value == 0) return invalid("numbers begin with 1:", text);
  return value;
}

Result<GtidSet::Interval> parse_interval(std::string_view text) {
  const size_t dash = text.find('-');
  const int64_t first = TRY(parse_number(trim(text.substr(0, dash))));
  if (dash == std::string_view::npos) return GtidSet::Interval{first, first + 1};
  const int64_t last = TRY(parse_number(trim(text.substr(dash + 1))));
  if (last < first) return invalid("a range that ends before it begins:", text);
  return GtidSet::Interval{first, last + 1};
}

// Where `interval` fits into `list`: joined with all that it touches.
void insert(std::vector<GtidSet::Interval>& list, GtidSet::Interval interval) {
  auto first = std::lower_bound(list.begin(), list.end(), interval.start,
                                [](const auto& a, int64_t start) { return a.end < start; });
  auto last = first;
  for (; last != list.end() && last->start <= interval.end; ++last) {
    interval.start = std::min(interval.start, last->start);
    interval.end = std::max(interval.end, last->end);
  }
  if (first == last) {
    list.insert(first, interval);
    return;
  }
  *first = interval;
  list.erase(first + 1, last);
}

std::vector<GtidSet::Interval> difference(const std::vector<GtidSet::Interval>& a,
                                          const std::vector<GtidSet::Interval>& b) {
  std::vector<GtidSet::Interval> out;
  auto hole = b.begin();
  for (GtidSet::Interval rest : a) {
    while (hole != b.end() && hole->end <= rest.start) ++hole;
    for (auto cut = hole; cut != b.end() && cut->start < rest.end; ++cut) {
      if (cut->start > rest.start) out.push_back({rest.start, cut->start});
      rest.start = std::min(cut->end, rest.end);
    }
    if (rest.start < rest.end) out.push_back(rest);
  }
  return out;
}

bool before(const GtidSet::Entry& entry, const Uuid& uuid, std::string_view tag) {
  const int order = std::memcmp(entry.uuid.data(), uuid.data(), uuid.size());
  return order != 0 ? order < 0 : entry.tag < tag;
}

}  // namespace

std::string uuid_text(const Uuid& uuid) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(kUuidTextSize);
  for (size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    const auto byte = std::to_integer<uint8_t>(uuid[i]);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xF];
  }
  return text;
}

Result<Uuid> parse_uuid(std::string_view text) {
  const auto bad = [&] { return invalid("not a uuid:", text); };
  if (text.size() != kUuidTextSize) return bad();
  Uuid uuid{};
  size_t at = 0;
  for (size_t i = 0; i < uuid.size(); ++i) {
    if ((i == 4 || i == 6 || i == 8 || i == 10) && text[at++] != '-') return bad();
    const int high = hex_value(text[at]);
    const int low = hex_value(text[at + 1]);
    if (high < 0 || low < 0) return bad();
    uuid[i] = static_cast<std::byte>(high << 4 | low);
    at += 2;
  }
  return uuid;
}

Result<GtidSet> GtidSet::parse(std::string_view text) {
  if (text.size() > kMaxGtidText)
    return Error{Errc::kTooLarge, fmt::format("GTID set: {} bytes of text", text.size())};
  GtidSet set;
  std::string_view rest = trim(text);
  while (!rest.empty()) {
    std::string_view server = next_part(rest, ',');
    if (server.empty()) continue;
    const Uuid uuid = TRY(parse_uuid(next_part(server, ':')));
    if (server.empty()) return invalid("no numbers after the uuid in", uuid_text(uuid));
    std::string tag;
    while (!server.empty()) {
      const std::string_view part = next_part(server, ':');
      if (!part.empty() && is_digit(part.front())) {
        set.add(uuid, tag, TRY(parse_interval(part)));
        continue;
      }
      tag.assign(part);
      std::transform(tag.begin(), tag.end(), tag.begin(), lower);
      if (!is_tag(tag)) return invalid("neither a number nor a tag:", part);
      if (server.empty()) return invalid("no numbers after the tag", part);
    }
  }
  return set;
}

// Without tags: count 8; each entry: uuid 16, number of intervals 8, each start 8 and end 8.
// With tags (8.3): the count's lowest and highest byte are 1 and the count lies between; each entry
// has its tag (length as a varint, bytes) after the uuid.
Result<GtidSet> GtidSet::decode(Bytes block) {
  ByteReader in(block);
  const uint64_t head = in.u64();
  const bool tagged = (head >> 56) == 1;
  if ((head >> 56) > 1 || (tagged && (head & 0xFF) != 1))
    return Error{Errc::kCorrupt, fmt::format("GTID set: it begins with {:#x}", head)};
  const uint64_t count = tagged ? (head << 8) >> 16 : head;
  GtidSet set;
  for (uint64_t i = 0; i < count && in.ok(); ++i) {
    Uuid uuid{};
    const Bytes raw = in.bytes(uuid.size());
    std::copy(raw.begin(), raw.end(), uuid.begin());
    const std::string tag(tagged ? in.text(read_mysql_uvarint(in)) : std::string_view());
    if (in.ok() && !tag.empty() && !is_tag(tag))
      return Error{Errc::kCorrupt, "GTID set: a tag that no server would write"};
    if (in.ok() && !set.empty() && !before(set.entries_.back(), uuid, tag))
      return Error{Errc::kCorrupt, "GTID set: its servers are not in order"};
    const uint64_t intervals = in.u64();
    int64_t previous_end = 0;
    for (uint64_t j = 0; j < intervals && in.ok(); ++j) {
      const auto start = static_cast<int64_t>(in.u64());
      const auto end = static_cast<int64_t>(in.u64());
      if (!in.ok()) break;
      if (start < 1 || end <= start || start <= previous_end)
        return Error{Errc::kCorrupt,
                     fmt::format("GTID set: interval {} to {} after {}", start, end, previous_end)};
      previous_end = end;
      set.add(uuid, tag, Interval{start, end});
    }
  }
  if (!in.ok())
    return Error{Errc::kTruncated, fmt::format("GTID set: it ends after {} bytes", block.size())};
  if (!in.at_end())
    return Error{Errc::kCorrupt, fmt::format("GTID set: {} bytes after its end", in.left())};
  return set;
}

std::string GtidSet::text() const {
  std::string out;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (i == 0 || entries_[i - 1].uuid != entry.uuid) {
      if (i != 0) out += ',';
      out += uuid_text(entry.uuid);
    }
    if (!entry.tag.empty()) out += ':' + entry.tag;
    for (const Interval& interval : entry.intervals) {
      out += ':' + std::to_string(interval.start);
      if (interval.end - interval.start > 1) out += '-' + std::to_string(interval.end - 1);
    }
  }
  return out;
}

void GtidSet::encode(Buffer& out) const {
  const bool tagged = has_tags();
  const uint64_t count = entries_.size();
  out.le(tagged ? uint64_t{1} << 56 | count << 8 | 1 : count, 8);
  for (const Entry& entry : entries_) {
    out.append(Bytes(entry.uuid));
    if (tagged) {
      write_mysql_uvarint(out, entry.tag.size());
      out.append(entry.tag);
    }
    out.le(entry.intervals.size(), 8);
    for (const Interval& interval : entry.intervals) {
      out.le(static_cast<uint64_t>(interval.start), 8);
      out.le(static_cast<uint64_t>(interval.end), 8);
    }
  }
}

void GtidSet::add(const Uuid& uuid, std::string_view tag, int64_t number) {
  if (last_ < entries_.size()) {
    Entry& entry = entries_[last_];
    if (entry.intervals.back().end == number && entry.uuid == uuid && entry.tag == tag) {
      ++entry.intervals.back().end;
      return;
    }
  }
  if (number < 1 || number == kEndOfNumbers) return;
  add(uuid, tag, Interval{number, number + 1});
}

void GtidSet::add(const Uuid& uuid, std::string_view tag, Interval interval) {
  if (interval.start < 1 || interval.end <= interval.start) return;
  insert(find_or_make(uuid, tag).intervals, interval);
}

void GtidSet::unite(const GtidSet& other) {
  if (&other == this) return;
  for (const Entry& entry : other.entries_)
    for (const Interval& interval : entry.intervals) add(entry.uuid, entry.tag, interval);
}

void GtidSet::subtract(const GtidSet& other) {
  std::vector<Entry> left;
  for (Entry& entry : entries_) {
    if (const Entry* cut = other.find(entry.uuid, entry.tag))
      entry.intervals = difference(entry.intervals, cut->intervals);
    if (!entry.intervals.empty()) left.push_back(std::move(entry));
  }
  entries_ = std::move(left);
  last_ = 0;
}

bool GtidSet::contains(const Uuid& uuid, std::string_view tag, int64_t number) const {
  const Entry* entry = find(uuid, tag);
  if (entry == nullptr) return false;
  const auto at = std::upper_bound(entry->intervals.begin(), entry->intervals.end(), number,
                                   [](int64_t n, const Interval& i) { return n < i.end; });
  return at != entry->intervals.end() && at->start <= number;
}

bool GtidSet::is_subset_of(const GtidSet& other) const {
  return std::all_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    const Entry* whole = other.find(entry.uuid, entry.tag);
    return whole != nullptr && difference(entry.intervals, whole->intervals).empty();
  });
}

bool GtidSet::has_tags() const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [](const Entry& entry) { return !entry.tag.empty(); });
}

uint64_t GtidSet::count() const {
  uint64_t count = 0;
  for (const Entry& entry : entries_)
    for (const Interval& interval : entry.intervals)
      count += static_cast<uint64_t>(interval.end - interval.start);
  return count;
}

size_t GtidSet::lower_bound(const Uuid& uuid, std::string_view tag) const {
  const auto at = std::lower_bound(
      entries_.begin(), entries_.end(), uuid,
      [tag](const Entry& entry, const Uuid& wanted) { return before(entry, wanted, tag); });
  return static_cast<size_t>(at - entries_.begin());
}

const GtidSet::Entry* GtidSet::find(const Uuid& uuid, std::string_view tag) const {
  const size_t at = lower_bound(uuid, tag);
  if (at == entries_.size() || entries_[at].uuid != uuid || entries_[at].tag != tag) return nullptr;
  return &entries_[at];
}

GtidSet::Entry& GtidSet::find_or_make(const Uuid& uuid, std::string_view tag) {
  last_ = lower_bound(uuid, tag);
  if (last_ == entries_.size() || entries_[last_].uuid != uuid || entries_[last_].tag != tag)
    entries_.insert(entries_.begin() + static_cast<ptrdiff_t>(last_), {uuid, std::string(tag), {}});
  return entries_[last_];
}

}  // namespace millrace::mysql
