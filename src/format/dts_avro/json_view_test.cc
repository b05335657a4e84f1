// SPDX-License-Identifier: Apache-2.0
#include "format/dts_avro/json_view.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace millrace::format::dts_avro {
namespace {

// The text of one value under a column of this number.
std::string shown(int32_t type_number, const Value& value) {
  Record record;
  record.fields.emplace().push_back({"v", type_number});
  record.after.values.emplace().push_back(value);
  Buffer out;
  append_json(record, out);
  const std::string_view text = as_text(out.view());
  const size_t begin = text.find("\"afterImages\":{") + 15;
  return std::string(text.substr(begin, text.rfind("},\"bornTimestamp\"") - begin));
}

Value text_value(std::string_view text, std::string_view charset = "utf8mb4") {
  Value value;
  value.kind = ValueKind::kCharacter;
  value.label = charset;
  value.value = text;
  return value;
}

TEST(JsonView, EscapesWhatJsonCannotHold) {
  EXPECT_EQ(shown(253, text_value("a\"b\\c\nd\te\x01")), R"("v":"a\"b\\c\nd\te\u0001")");
}

TEST(JsonView, IsAlwaysValidUtf8) {
  EXPECT_EQ(shown(253, text_value("ok \xF0\x9F\x98\x80")), "\"v\":\"ok \xF0\x9F\x98\x80\"");
  EXPECT_EQ(shown(253, text_value("\xC3")), "\"v\":\"\xEF\xBF\xBD\"");
  EXPECT_EQ(shown(253, text_value("\xED\xA0\x80")),
            "\"v\":\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(JsonView, ConvertsFromTheColumnsCharset) {
  EXPECT_EQ(shown(253, text_value("\xC4\xE3", "gbk")), "\"v\":\"\xE4\xBD\xA0\"");
  EXPECT_EQ(shown(253, text_value("\x80", "latin1")), "\"v\":\"\xE2\x82\xAC\"");
}

TEST(JsonView, LeavesOutColumnsThatTheImageLacks) {
  Value value;
  value.kind = ValueKind::kEmptyObject;
  value.absent = true;
  EXPECT_EQ(shown(3, value), "");
  EXPECT_EQ(shown(3, Value{}), "\"v\":null");
}

TEST(JsonView, QuotesNumbersThatJsonCannotRead) {
  Value value;
  value.kind = ValueKind::kDecimal;
  value.value = "-123.4500";
  EXPECT_EQ(shown(246, value), "\"v\":-123.4500");
  for (const char* text : {"NaN", "", "-", "01", "1.", ".5", "1e5"}) {
    value.value = text;
    EXPECT_EQ(shown(246, value), "\"v\":\"" + std::string(text) + "\"");
  }
}

TEST(JsonView, HasNoWordForInfinity) {
  Value value;
  value.kind = ValueKind::kFloat;
  value.number = std::numeric_limits<double>::infinity();
  EXPECT_EQ(shown(5, value), "\"v\":null");
  value.number = -1.5e300;
  EXPECT_EQ(shown(5, value), "\"v\":-1.5e+300");
}

TEST(JsonView, KeepsTheSignOfZero) {
  Value value;
  value.kind = ValueKind::kFloat;
  value.number = -0.0;
  EXPECT_EQ(shown(5, value), "\"v\":-0.0");
}

TEST(JsonView, PrintsAnyPartsWithoutHarm) {
  Value value;
  value.kind = ValueKind::kDateTime;
  for (auto& part : value.parts) part = std::numeric_limits<int32_t>::min();
  EXPECT_EQ(shown(12, value).substr(0, 5), "\"v\":\"");
  value.kind = ValueKind::kTimestamp;
  value.seconds = INT64_MIN;
  EXPECT_EQ(shown(7, value), "\"v\":-9223372036854775808");
}

TEST(JsonView, PadsBase64) {
  Value value;
  value.kind = ValueKind::kBinaryObject;
  for (const auto& [bytes, text] :
       {std::pair{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}}) {
    value.value = bytes;
    EXPECT_EQ(shown(252, value), "\"v\":\"" + std::string(text) + "\"");
  }
}

}  // namespace
}  // namespace millrace::format::dts_avro
