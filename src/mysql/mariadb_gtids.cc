// SPDX-License-Identifier: Apache-2.0
#include "mysql/mariadb_gtids.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/byte_reader.h"

namespace millrace::mysql {
namespace {

constexpr uint32_t kCountMask = 0x0FFFFFFF;  // the four bits above it are flags

std::string_view trim(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

template <class Number>
bool take_number(std::string_view& text, char end, Number& out) {
  const char* const begin = text.data();
  const auto [stop, error] = std::from_chars(begin, begin + text.size(), out);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(stop - begin));
  if (end == '\0') return text.empty();
  if (text.empty() || text.front() != end) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string MariaDbGtid::text() const { return fmt::format("{}-{}-{}", domain, server, sequence); }

Result<MariaDbGtids> MariaDbGtids::parse(std::string_view text) {
  MariaDbGtids set;
  std::string_view rest = trim(text);
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    const std::string_view part = trim(rest.substr(0, comma));
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    MariaDbGtid gtid;
    std::string_view left = part;
    if (!take_number(left, '-', gtid.domain) || !take_number(left, '-', gtid.server) ||
        !take_number(left, '\0', gtid.sequence))
      return Error{Errc::kInvalid,
                   fmt::format("GTID \"{}\": expected domain-server-sequence, like 0-1-5",
                               part.substr(0, 80))};
    const size_t before = set.gtids_.size();
    set.set(gtid);
    if (set.gtids_.size() == before)
      return Error{Errc::kInvalid,
                   fmt::format("GTID position: domain {} stands there twice", gtid.domain)};
  }
  return set;
}

// Count 4 (with flags), then domain 4, server 4, sequence 8 for each.
Result<MariaDbGtids> MariaDbGtids::decode_gtid_list(Bytes body) {
  ByteReader in(body);
  const uint32_t count = in.u32() & kCountMask;
  MariaDbGtids set;
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    MariaDbGtid gtid;
    gtid.domain = in.u32();
    gtid.server = in.u32();
    gtid.sequence = in.u64();
    if (in.ok()) set.set(gtid);
  }
  if (!in.ok())
    return Error{Errc::kTruncated, fmt::format("GTID_LIST event: {} entries in a body of {} bytes",
                                               count, body.size())};
  return set;
}

void MariaDbGtids::set(const MariaDbGtid& gtid) {
  const auto at =
      std::lower_bound(gtids_.begin(), gtids_.end(), gtid.domain,
                       [](const MariaDbGtid& a, uint32_t domain) { return a.domain < domain; });
  if (at != gtids_.end() && at->domain == gtid.domain)
    *at = gtid;
  else
    gtids_.insert(at, gtid);
}

std::string MariaDbGtids::text() const {
  std::string out;
  for (const MariaDbGtid& gtid : gtids_) {
    if (!out.empty()) out += ',';
    out += gtid.text();
  }
  return out;
}

}  // namespace millrace::mysql
