// SPDX-License-Identifier: Apache-2.0
// How a function says "this can fail". An error is a value; no exception crosses a room's border.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace millrace {

enum class Errc : uint8_t {
  kTruncated,    // bytes from outside end too early
  kCorrupt,      // bytes from outside contradict themselves (checksum, length, value)
  kUnsupported,  // understood, and not something that we do
  kRefused,      // the request makes no sense in this state
  kInvalid,      // what a person or program gave us is wrong
  kNotFound,     // what was named does not exist
  kExists,       // what was to be made exists already
  kDenied,       // authentication or privilege
  kUnavailable,  // a peer cannot be reached or went away: trying again may help
  kLost,         // a position is no longer there (purged)
  kDiverged,     // the server is not the one that we read before, or its history changed
  kMismatch,     // a row does not fit its table's definition
  kTooLarge,     // over a stated limit
  kIo,           // the operating system refused a file operation
  kNoSpace,      // the disk is full
  kCancelled,    // somebody asked us to stop
};

struct Error {
  Errc code;
  std::string what;  // for the operator: which file or position, what was expected, what was there
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() & { return *std::get_if<0>(&state_); }
  const T& operator*() const& { return *std::get_if<0>(&state_); }
  T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }
  Error& error() { return *std::get_if<1>(&state_); }
  const Error& error() const { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

struct Done {};  // success that carries nothing
using Status = Result<Done>;

// The same error, told with what was being done: "while reading x: ...".
inline Error in_context(const std::string& doing, Error error) {
  error.what = doing + ": " + error.what;
  return error;
}

}  // namespace millrace

// TRY(call): the call's value, or leave this function with the call's error.
#define TRY(call)                                          \
  (__extension__({                                         \
    auto try_result = (call);                              \
    if (!try_result) return std::move(try_result.error()); \
    *std::move(try_result);                                \
  }))
