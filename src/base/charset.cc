// SPDX-License-Identifier: Apache-2.0
#include "base/charset.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/charset_tables.h"

namespace millrace {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

constexpr Charset kCharsets[] = {
    {"armscii8", 1, 1, "armscii8_general_ci", "armscii8_bin", ""},
    {"ascii", 1, 1, "ascii_general_ci", "ascii_bin", ""},
    {"big5", 2, 1, "big5_chinese_ci", "big5_bin", "BIG5"},
    {"binary", 1, 1, "binary", "binary", ""},
    {"cp1250", 1, 1, "cp1250_general_ci", "cp1250_bin", ""},
    {"cp1251", 1, 1, "cp1251_general_ci", "cp1251_bin", ""},
    {"cp1256", 1, 1, "cp1256_general_ci", "cp1256_bin", ""},
    {"cp1257", 1, 1, "cp1257_general_ci", "cp1257_bin", ""},
    {"cp850", 1, 1, "cp850_general_ci", "cp850_bin", ""},
    {"cp852", 1, 1, "cp852_general_ci", "cp852_bin", ""},
    {"cp866", 1, 1, "cp866_general_ci", "cp866_bin", ""},
    {"cp932", 2, 1, "cp932_japanese_ci", "cp932_bin", "CP932"},
    {"dec8", 1, 1, "dec8_swedish_ci", "dec8_bin", ""},
    {"eucjpms", 3, 1, "eucjpms_japanese_ci", "eucjpms_bin", "EUC-JP-MS"},
    {"euckr", 2, 1, "euckr_korean_ci", "euckr_bin", "UHC"},
    {"gb18030", 4, 1, "gb18030_chinese_ci", "gb18030_bin", "GB18030"},
    {"gb2312", 2, 1, "gb2312_chinese_ci", "gb2312_bin", "EUC-CN"},
    {"gbk", 2, 1, "gbk_chinese_ci", "gbk_bin", "GBK"},
    {"geostd8", 1, 1, "geostd8_general_ci", "geostd8_bin", ""},
    {"greek", 1, 1, "greek_general_ci", "greek_bin", ""},
    {"hebrew", 1, 1, "hebrew_general_ci", "hebrew_bin", ""},
    {"hp8", 1, 1, "hp8_english_ci", "hp8_bin", ""},
    {"keybcs2", 1, 1, "keybcs2_general_ci", "keybcs2_bin", ""},
    {"koi8r", 1, 1, "koi8r_general_ci", "koi8r_bin", ""},
    {"koi8u", 1, 1, "koi8u_general_ci", "koi8u_bin", ""},
    {"latin1", 1, 1, "latin1_swedish_ci", "latin1_bin", ""},
    {"latin2", 1, 1, "latin2_general_ci", "latin2_bin", ""},
    {"latin5", 1, 1, "latin5_turkish_ci", "latin5_bin", ""},
    {"latin7", 1, 1, "latin7_general_ci", "latin7_bin", ""},
    {"macce", 1, 1, "macce_general_ci", "macce_bin", ""},
    {"macroman", 1, 1, "macroman_general_ci", "macroman_bin", ""},
    {"sjis", 2, 1, "sjis_japanese_ci", "sjis_bin", "SJIS"},
    {"swe7", 1, 1, "swe7_swedish_ci", "swe7_bin", ""},
    {"tis620", 1, 1, "tis620_thai_ci", "tis620_bin", ""},
    {"ucs2", 2, 2, "ucs2_general_ci", "ucs2_bin", ""},
    {"ujis", 3, 1, "ujis_japanese_ci", "ujis_bin", "EUC-JP-MS"},
    {"utf16", 4, 2, "utf16_general_ci", "utf16_bin", ""},
    {"utf16le", 4, 2, "utf16le_general_ci", "utf16le_bin", ""},
    {"utf32", 4, 4, "utf32_general_ci", "utf32_bin", ""},
    {"utf8mb3", 3, 1, "utf8mb3_general_ci", "utf8mb3_bin", ""},
    {"utf8mb4", 4, 1, "utf8mb4_general_ci", "utf8mb4_bin", ""},
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

// MariaDB's collations by the Unicode collation algorithm 14: from 2048 on 256 ids a charset, 8 a
// language, and in the 8 bits for NO PAD, accents, case.
constexpr std::string_view kUcaCharsets[] = {"utf8mb3", "utf8mb4", "ucs2", "utf16", "utf32"};
constexpr std::string_view kUcaLanguages[] = {
    "",         "icelandic", "latvian",    "romanian",  "slovenian", "polish",     "estonian",
    "spanish",  "swedish",   "turkish",    "czech",     "danish",    "lithuanian", "slovak",
    "spanish2", "roman",     "persian",    "esperanto", "hungarian", "sinhala",    "german2",
    "",         "",          "vietnamese", "croatian"};
constexpr uint32_t kUcaFirst = 2048;

// "uca1400_..." as each charset has it.
std::string uca_name(size_t language, size_t bits) {
  std::string name = "uca1400_";
  if (!kUcaLanguages[language].empty()) name += std::string(kUcaLanguages[language]) + "_";
  if (bits & 4) name += "nopad_";
  name += bits & 2 ? "as_" : "ai_";
  name += bits & 1 ? "cs" : "ci";
  return name;
}

class Collations {
 public:
  Collations() {
    for (size_t i = 0; i < kCollationCount; ++i) {
      const CollationRow& row = kCollations[i];
      // MariaDB keeps five of MySQL's names (croatian) for collations with ids of its own.
      const bool taken = by_name_.count(std::string(row.name)) != 0;
      add({row.id, row.name, find_charset(row.charset)}, by_id_,
          taken ? mariadb_by_name_ : by_name_);
    }
    for (size_t i = 0; i < kMariaDbNameCount; ++i) {
      const CollationRow& row = kMariaDbNames[i];
      add({row.id, row.name, find_charset(row.charset)}, mariadb_by_id_, mariadb_by_name_);
    }
    add_uca();
  }
  const Collation* find(uint32_t id, bool is_mariadb) const {
    if (is_mariadb) {
      if (const auto found = mariadb_by_id_.find(id); found != mariadb_by_id_.end()) {
        return found->second.get();
      }
    }
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second.get();
  }
  const Collation* find(const std::string& name, bool is_mariadb) const {
    if (is_mariadb) {
      if (const auto found = mariadb_by_name_.find(name); found != mariadb_by_name_.end()) {
        return found->second;
      }
    }
    if (const auto found = by_name_.find(name); found != by_name_.end()) return found->second;
    const auto found = mariadb_by_name_.find(name);
    return found == mariadb_by_name_.end() ? nullptr : found->second;
  }

 private:
  using ById = std::unordered_map<uint32_t, std::unique_ptr<const Collation>>;
  using ByName = std::unordered_map<std::string, const Collation*>;
  static void add(Collation collation, ById& by_id, ByName& by_name) {
    auto owned = std::make_unique<const Collation>(collation);
    by_name.emplace(collation.name, owned.get());
    by_id.emplace(collation.id, std::move(owned));
  }
  void add_uca() {
    for (size_t charset = 0; charset < std::size(kUcaCharsets); ++charset) {
      for (size_t language = 0; language < std::size(kUcaLanguages); ++language) {
        if (language != 0 && kUcaLanguages[language].empty()) continue;
        for (size_t bits = 0; bits < 8; ++bits) {
          const std::string& name = *names_.emplace_back(std::make_unique<std::string>(
              std::string(kUcaCharsets[charset]) + "_" + uca_name(language, bits)));
          const auto id = static_cast<uint16_t>(kUcaFirst + 256 * charset + 8 * language + bits);
          add({id, name, find_charset(kUcaCharsets[charset])}, by_id_, by_name_);
        }
      }
    }
  }
  ById by_id_, mariadb_by_id_;
  ByName by_name_, mariadb_by_name_;
  std::vector<std::unique_ptr<std::string>> names_;
};

const Collations& collations() {
  static const Collations all;
  return all;
}

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

// Bytes of the well-formed UTF-8 character at the front of `text`, which is not empty; 0: there is
// none.
size_t utf8_length(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const auto follows = [&](size_t n) {
    if (text.size() < n) return false;
    for (size_t i = 1; i < n; ++i) {
      if ((at(i) & 0xC0) != 0x80) return false;
    }
    return true;
  };
  const uint8_t lead = at(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return follows(2) ? 2 : 0;
  if (lead < 0xF0) {
    if (!follows(3) || (lead == 0xE0 && at(1) < 0xA0) || (lead == 0xED && at(1) > 0x9F)) return 0;
    return 3;
  }
  if (lead > 0xF4 || !follows(4)) return 0;
  return (lead == 0xF0 && at(1) < 0x90) || (lead == 0xF4 && at(1) > 0x8F) ? 0 : 4;
}

std::string repaired_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    if (length == 0) {
      append_utf8(out, kReplacement);
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

std::string from_one_byte(const OneByteTable& table, std::string_view text) {
  const bool swe7 = table.charset == "swe7";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    char32_t character = byte < 0x80 ? byte : table.upper[byte - 0x80];
    for (size_t i = 0; swe7 && i < kSwe7LowCount; ++i) {
      if (kSwe7Low[i].code == byte) character = kSwe7Low[i].character;
    }
    append_utf8(out, character);
  }
  return out;
}

// UCS-2, UTF-16 and UTF-32. `unit` bytes a unit.
std::string from_units(std::string_view text, size_t unit, bool little_endian, bool pairs) {
  const auto read = [&](size_t offset) {
    char32_t value = 0;
    for (size_t i = 0; i < unit; ++i) {
      const size_t at = offset + (little_endian ? unit - 1 - i : i);
      value = value << 8 | static_cast<uint8_t>(text[at]);
    }
    return value;
  };
  const auto is_high = [](char32_t c) { return c >= 0xD800 && c < 0xDC00; };
  const auto is_low = [](char32_t c) { return c >= 0xDC00 && c < 0xE000; };
  std::string out;
  size_t at = 0;
  for (; text.size() - at >= unit; at += unit) {
    char32_t c = read(at);
    if (pairs && is_high(c) && text.size() - at >= 2 * unit && is_low(read(at + unit))) {
      at += unit;
      c = 0x10000 + ((c - 0xD800) << 10) + (read(at) - 0xDC00);
    } else if (is_high(c) || is_low(c) || c > 0x10FFFF) {
      c = kReplacement;
    }
    append_utf8(out, c);
  }
  if (at < text.size()) append_utf8(out, kReplacement);
  return out;
}

// -- several bytes a character, by glibc --------------------------------------------------------

bool between(uint8_t byte, uint8_t first, uint8_t last) { return byte >= first && byte <= last; }

// How the servers cut text into characters: the bytes of the character at the front, 0 if none is
// well-formed there. `text` begins with a byte over 0x7F.
size_t character_length(std::string_view charset, std::string_view text) {
  const auto at = [&](size_t i) -> uint8_t {
    return i < text.size() ? static_cast<uint8_t>(text[i]) : 0;
  };
  const uint8_t a = at(0), b = at(1);
  if (charset == "big5") {
    return between(a, 0xA1, 0xF9) && (between(b, 0x40, 0x7E) || between(b, 0xA1, 0xFE)) ? 2 : 0;
  }
  if (charset == "gbk") {
    return between(a, 0x81, 0xFE) && (between(b, 0x40, 0x7E) || between(b, 0x80, 0xFE)) ? 2 : 0;
  }
  if (charset == "gb2312") return between(a, 0xA1, 0xF7) && between(b, 0xA1, 0xFE) ? 2 : 0;
  if (charset == "euckr") {
    return between(a, 0x81, 0xFE) &&
                   (between(b, 0x41, 0x5A) || between(b, 0x61, 0x7A) || between(b, 0x81, 0xFE))
               ? 2
               : 0;
  }
  if (charset == "gb18030") {
    if (!between(a, 0x81, 0xFE)) return 0;
    if (between(b, 0x40, 0x7E) || between(b, 0x80, 0xFE)) return 2;
    return between(b, 0x30, 0x39) && between(at(2), 0x81, 0xFE) && between(at(3), 0x30, 0x39) ? 4
                                                                                              : 0;
  }
  if (charset == "sjis" || charset == "cp932") {
    if (between(a, 0xA1, 0xDF)) return 1;
    return (between(a, 0x81, 0x9F) || between(a, 0xE0, 0xFC)) &&
                   (between(b, 0x40, 0x7E) || between(b, 0x80, 0xFC))
               ? 2
               : 0;
  }
  // ujis, eucjpms
  if (a == 0x8E) return between(b, 0xA1, 0xDF) ? 2 : 0;
  if (a == 0x8F) return between(b, 0xA1, 0xFE) && between(at(2), 0xA1, 0xFE) ? 3 : 0;
  return between(a, 0xA1, 0xFE) && between(b, 0xA1, 0xFE) ? 2 : 0;
}

const OverrideTable* find_overrides(std::string_view charset) {
  for (size_t i = 0; i < kOverrideCount; ++i) {
    if (kOverrides[i].charset == charset) return &kOverrides[i];
  }
  return nullptr;
}

std::optional<char32_t> overridden(const OverrideTable* table, std::string_view character) {
  if (table == nullptr) return std::nullopt;
  uint32_t code = 0;
  for (const char c : character) code = code << 8 | static_cast<uint8_t>(c);
  const Override* end = table->rows + table->count;
  const Override* found =
      std::lower_bound(table->rows, end, code,
                       [](const Override& row, uint32_t wanted) { return row.code < wanted; });
  if (found == end || found->code != code) return std::nullopt;
  return found->character;
}

// One open conversion of glibc, which keeps a state and so belongs to one thread.
class Converter {
 public:
  explicit Converter(std::string_view iconv_name)
      : descriptor_(iconv_open("UTF-8", std::string(iconv_name).c_str())) {}
  ~Converter() {
    if (is_open()) iconv_close(descriptor_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  // Appends the UTF-8 of one character, or U+FFFD if glibc has none for it.
  void convert(std::string_view character, std::string& out) {
    std::array<char, 32> utf8{};
    char* from = const_cast<char*>(character.data());
    char* to = utf8.data();
    size_t left = character.size();
    size_t room = utf8.size();
    if (!is_open() || iconv(descriptor_, &from, &left, &to, &room) == static_cast<size_t>(-1) ||
        left != 0) {
      if (is_open()) iconv(descriptor_, nullptr, nullptr, nullptr, nullptr);
      append_utf8(out, kReplacement);
      return;
    }
    out.append(utf8.data(), utf8.size() - room);
  }

 private:
  bool is_open() const { return reinterpret_cast<intptr_t>(descriptor_) != -1; }
  iconv_t descriptor_;
};

std::string from_several_bytes(const Charset& charset, std::string_view text) {
  thread_local std::map<std::string_view, std::unique_ptr<Converter>> converters;
  auto& converter = converters[charset.iconv_name];
  if (converter == nullptr) converter = std::make_unique<Converter>(charset.iconv_name);
  const OverrideTable* overrides = find_overrides(charset.name);
  std::string out;
  out.reserve(text.size() * 3 / 2);
  while (!text.empty()) {
    size_t length = 1;
    if (static_cast<uint8_t>(text[0]) < 0x80) {
      out += text[0];
    } else {
      length = character_length(charset.name, text);
      const std::string_view character = text.substr(0, length);
      if (length == 0) {
        append_utf8(out, kReplacement);
        length = 1;
      } else if (const auto other = overridden(overrides, character)) {
        append_utf8(out, *other);
      } else {
        converter->convert(character, out);
      }
    }
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace

const Charset* find_charset(std::string_view name) {
  const std::string wanted = lower(name);
  if (wanted == "utf8") return find_charset("utf8mb3");
  const auto* found = std::lower_bound(
      std::begin(kCharsets), std::end(kCharsets), wanted,
      [](const Charset& charset, const std::string& text) { return charset.name < text; });
  return found != std::end(kCharsets) && found->name == wanted ? found : nullptr;
}

const Collation* find_collation(uint32_t id, bool is_mariadb) {
  return collations().find(id, is_mariadb);
}

const Collation* find_collation(std::string_view name, bool is_mariadb) {
  std::string wanted = lower(name);
  if (wanted.rfind("utf8_", 0) == 0) wanted = "utf8mb3" + wanted.substr(4);
  return collations().find(wanted, is_mariadb);
}

const Collation* find_collation(std::string_view name, const Charset& charset, bool is_mariadb) {
  const Collation* found = find_collation(name, is_mariadb);
  if (found == nullptr) {
    found = find_collation(std::string(charset.name) + "_" + std::string(name), is_mariadb);
  }
  return found != nullptr && found->charset == &charset ? found : nullptr;
}

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string to_utf8(const Charset& charset, Bytes bytes) {
  const std::string_view text = as_text(bytes);
  if (charset.name == "utf8mb4" || charset.name == "utf8mb3" || charset.name == "binary") {
    return is_valid_utf8(text) ? std::string(text) : repaired_utf8(text);
  }
  if (charset.name == "ucs2") return from_units(text, 2, false, false);
  if (charset.name == "utf16") return from_units(text, 2, false, true);
  if (charset.name == "utf16le") return from_units(text, 2, true, true);
  if (charset.name == "utf32") return from_units(text, 4, false, false);
  if (!charset.iconv_name.empty()) return from_several_bytes(charset, text);
  for (size_t i = 0; i < kOneByteTableCount; ++i) {
    if (kOneByteTables[i].charset == charset.name) return from_one_byte(kOneByteTables[i], text);
  }
  return repaired_utf8(text);
}

std::string to_utf8(std::string_view charset, Bytes text) {
  const Charset* known = find_charset(charset);
  return to_utf8(known != nullptr ? *known : *find_charset("utf8mb4"), text);
}

}  // namespace millrace
