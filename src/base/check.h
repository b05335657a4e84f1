// SPDX-License-Identifier: Apache-2.0
// CHECK(condition, values...): a broken promise of our own, also in release. Prints the condition
// and the values and aborts. Never for input from outside: that is an Error.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace millrace {

template <class... Values>
[[noreturn]] void check_failed(const char* where, int line, const char* condition,
                               const Values&... values) {
  std::string text;
  ((text += fmt::format(" {}", values)), ...);
  std::fprintf(stderr, "%s:%d: broken invariant: %s;%s\n", where, line, condition, text.c_str());
  std::abort();
}

}  // namespace millrace

#define CHECK(condition, ...)                                                              \
  do {                                                                                     \
    if (__builtin_expect(!(condition), 0))                                                 \
      ::millrace::check_failed(__FILE__, __LINE__, #condition __VA_OPT__(, ) __VA_ARGS__); \
  } while (false)
