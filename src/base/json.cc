// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/src.hpp>
#include <cmath>

namespace millrace::json {
namespace {

constexpr int kMaxDepth = 32;

Value converted(const boost::json::value& in) {
  switch (in.kind()) {
    case boost::json::kind::null:
      return {};
    case boost::json::kind::bool_:
      return in.get_bool();
    case boost::json::kind::int64:
      return in.get_int64();
    case boost::json::kind::uint64:
      return in.get_uint64();
    case boost::json::kind::double_:
      return in.get_double();
    case boost::json::kind::string:
      return std::string_view(in.get_string().data(), in.get_string().size());
    case boost::json::kind::array: {
      Array out;
      for (const boost::json::value& element : in.get_array()) out.push_back(converted(element));
      return out;
    }
    case boost::json::kind::object: {
      Object out;
      for (const auto& member : in.get_object()) {
        out.push_back(
            {std::string(member.key().data(), member.key().size()), converted(member.value())});
      }
      return out;
    }
  }
  return {};
}

// How many bytes of `text` at `at` are one well-formed UTF-8 character; 0: none are.
size_t utf8_length(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  size_t length = 0;
  if (first >= 0xC2 && first <= 0xDF) length = 2;
  if (first >= 0xE0 && first <= 0xEF) length = 3;
  if (first >= 0xF0 && first <= 0xF4) length = 4;
  if (length == 0 || text.size() - at < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (first == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
  if (first == 0xED && byte(1) > 0x9F) return 0;  // a surrogate
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) > 0x8F) return 0;  // above U+10FFFF
  return length;
}

void append_text(std::string_view text, std::string& out) {
  out += '"';
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const size_t length = utf8_length(text, i);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += text[i];
    } else if (c == '\n') {
      out += "\\n";
    } else if (c < 0x20 || c == 0x7F) {
      out += fmt::format("\\u{:04x}", c);
    } else if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else {
      out += text.substr(i, length);
    }
    i += std::max<size_t>(length, 1);
  }
  out += '"';
}

void new_line(std::string& out, int indent, int depth) {
  if (indent == 0) return;
  out += '\n';
  out.append(static_cast<size_t>(indent) * static_cast<size_t>(depth), ' ');
}

}  // namespace

void append(const Value& value, std::string& out, int indent, int depth) {
  if (value.is_null()) {
    out += "null";
  } else if (const bool* boolean = value.boolean()) {
    out += *boolean ? "true" : "false";
  } else if (const auto* integer = std::get_if<int64_t>(&value.value_)) {
    out += fmt::format("{}", *integer);
  } else if (const auto* natural = std::get_if<uint64_t>(&value.value_)) {
    out += fmt::format("{}", *natural);
  } else if (const auto* number = std::get_if<double>(&value.value_)) {
    out += std::isfinite(*number) ? fmt::format("{}", *number) : "null";
  } else if (const std::string* text = value.text()) {
    append_text(*text, out);
  } else if (const Array* elements = value.array()) {
    out += '[';
    for (size_t i = 0; i < elements->size(); ++i) {
      if (i > 0) out += ',';
      new_line(out, indent, depth + 1);
      append((*elements)[i], out, indent, depth + 1);
    }
    if (!elements->empty()) new_line(out, indent, depth);
    out += ']';
  } else if (const Object* members = value.object()) {
    out += '{';
    for (size_t i = 0; i < members->size(); ++i) {
      if (i > 0) out += ',';
      new_line(out, indent, depth + 1);
      append_text((*members)[i].name, out);
      out += indent == 0 ? ":" : ": ";
      append((*members)[i].value, out, indent, depth + 1);
    }
    if (!members->empty()) new_line(out, indent, depth);
    out += '}';
  }
}

std::optional<int64_t> Value::integer() const {
  if (const auto* value = std::get_if<int64_t>(&value_)) return *value;
  if (const auto* value = std::get_if<uint64_t>(&value_)) {
    if (*value <= static_cast<uint64_t>(INT64_MAX)) return static_cast<int64_t>(*value);
  }
  if (const auto* value = std::get_if<double>(&value_)) {
    if (std::abs(*value) <= 9007199254740992.0 && std::trunc(*value) == *value) {
      return static_cast<int64_t>(*value);
    }
  }
  return std::nullopt;
}

std::optional<double> Value::number() const {
  if (const auto* value = std::get_if<int64_t>(&value_)) return static_cast<double>(*value);
  if (const auto* value = std::get_if<uint64_t>(&value_)) return static_cast<double>(*value);
  if (const auto* value = std::get_if<double>(&value_)) return *value;
  return std::nullopt;
}

const Value* Value::find(std::string_view name) const {
  const Object* members = object();
  if (members == nullptr) return nullptr;
  for (const Member& member : *members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

Value& Value::set(std::string name, Value value) & {
  if (is_null()) value_ = Object{};
  auto& members = std::get<Object>(value_);
  for (Member& member : members) {
    if (member.name == name) {
      member.value = std::move(value);
      return *this;
    }
  }
  members.push_back({std::move(name), std::move(value)});
  return *this;
}

Value&& Value::set(std::string name, Value value) && {
  return std::move(set(std::move(name), std::move(value)));
}

Value& Value::push(Value value) & {
  if (is_null()) value_ = Array{};
  std::get<Array>(value_).push_back(std::move(value));
  return *this;
}

bool operator==(const Value& a, const Value& b) {
  const std::optional<int64_t> whole = a.integer();
  if (whole) return whole == b.integer();
  return a.value_ == b.value_;
}

Result<Value> parse(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::json::stream_parser parser({}, options);
  boost::system::error_code error;
  const size_t used = parser.write_some(text.data(), text.size(), error);
  if (!error && used < text.size() &&
      text.substr(used).find_first_not_of(" \t\r\n") != std::string_view::npos) {
    return Error{Errc::kInvalid,
                 fmt::format("not JSON: something follows the document at byte {}", used)};
  }
  if (!error) parser.finish(error);
  if (error) {
    return Error{Errc::kInvalid, fmt::format("not JSON: {} at byte {}", error.message(), used)};
  }
  return converted(parser.release());
}

std::string write(const Value& value, int indent) {
  std::string out;
  append(value, out, indent, 0);
  return out;
}

Reader::Reader(const Value& value, std::string what) : value_(value), what_(std::move(what)) {}

const Value* Reader::member(std::string_view name) {
  asked_.emplace_back(name);
  const Value* found = value_.find(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

Result<std::optional<std::string>> Reader::text(std::string_view name) {
  const Value* found = member(name);
  if (found == nullptr) return std::optional<std::string>();
  if (found->text() == nullptr) return wrong(name, "a text");
  return std::optional<std::string>(*found->text());
}

Result<std::optional<int64_t>> Reader::integer(std::string_view name) {
  const Value* found = member(name);
  if (found == nullptr) return std::optional<int64_t>();
  if (!found->integer()) return wrong(name, "a whole number");
  return found->integer();
}

Result<std::optional<bool>> Reader::boolean(std::string_view name) {
  const Value* found = member(name);
  if (found == nullptr) return std::optional<bool>();
  if (found->boolean() == nullptr) return wrong(name, "true or false");
  return std::optional<bool>(*found->boolean());
}

Result<std::optional<std::vector<std::string>>> Reader::texts(std::string_view name) {
  const Value* found = member(name);
  if (found == nullptr) return std::optional<std::vector<std::string>>();
  if (found->array() == nullptr) return wrong(name, "a list of texts");
  std::vector<std::string> out;
  for (const Value& element : *found->array()) {
    if (element.text() == nullptr) return wrong(name, "a list of texts");
    out.push_back(*element.text());
  }
  return std::optional<std::vector<std::string>>(std::move(out));
}

Status Reader::done() const {
  if (value_.object() == nullptr) return Error{Errc::kInvalid, what_ + " is not an object"};
  for (const Member& member : *value_.object()) {
    if (std::find(asked_.begin(), asked_.end(), member.name) == asked_.end()) {
      return Error{Errc::kInvalid, fmt::format("{} has no member \"{}\"; there are: {}", what_,
                                               member.name, fmt::join(asked_, ", "))};
    }
  }
  return Done{};
}

Error Reader::wrong(std::string_view name, const char* wanted) const {
  return {Errc::kInvalid, fmt::format("{}: \"{}\" must be {}", what_, name, wanted)};
}

}  // namespace millrace::json
