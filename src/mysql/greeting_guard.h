// SPDX-License-Identifier: Apache-2.0
// Sees the first bytes that a server sends before libmariadb answers them. The library would log in
// in the clear where a server does not offer TLS; the guard cuts the connection first. It also
// keeps those bytes, to tell what it is that listens there. Uses the library's read callback, which
// is exported but not in its headers; nothing else of Millrace does.
#pragma once

#include <string>

struct st_mysql;

namespace millrace::mysql {

// Once per process, before the first connection.
void install_greeting_guard();

// Watches this thread's next connection while it lives.
class GreetingGuard {
 public:
  explicit GreetingGuard(bool must_have_tls);
  ~GreetingGuard();
  GreetingGuard(const GreetingGuard&) = delete;
  GreetingGuard& operator=(const GreetingGuard&) = delete;

  const std::string& greeting() const { return greeting_; }
  bool refused() const { return refused_; }

  // For the callback.
  void saw(st_mysql* mysql, const char* bytes, size_t size);

 private:
  const bool must_have_tls_;
  bool refused_ = false;
  bool greeted_ = false;
  std::string greeting_;
};

}  // namespace millrace::mysql
