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
  // False: this principal has too many, or what is left is kept for admins; the connection stays
  // counted as it was.
  bool log_in(const std::string& ip, const std::string& principal, bool admin);
  // `principal` is empty for one that never logged in.
  void leave(const std::string& ip, const std::string& principal);
  // How long a failed login of this user waits, from its try to its answer.
  int64_t login_failed(const std::string& ip, const std::string& user, int64_t now_ms);
  // Whether something about this address may be logged now: at most once a minute each.
  bool may_log(const std::string& ip, int64_t now_ms);

 private:
  struct Address {
    size_t connections = 0;
    size_t before_login = 0;
    int64_t second = 0;
    int64_t this_second = 0;
  };
  struct Failures {
    int64_t delay_ms = 0;  // of the latest
    int64_t at_ms = 0;
  };
  bool over_a_limit_by_address(const Address& from) const;

  Limits limits_;
  std::mutex mutex_;
  size_t connections_ = 0;
  std::unordered_map<std::string, Address> addresses_;
  std::unordered_map<std::string, size_t> principals_;
  std::unordered_map<std::string, Failures> failures_;
  std::unordered_map<std::string, int64_t> logged_ms_;
};

}  // namespace millrace::kafka
