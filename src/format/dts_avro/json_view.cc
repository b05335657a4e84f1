// SPDX-License-Identifier: Apache-2.0
#include "format/dts_avro/json_view.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

#include "base/charset.h"
#include "cell/temporal.h"

namespace millrace::format::dts_avro {
namespace {

constexpr char kHex[] = "0123456789abcdef";
enum Part { kYear, kMonth, kDay, kHour, kMinute, kSecond, kMicros };

class Writer {
 public:
  explicit Writer(Buffer& out) : out_(out) {}

  void record(const Record& record) {
    raw("{");
    member("version", record.version);
    member("id", record.id);
    member("sourceTimestamp", record.source_timestamp);
    member("sourcePosition", record.source_position);
    member("safeSourcePosition", record.safe_source_position);
    member("sourceTxid", record.source_txid);
    key("source");
    raw("{");
    first_ = true;
    member("sourceType", kSourceTypeNames[static_cast<size_t>(record.source_type)]);
    member("version", record.source_version);
    raw("}");
    member("operation", kOperationNames[static_cast<size_t>(record.operation)]);
    key("objectName");
    if (record.object_name)
      string(*record.object_name);
    else
      raw("null");
    key("processTimestamps");
    process_timestamps(record);
    key("tags");
    tags(record);
    key("fields");
    fields(record);
    key("beforeImages");
    image(record, record.before);
    key("afterImages");
    image(record, record.after);
    member("bornTimestamp", record.born_timestamp);
    raw("}");
  }

  void item(int32_t type_number, const Value& value) {
    switch (value.kind) {
      case ValueKind::kNull:
      case ValueKind::kEmptyObject:
        return raw("null");
      case ValueKind::kInteger:
      case ValueKind::kDecimal:
        return digits(value.value);
      case ValueKind::kFloat:
        return real(value.number);
      case ValueKind::kTimestamp:
        return timestamp(value);
      case ValueKind::kDateTime:
      case ValueKind::kTimestampWithTimeZone:
        return parts(type_number, value);
      case ValueKind::kCharacter:
        return utf8(to_utf8(value.label, as_bytes(value.value)));
      case ValueKind::kTextObject:
      case ValueKind::kTextGeometry:
        return string(value.value);
      case ValueKind::kBinaryGeometry:
      case ValueKind::kBinaryObject:
        return base64(value.value);
    }
  }

 private:
  void raw(std::string_view text) { out_.append(text); }

  void key(std::string_view name) {
    if (!first_) raw(",");
    first_ = false;
    string(name);
    raw(":");
  }
  void member(std::string_view name, int64_t value) {
    key(name);
    number(value);
  }
  void member(std::string_view name, std::string_view value) {
    key(name);
    string(value);
  }

  void number(int64_t value) {
    char text[24];
    const char* end = std::to_chars(text, text + sizeof text, value).ptr;
    raw({text, static_cast<size_t>(end - text)});
  }

  // UTF-8, or what claims to be it: bytes that are none become U+FFFD.
  void string(std::string_view text) { utf8(to_utf8("utf8mb4", as_bytes(text))); }

  void utf8(std::string_view text) {
    raw("\"");
    size_t plain = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
      raw(text.substr(plain, i - plain));
      plain = i + 1;
      escape(byte);
    }
    raw(text.substr(plain));
    raw("\"");
  }

  void escape(unsigned char byte) {
    switch (byte) {
      case '"':
        return raw("\\\"");
      case '\\':
        return raw("\\\\");
      case '\n':
        return raw("\\n");
      case '\r':
        return raw("\\r");
      case '\t':
        return raw("\\t");
      default: {
        const char text[] = {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 0x0F]};
        raw({text, sizeof text});
      }
    }
  }

  void process_timestamps(const Record& record) {
    if (!record.process_timestamps) return raw("null");
    raw("[");
    bool first = true;
    for (const int64_t time : *record.process_timestamps) {
      if (!first) raw(",");
      first = false;
      number(time);
    }
    raw("]");
  }

  void tags(const Record& record) {
    raw("{");
    first_ = true;
    for (const auto& [name, value] : record.tags) member(name, value);
    raw("}");
    first_ = false;
  }

  void fields(const Record& record) {
    if (record.fields_text) return string(*record.fields_text);
    if (!record.fields) return raw("null");
    raw("[");
    for (size_t i = 0; i < record.fields->size(); ++i) {
      const Field& field = (*record.fields)[i];
      raw(i > 0 ? ",{" : "{");
      first_ = true;
      member("name", field.name);
      member("dataTypeNumber", field.type_number);
      raw("}");
    }
    raw("]");
    first_ = false;
  }

  void image(const Record& record, const Image& image) {
    if (image.text) return string(*image.text);
    if (!image.values) return raw("null");
    raw("{");
    first_ = true;
    for (size_t i = 0; i < image.values->size(); ++i) {
      const Value& value = (*image.values)[i];
      if (value.kind == ValueKind::kEmptyObject && value.absent) continue;
      const bool named = record.fields && i < record.fields->size();
      key(named ? (*record.fields)[i].name : std::string_view("@" + std::to_string(i + 1)));
      item(named ? (*record.fields)[i].type_number : 0, value);
    }
    raw("}");
    first_ = false;
  }

  // A number that JSON can read as it stands; else it is quoted.
  void digits(std::string_view text) {
    std::string_view rest = text;
    if (rest.starts_with('-')) rest.remove_prefix(1);
    const size_t point = rest.find('.');
    const std::string_view whole = rest.substr(0, point);
    const std::string_view fraction =
        point == std::string_view::npos ? "0" : rest.substr(point + 1);
    const auto all_digits = [](std::string_view part) {
      return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
    };
    const bool is_number =
        all_digits(whole) && all_digits(fraction) && (whole.size() == 1 || whole.front() != '0');
    if (is_number)
      raw(text);
    else
      string(text);
  }

  void real(double value) {
    if (!std::isfinite(value)) return raw("null");
    if (value == 0 && std::signbit(value)) return raw("-0.0");  // -0 would be read as a whole 0
    char text[32];
    const char* end = std::to_chars(text, text + sizeof text, value).ptr;
    raw({text, static_cast<size_t>(end - text)});
  }

  void quoted(const char* begin, const char* end) {
    raw("\"");
    raw({begin, static_cast<size_t>(end - begin)});
    raw("\"");
  }

  void timestamp(const Value& value) {
    // Beyond the year 9999 there is no date to print.
    if (value.seconds < 0 || value.seconds > 253402300799) return number(value.seconds);
    char text[cell::kMaxTemporalText];
    const cell::DateTime parts = cell::to_utc({value.seconds, value.micros});
    quoted(text, cell::print_datetime(text, parts, value.micros != 0));
  }

  static int magnitude(const Value& value, Part part) {
    const int64_t number = value.parts[part].value_or(0);
    return static_cast<int>(std::min<int64_t>(std::abs(number), 999999999));
  }

  void parts(int32_t type_number, const Value& value) {
    char text[cell::kMaxTemporalText * 2];
    char* end = text;
    const bool date = value.parts[kDay].has_value();
    const bool time = value.parts[kHour].has_value();
    const int micros = magnitude(value, kMicros);
    if (type_number == static_cast<int32_t>(TypeNumber::kYear) || (!date && !time))
      return number(value.parts[kYear].value_or(0));
    if (date)
      end = cell::print_date(end, magnitude(value, kYear), magnitude(value, kMonth),
                             magnitude(value, kDay));
    if (date && time) *end++ = ' ';
    if (time) {
      cell::Time parts{false, magnitude(value, kHour), magnitude(value, kMinute),
                       magnitude(value, kSecond), micros};
      for (const Part part : {kHour, kMinute, kSecond, kMicros})
        parts.negative = parts.negative || value.parts[part].value_or(0) < 0;
      end = cell::print_time(end, parts, micros != 0);
    }
    quoted(text, end);
  }

  void base64(std::string_view bytes) {
    static constexpr char kDigits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    raw("\"");
    auto* at = reinterpret_cast<char*>(out_.reserve((bytes.size() + 2) / 3 * 4));
    for (size_t i = 0; i < bytes.size(); i += 3) {
      const size_t left = bytes.size() - i;
      const auto byte = [&](size_t k) {
        return k < left ? static_cast<unsigned>(static_cast<unsigned char>(bytes[i + k])) : 0U;
      };
      const unsigned bits = byte(0) << 16 | byte(1) << 8 | byte(2);
      *at++ = kDigits[bits >> 18];
      *at++ = kDigits[bits >> 12 & 0x3F];
      *at++ = left > 1 ? kDigits[bits >> 6 & 0x3F] : '=';
      *at++ = left > 2 ? kDigits[bits & 0x3F] : '=';
    }
    out_.commit((bytes.size() + 2) / 3 * 4);
    raw("\"");
  }

  Buffer& out_;
  bool first_ = true;
};

}  // namespace

void append_json(int32_t type_number, const Value& value, Buffer& out) {
  Writer(out).item(type_number, value);
}
void append_json(const Record& record, Buffer& out) { Writer(out).record(record); }

Status append_json(Bytes record, Buffer& out) {
  append_json(TRY(read_record(record)), out);
  return Done{};
}

}  // namespace millrace::format::dts_avro
