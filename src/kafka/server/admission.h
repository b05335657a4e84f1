// SPDX-License-Identifier: Apache-2.0
// How many connections there may be: in all, from one address, of one principal, not yet logged in,
// and how fast new ones may come. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "kafka/limits.h"

namespace millrace::kafka {

class Admission {
 public:
  explicit Admission(const Limits& limits) : limits_(limits) {}
  // False: over a limit; nothing is counted.
  bool arrive(const std::string& ip, int64_t now_ms);
  // False: this principal has too many; the connection stays counted as it was.
  bool log_in(const std::string& ip, const std::string& principal);
  // `principal` is empty for one that never logged in.
  void leave(const std::string& ip, const std::string& principal);
  // Whether something about this address may be logged now: at most once a minute each.
  bool may_log(const std::string& ip, int64_t now_ms);

 private:
  struct Address {
    size_t connections = 0;
    size_t before_login = 0;
    int64_t second = 0;
    int64_t this_second = 0;
  };
  Limits limits_;
  std::mutex mutex_;
  size_t connections_ = 0;
  std::unordered_map<std::string, Address> addresses_;
  std::unordered_map<std::string, size_t> principals_;
  std::unordered_map<std::string, int64_t> logged_ms_;
};

}  // namespace millrace::kafka
