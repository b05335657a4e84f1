// SPDX-License-Identifier: Apache-2.0
#include "cell/json.h"

#include <charconv>

#include "base/column_type.h"
#include "cell/decimal.h"
#include "cell/float_text.h"
#include "cell/integer.h"
#include "cell/json_layout.h"
#include "cell/limits.h"
#include "cell/temporal.h"

namespace millrace::cell {
namespace {

// MySQL breaks base64 into lines of this many characters, also here, where the break is then
// escaped.
constexpr size_t kBase64Line = 76;

class Printer {
 public:
  Printer(Buffer& out, size_t document_size) : out_(out), budget_(kMaxJsonVisits * document_size) {}

  // `data` begins at the value and ends with its container.
  Status value(JsonType type, Bytes data, int depth) {
    if (is_json_container(type)) return container(type, data, depth + 1);
    if (type == JsonType::kString) return string(data);
    if (type == JsonType::kOpaque) return opaque(data);
    return scalar(type, data);
  }

 private:
  Status spend(size_t bytes) {
    if (bytes > budget_) return json_damaged("its parts lead to the same bytes again and again");
    budget_ -= bytes;
    return Done{};
  }

  Status scalar(JsonType type, Bytes data) {
    using T = JsonType;
    const size_t width = json_scalar_size(type);
    if (width == 0) return json_damaged("unknown type");
    if (data.size() < width) return json_cut();
    TRY(spend(width));
    if (type == T::kLiteral) return literal(std::to_integer<uint8_t>(data[0]));
    char text[kMaxDoubleText];
    char* end = text;
    if (type == T::kDouble) {
      end = print_json_double(text, read_double(data.data()));
    } else if (type == T::kInt16 || type == T::kInt32 || type == T::kInt64) {
      end = std::to_chars(text, text + sizeof text, read_signed(data.data(), width)).ptr;
    } else {
      end = std::to_chars(text, text + sizeof text, read_unsigned(data.data(), width)).ptr;
    }
    out_.append(std::string_view(text, static_cast<size_t>(end - text)));
    return Done{};
  }

  Status literal(uint8_t which) {
    if (which > 2) return json_damaged("unknown literal");
    out_.append(std::string_view(which == 0 ? "null" : which == 1 ? "true" : "false"));
    return Done{};
  }

  Status string(Bytes data) {
    const Bytes text = TRY(json_prefixed(data));
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
    if (data.empty()) return json_cut();
    const auto type = static_cast<ColumnType>(data[0]);
    const Bytes value = TRY(json_prefixed(data.subspan(1)));
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
    if (value.size() < 2) return json_cut();
    const auto precision = std::to_integer<unsigned>(value[0]);
    const auto scale = std::to_integer<unsigned>(value[1]);
    const size_t size = decimal_size(precision, scale);
    if (size == 0 || size != value.size() - 2) return json_damaged("a DECIMAL of the wrong size");
    char text[kMaxDecimalText];
    const auto printed = decimal_text(value.data() + 2, precision, scale, text);
    if (!printed) return json_damaged("a DECIMAL with impossible digits");
    out_.append(std::string_view(text, printed->size));
    return Done{};
  }

  Status temporal(ColumnType type, Bytes value) {
    if (value.size() != 8) return json_damaged("a temporal value that is not of 8 bytes");
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

  Status container(JsonType type, Bytes data, int depth) {
    if (depth > kMaxJsonDepth) return json_damaged("nested over 100 deep");
    const auto opened = open_json_container(type, data);
    if (!opened) return json_cut();
    TRY(spend(opened->entries_size()));
    out_.put(opened->object ? '{' : '[');
    for (size_t i = 0; i < opened->count; ++i) {
      if (i > 0) out_.append(std::string_view(", "));
      if (opened->object) TRY(key(opened->key(i)));
      const auto item = opened->value(i);
      if (!item) return json_cut();
      TRY(value(item->type, item->data, depth));
    }
    out_.put(opened->object ? '}' : ']');
    return Done{};
  }

  Status key(const std::optional<Bytes>& name) {
    if (!name) return json_cut();
    TRY(spend(name->size()));
    quoted(as_text(*name));
    out_.append(std::string_view(": "));
    return Done{};
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
  return printer.value(static_cast<JsonType>(document[0]), document.subspan(1), 0);
}

}  // namespace millrace::cell
