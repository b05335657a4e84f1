// SPDX-License-Identifier: Apache-2.0
// JSON as a value: what the API takes and gives, and what is kept as JSON on disk. Members keep
// their order. For small documents; records have a writer of their own.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace millrace::json {

class Value;
struct Member;
using Array = std::vector<Value>;
using Object = std::vector<Member>;

class Value {
 public:
  Value();  // null
  Value(std::nullptr_t);
  Value(bool value);
  template <std::signed_integral T>
  Value(T value);
  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) Value(T value);
  Value(double value);
  Value(const char* value);
  Value(std::string_view value);
  Value(std::string value);
  Value(Array value);
  Value(Object value);
  template <class T>
  Value(const std::optional<T>& value) {
    if (value) *this = Value(*value);
  }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  // Null or nullopt when the value is of another kind.
  const bool* boolean() const { return std::get_if<bool>(&value_); }
  const std::string* text() const { return std::get_if<std::string>(&value_); }
  const Array* array() const { return std::get_if<Array>(&value_); }
  const Object* object() const { return std::get_if<Object>(&value_); }
  std::optional<int64_t> integer() const;  // also a whole double, where it is exact
  std::optional<double> number() const;
  // The member of that name; null when there is none or this is no object.
  const Value* find(std::string_view name) const;

  // Adds a member (this is null or an object) or an element (null or an array).
  Value& set(std::string name, Value value) &;
  Value&& set(std::string name, Value value) &&;
  Value& push(Value value) &;

  friend bool operator==(const Value& a, const Value& b);

 private:
  friend void append(const Value& value, std::string& out, int indent, int depth);
  std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, Array, Object> value_;
};

struct Member {
  std::string name;
  Value value;
  friend bool operator==(const Member&, const Member&) = default;
};

// Only here, because they need Member to be complete.
inline Value::Value() = default;
inline Value::Value(std::nullptr_t) {}
inline Value::Value(bool value) : value_(value) {}
template <std::signed_integral T>
Value::Value(T value) : value_(static_cast<int64_t>(value)) {}
template <std::unsigned_integral T>
requires(!std::same_as<T, bool>) Value::Value(T value) : value_(static_cast<uint64_t>(value)) {}
inline Value::Value(double value) : value_(value) {}
inline Value::Value(const char* value) : value_(std::string(value)) {}
inline Value::Value(std::string_view value) : value_(std::string(value)) {}
inline Value::Value(std::string value) : value_(std::move(value)) {}
inline Value::Value(Array value) : value_(std::move(value)) {}
inline Value::Value(Object value) : value_(std::move(value)) {}

// An empty object or array, which a default Value is not.
inline Value object() { return Value(Object{}); }
inline Value array() { return Value(Array{}); }

// One document, nothing after it; at most 32 levels deep. kInvalid says where it stops making
// sense.
Result<Value> parse(std::string_view text);
// Text that is not UTF-8 becomes U+FFFD where it is not. `indent` 0: one line.
std::string write(const Value& value, int indent = 0);

// Reads an object's members by name and, with done(), refuses those that nobody asked for. Errors
// are kInvalid and name `what` and the member; values are not repeated, as they may be secret.
class Reader {
 public:
  Reader(const Value& value, std::string what);
  // nullopt when the member is absent or null.
  Result<std::optional<std::string>> text(std::string_view name);
  Result<std::optional<int64_t>> integer(std::string_view name);
  Result<std::optional<bool>> boolean(std::string_view name);
  Result<std::optional<std::vector<std::string>>> texts(std::string_view name);
  // The member itself; null when absent.
  const Value* member(std::string_view name);
  Status done() const;

 private:
  Error wrong(std::string_view name, const char* wanted) const;
  const Value& value_;
  const std::string what_;
  std::vector<std::string> asked_;
};

}  // namespace millrace::json
