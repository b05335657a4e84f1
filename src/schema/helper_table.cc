// SPDX-License-Identifier: Apache-2.0
#include "schema/helper_table.h"

#include <algorithm>

#include "schema/names.h"

namespace millrace::schema {
namespace {

constexpr size_t kLongestName = 64;      // characters, for the servers; some tools count bytes
constexpr size_t kMostUnderscores = 10;  // that pt-online-schema-change puts in front

// One way to make a helper's name of its base's: `head` BASE `tail`. In either, '#' stands for one
// or more letters and digits, '0' for one digit.
struct Pattern {
  HelperTool tool;
  HelperRole role;
  std::string_view head;
  std::string_view tail;
  bool odd = false;
};
using T = HelperTool;
using R = HelperRole;
constexpr Pattern kPatterns[] = {
    {T::kGhOst, R::kShadow, "_", "_gho"},
    {T::kGhOst, R::kLog, "_", "_ghc", true},
    {T::kGhOst, R::kLog, "_", "_ghk", true},
    {T::kGhOst, R::kTrash, "_", "_del"},
    {T::kGhOst, R::kTrash, "_", "_00000000000000_del"},
    {T::kGhOst, R::kTrash, "_", "_rev_del"},
    {T::kGhOst, R::kLog, "_", "_rev_ghc", true},
    {T::kGhOst, R::kLog, "_", "_rev_ghk", true},
    {T::kPtOsc, R::kShadow, "_", "_new"},
    {T::kPtOsc, R::kTrash, "_", "_old"},
    {T::kPtOsc, R::kTrash, "_", "_old_00000000_000000"},  // Spirit, when it is asked to keep it
    {T::kPtOsc, R::kLog, "_", "_chkpnt", true},
    {T::kLhm, R::kShadow, "lhmn_", ""},
    {T::kLhm, R::kTrash, "lhma_0000_00_00_00_00_00_000_", ""},
    {T::kFacebookOsc, R::kShadow, "__osc_new_", "", true},
    {T::kFacebookOsc, R::kLog, "__osc_chg_", "", true},
    {T::kFacebookOsc, R::kTrash, "__osc_old_", ""},
    {T::kDms, R::kShadow, "tp_#_ogt_", ""},
    {T::kDms, R::kLog, "tp_#_ogl_", "", true},
    {T::kDms, R::kTrash, "tp_#_del_", ""},
};
// Names that do not hold the base's. Their base is what they were made LIKE, or what was renamed.
constexpr Pattern kBaseless[] = {
    {T::kVitess, R::kShadow, "_vt_vrp_#_00000000000000", "_"},
    {T::kVitess, R::kShadow, "_#_#_#_#_#_00000000000000", "_vrepl"},
    {T::kVitess, R::kShadow, "_#_#_#_#_#_00000000000000", "_gho"},
    {T::kVitess, R::kShadow, "_#_#_#_#_#_00000000000000", "_new"},
    {T::kVitess, R::kLog, "_#_#_#_#_#_00000000000000", "_ghc", true},
    {T::kVitess, R::kTrash, "_#_#_#_#_#_00000000000000", "_del"},
    {T::kVitess, R::kTrash, "_#_#_#_#_#_00000000000000", "_old"},
    {T::kVitess, R::kTrash, "_vt_#_#_00000000000000", "_", true},
    {T::kVitess, R::kTrash, "_vt_#_#_00000000000000", "", true},
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z'); }

size_t characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<uint8_t>(c) & 0xC0) != 0x80;  // the first byte of each
  }));
}

// How many bytes at the beginning of `text` fit the mould; npos: it does not.
size_t fits_head(std::string_view text, std::string_view mould) {
  size_t at = 0;
  for (const char wanted : mould) {
    const size_t begin = at;
    if (wanted == '#') {
      while (at < text.size() && is_alphanumeric(text[at])) ++at;
    } else if (at < text.size() &&
               (wanted == '0' ? is_digit(text[at]) : lower(text[at]) == wanted)) {
      ++at;
    }
    if (at == begin) return std::string_view::npos;
  }
  return at;
}
bool fits(std::string_view text, std::string_view mould) {
  return fits_head(text, mould) == text.size();
}

// The tail of a name, or what a cut at the end has left of it.
bool fits_tail(std::string_view text, std::string_view mould, bool cut) {
  if (cut && text.size() < mould.size()) mould = mould.substr(0, text.size());
  return text.empty() ? mould.empty() : fits(text, mould);
}

// How a name of 64 characters may have been cut.
struct Cuts {
  bool in_base = false;
  bool at_end = false;
};

// `rest` is the name behind its head.
bool names(std::string_view rest, std::string_view base, std::string_view tail, Cuts cuts) {
  if (rest.size() >= base.size() && rest.substr(0, base.size()) == base &&
      fits_tail(rest.substr(base.size()), tail, cuts.at_end)) {
    return true;
  }
  if (cuts.at_end && base.size() >= rest.size() && base.substr(0, rest.size()) == rest) return true;
  if (!cuts.in_base || rest.size() <= tail.size()) return false;
  const std::string_view kept = rest.substr(0, rest.size() - tail.size());
  return base.size() > kept.size() && base.substr(0, kept.size()) == kept &&
         fits_tail(rest.substr(kept.size()), tail, false);
}

bool matches(const Pattern& pattern, std::string_view name, std::string_view base, bool is_long) {
  const size_t head = fits_head(name, pattern.head);
  if (head == std::string_view::npos) return false;
  Cuts cuts;
  cuts.in_base = is_long && (pattern.tool == T::kGhOst || pattern.tool == T::kPtOsc);
  cuts.at_end = is_long && pattern.tool != T::kGhOst;
  if (names(name.substr(head), base, pattern.tail, cuts)) return true;
  // More underscores where a name is taken.
  if (pattern.tool != T::kPtOsc) return false;
  for (size_t more = 1;
       more < kMostUnderscores && head + more <= name.size() && name[head + more - 1] == '_';
       ++more) {
    if (names(name.substr(head + more), base, pattern.tail, cuts)) return true;
  }
  return false;
}

bool matches_baseless(const Pattern& pattern, std::string_view name) {
  const size_t head = fits_head(name, pattern.head);
  return head != std::string_view::npos && fits(name.substr(head), pattern.tail);
}

}  // namespace

std::optional<HelperName> helper_name(std::string_view name, std::string_view base) {
  if (!may_be_helper(name) || base.empty() || name == base) return std::nullopt;
  const bool is_long = name.size() == kLongestName || characters(name) == kLongestName;
  for (const Pattern& pattern : kPatterns) {
    if (matches(pattern, name, base, is_long)) {
      return HelperName{pattern.tool, pattern.role, pattern.odd};
    }
  }
  for (const Pattern& pattern : kBaseless) {
    if (matches_baseless(pattern, name)) {
      return HelperName{pattern.tool, pattern.role, pattern.odd};
    }
  }
  return std::nullopt;
}

bool may_be_helper(std::string_view name) {
  if (name.size() < 4) return false;
  return name[0] == '_' || fits_head(name, "lhmn_") != std::string_view::npos ||
         fits_head(name, "lhma_") != std::string_view::npos ||
         fits_head(name, "tp_") != std::string_view::npos;
}

bool is_helper_trigger(std::string_view name) {
  constexpr std::string_view kHeads[] = {"pt_osc_",    "lhmt_ins_",  "lhmt_upd_", "lhmt_del_",
                                         "__osc_ins_", "__osc_upd_", "__osc_del_"};
  return std::any_of(std::begin(kHeads), std::end(kHeads), [&](std::string_view head) {
    return fits_head(name, head) != std::string_view::npos;
  });
}

bool has_tool_comment(std::string_view statement) {
  constexpr std::string_view kComments[] = {"/* gh-ost",
                                            "/*gh-ost",
                                            "/* pt-online-schema-change",
                                            "/*pt-online-schema-change",
                                            "'gh-ost changelog'",
                                            "'ghost-cut-over-sentry'"};
  return std::any_of(std::begin(kComments), std::end(kComments), [&](std::string_view comment) {
    return statement.find(comment) != std::string_view::npos;
  });
}

}  // namespace millrace::schema
