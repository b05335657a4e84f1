// SPDX-License-Identifier: Apache-2.0
#include "cell/json.h"

#include <charconv>

#include "base/byte_reader.h"
#include "base/column_type.h"
#include "cell/decimal.h"
#include "cell/float_text.h"
#include "cell/integer.h"
#include "cell/limits.h"
#include "cell/temporal.h"

namespace millrace::cell {
namespace {

enum Type : uint8_t {
  kSmallObject = 0x00,
  kLargeObject = 0x01,
  kSmallArray = 0x02,
  kLargeArray = 0x03,
  kLiteral = 0x04,
  kInt16 = 0x05,
  kUint16 = 0x06,
  kInt32 = 0x07,
  kUint32 = 0x08,
  kInt64 = 0x09,
  kUint64 = 0x0A,
  kDouble = 0x0B,
  kString = 0x0C,
  kOpaque = 0x0F,
};

// MySQL breaks base64 into lines of this many characters, also here, where the break is then
// escaped.
constexpr size_t kBase64Line = 76;

Error damaged(const char* what) { return {Errc::kCorrupt, std::string("JSON value: ") + what}; }
Error cut() {
  return {Errc::kTruncated, "JSON value: an offset or length leads out of its container"};
}

class Printer {
 public:
  Printer(Buffer& out, size_t document_size) : out_(out), budget_(kMaxJsonVisits * document_size) {}

  // `data` begins at the value and ends with its container.
  Status value(uint8_t type, Bytes data, int depth) {
    switch (type) {
      case kSmallObject:
      case kLargeObject:
      case kSmallArray:
      case kLargeArray:
        return container(type, data, depth + 1);
      case kString:
        return string(data);
      case kOpaque:
        return opaque(data);
      default:
        return scalar(type, data);
    }
  }

 private:
  Status spend(size_t bytes) {
    if (bytes > budget_) return damaged("its parts lead to the same bytes again and again");
    budget_ -= bytes;
    return Done{};
  }

  Status scalar(uint8_t type, Bytes data) {
    const size_t width = type == kLiteral                    ? 1
                         : type == kInt16 || type == kUint16 ? 2
                         : type == kInt32 || type == kUint32 ? 4
                         : type == kInt64 || type == kUint64 ? 8
                         : type == kDouble                   ? 8
                                                             : 0;
    if (width == 0) return damaged("unknown type");
    if (data.size() < width) return cut();
    TRY(spend(width));
    if (type == kLiteral) return literal(std::to_integer<uint8_t>(data[0]));
    char text[kMaxDoubleText];
    char* end = text;
    if (type == kDouble) {
      end = print_json_double(text, read_double(data.data()));
    } else if (type == kInt16 || type == kInt32 || type == kInt64) {
      end = std::to_chars(text, text + sizeof text, read_signed(data.data(), width)).ptr;
    } else {
      end = std::to_chars(text, text + sizeof text, read_unsigned(data.data(), width)).ptr;
    }
    out_.append(std::string_view(text, static_cast<size_t>(end - text)));
    return Done{};
  }

  Status literal(uint8_t which) {
    if (which > 2) return damaged("unknown literal");
    out_.append(std::string_view(which == 0 ? "null" : which == 1 ? "true" : "false"));
    return Done{};
  }

  // Lengths of strings and opaque values: 7 bits a byte, least significant first.
  static Result<Bytes> prefixed(Bytes data) {
    uint64_t size = 0;
    for (size_t i = 0; i < 5; ++i) {
      if (i >= data.size()) return cut();
      const auto byte = std::to_integer<uint64_t>(data[i]);
      size |= (byte & 0x7F) << (7 * i);
      if ((byte & 0x80) != 0) continue;
      if (size > data.size() - i - 1) return cut();
      return data.subspan(i + 1, static_cast<size_t>(size));
    }
    return damaged("a length of more than five bytes");
  }

  Status string(Bytes data) {
    const Bytes text = TRY(prefixed(data));
    TRY(spend(text.size() + 1));
    quoted(as_text(text));
    return Done{};
  }

  void quoted(std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    // At worst each byte becomes six.
    auto* at = reinterpret_cast<char*>(out_.reserve(text.size() * 6 + 2));
    const char* begin = at;
    *at++ = '"';
    for (const char c : text) {
      const auto byte = static_cast<uint8_t>(c);
      if (byte >= 0x20 && byte != '"' && byte != '\\') {
        *at++ = c;
        continue;
      }
      *at++ = '\\';
      switch (c) {
        case '"':
        case '\\':
          *at++ = c;
          break;
        case '\b':
          *at++ = 'b';
          break;
        case '\f':
          *at++ = 'f';
          break;
        case '\n':
          *at++ = 'n';
          break;
        case '\r':
          *at++ = 'r';
          break;
        case '\t':
          *at++ = 't';
          break;
        default:
          *at++ = 'u';
          *at++ = '0';
          *at++ = '0';
          *at++ = kHex[byte >> 4];
          *at++ = kHex[byte & 0x0F];
      }
    }
    *at++ = '"';
    out_.commit(static_cast<size_t>(at - begin));
  }

  Status opaque(Bytes data) {
    if (data.empty()) return cut();
    const auto type = static_cast<ColumnType>(data[0]);
    const Bytes value = TRY(prefixed(data.subspan(1)));
    TRY(spend(value.size() + 2));
    switch (type) {
      case ColumnType::kNewDecimal:
        return decimal(value);
      case ColumnType::kDate:
      case ColumnType::kDateTime:
      case ColumnType::kTimestamp:
      case ColumnType::kTime:
        return temporal(type, value);
      default:
        base64(type, value);
        return Done{};
    }
  }

  Status decimal(Bytes value) {
    if (value.size() < 2) return cut();
    const auto precision = std::to_integer<unsigned>(value[0]);
    const auto scale = std::to_integer<unsigned>(value[1]);
    const size_t size = decimal_size(precision, scale);
    if (size == 0 || size != value.size() - 2) return damaged("a DECIMAL of the wrong size");
    char text[kMaxDecimalText];
    const auto printed = decimal_text(value.data() + 2, precision, scale, text);
    if (!printed) return damaged("a DECIMAL with impossible digits");
    out_.append(std::string_view(text, printed->size));
    return Done{};
  }

  Status temporal(ColumnType type, Bytes value) {
    if (value.size() != 8) return damaged("a temporal value that is not of 8 bytes");
    const int64_t packed = read_signed(value.data(), 8);
    char text[kMaxTemporalText];
    char* end = text;
    *end++ = '"';
    if (type == ColumnType::kTime) {
      end = print_time(end, unpack_time(packed), true);
    } else {
      const DateTime parts = unpack_datetime(packed);
      end = type == ColumnType::kDate ? print_date(end, parts.year, parts.month, parts.day)
                                      : print_datetime(end, parts, true);
    }
    *end++ = '"';
    out_.append(std::string_view(text, static_cast<size_t>(end - text)));
    return Done{};
  }

  void base64(ColumnType type, Bytes value) {
    static constexpr char kDigits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    out_.append(std::string_view("\"base64:type"));
    char number[4];
    const char* number_end =
        std::to_chars(number, number + sizeof number, static_cast<unsigned>(type)).ptr;
    out_.append(std::string_view(number, static_cast<size_t>(number_end - number)));
    out_.put(':');
    size_t column = 0;
    for (size_t i = 0; i < value.size(); i += 3, column += 4) {
      if (column == kBase64Line) {
        out_.append(std::string_view("\\n"));
        column = 0;
      }
      const size_t left = value.size() - i;
      const auto at = [&](size_t k) {
        return k < left ? std::to_integer<unsigned>(value[i + k]) : 0;
      };
      const unsigned bits = at(0) << 16 | at(1) << 8 | at(2);
      out_.put(static_cast<uint8_t>(kDigits[bits >> 18]));
      out_.put(static_cast<uint8_t>(kDigits[bits >> 12 & 0x3F]));
      out_.put(static_cast<uint8_t>(left > 1 ? kDigits[bits >> 6 & 0x3F] : '='));
      out_.put(static_cast<uint8_t>(left > 2 ? kDigits[bits & 0x3F] : '='));
    }
    out_.put('"');
  }

  // Count, size, then for an object its keys' places, then the values' types and places.
  Status container(uint8_t type, Bytes data, int depth) {
    if (depth > kMaxJsonDepth) return damaged("nested over 100 deep");
    const bool large = type == kLargeObject || type == kLargeArray;
    const bool object = type == kSmallObject || type == kLargeObject;
    const size_t width = large ? 4 : 2;
    ByteReader head(data);
    const auto count = static_cast<size_t>(head.le(width));
    const auto size = static_cast<size_t>(head.le(width));
    if (!head.ok() || size > data.size()) return cut();
    data = data.first(size);
    const size_t key_entry = object ? width + 2 : 0;
    const size_t value_entry = 1 + width;
    if (size < 2 * width || count > (size - 2 * width) / (key_entry + value_entry)) return cut();
    TRY(spend(2 * width + count * (key_entry + value_entry)));
    const std::byte* keys = data.data() + 2 * width;
    const std::byte* values = keys + count * key_entry;
    out_.put(object ? '{' : '[');
    for (size_t i = 0; i < count; ++i) {
      if (i > 0) out_.append(std::string_view(", "));
      if (object) TRY(key(data, keys + i * key_entry, width));
      TRY(entry(data, values + i * value_entry, large, depth));
    }
    out_.put(object ? '}' : ']');
    return Done{};
  }

  Status key(Bytes container, const std::byte* entry, size_t width) {
    const uint64_t offset = read_unsigned(entry, width);
    const uint64_t size = read_unsigned(entry + width, 2);
    if (offset > container.size() || size > container.size() - offset) return cut();
    TRY(spend(static_cast<size_t>(size)));
    quoted(as_text(container.subspan(static_cast<size_t>(offset), static_cast<size_t>(size))));
    out_.append(std::string_view(": "));
    return Done{};
  }

  Status entry(Bytes container, const std::byte* entry, bool large, int depth) {
    const auto type = std::to_integer<uint8_t>(entry[0]);
    const size_t width = large ? 4 : 2;
    const bool inlined = type == kLiteral || type == kInt16 || type == kUint16 ||
                         (large && (type == kInt32 || type == kUint32));
    if (inlined) return scalar(type, Bytes(entry + 1, width));
    const uint64_t offset = read_unsigned(entry + 1, width);
    if (offset >= container.size()) return cut();
    return value(type, container.subspan(static_cast<size_t>(offset)), depth);
  }

  Buffer& out_;
  size_t budget_;
};

}  // namespace

Status append_json_text(Bytes document, Buffer& out) {
  if (document.empty()) {
    out.append(std::string_view("null"));
    return Done{};
  }
  Printer printer(out, document.size());
  return printer.value(std::to_integer<uint8_t>(document[0]), document.subspan(1), 0);
}

}  // namespace millrace::cell
