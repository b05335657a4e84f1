// SPDX-License-Identifier: Apache-2.0
#include "kafka/server/admission.h"

#include <algorithm>

namespace millrace::kafka {
namespace {
constexpr size_t kRememberedAddresses = 4096;
constexpr int64_t kLogAgainAfterMs = 60'000;
constexpr int64_t kForgivenAfterMs = 60'000;

bool is_loopback(const std::string& ip) { return ip.starts_with("127.") || ip == "::1"; }
}  // namespace

bool Admission::over_a_limit_by_address(const Address& from) const {
  return from.connections >= limits_.max_connections_per_ip ||
         from.before_login >= limits_.max_unauthenticated_per_ip ||
         from.this_second > limits_.max_connections_per_ip_per_s;
}

bool Admission::arrive(const std::string& ip, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (addresses_.size() > kRememberedAddresses)
    std::erase_if(addresses_, [](const auto& each) { return each.second.connections == 0; });
  Address& from = addresses_[ip];
  if (from.second != now_ms / 1000) {
    from.second = now_ms / 1000;
    from.this_second = 0;
  }
  ++from.this_second;
  if (connections_ >= limits_.max_connections) return false;
  const bool spared = limits_.spare_loopback && is_loopback(ip);
  if (!spared && over_a_limit_by_address(from)) return false;
  ++connections_;
  ++from.connections;
  ++from.before_login;
  return true;
}

bool Admission::log_in(const std::string& ip, const std::string& principal, bool admin) {
  const std::lock_guard lock(mutex_);
  if (!admin && connections_ + limits_.connections_for_admins > limits_.max_connections)
    return false;
  size_t& count = principals_[principal];
  if (count >= limits_.max_connections_per_principal) return false;
  ++count;
  --addresses_[ip].before_login;
  return true;
}

void Admission::leave(const std::string& ip, const std::string& principal) {
  const std::lock_guard lock(mutex_);
  --connections_;
  Address& from = addresses_[ip];
  --from.connections;
  if (principal.empty()) {
    --from.before_login;
  } else if (const auto at = principals_.find(principal); --at->second == 0) {
    principals_.erase(at);
  }
}

int64_t Admission::login_failed(const std::string& ip, const std::string& user, int64_t now_ms) {
  const int64_t first = limits_.login_failure_delay_ms;
  if (limits_.spare_loopback && is_loopback(ip)) return first;
  const std::lock_guard lock(mutex_);
  if (failures_.size() >= kRememberedAddresses)
    std::erase_if(failures_,
                  [&](const auto& each) { return now_ms - each.second.at_ms > kForgivenAfterMs; });
  const auto found = failures_.find(ip + ' ' + user);
  if (found == failures_.end()) {
    if (failures_.size() < kRememberedAddresses) failures_[ip + ' ' + user] = {first, now_ms};
    return first;
  }
  Failures& known = found->second;
  known.delay_ms = now_ms - known.at_ms > kForgivenAfterMs
                       ? first
                       : std::clamp(2 * known.delay_ms, first,
                                    std::max(first, limits_.login_failure_delay_max_ms));
  known.at_ms = now_ms;
  return known.delay_ms;
}

bool Admission::may_log(const std::string& ip, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (logged_ms_.size() > kRememberedAddresses) logged_ms_.clear();
  const auto [at, is_new] = logged_ms_.try_emplace(ip, now_ms);
  if (!is_new && now_ms - at->second < kLogAgainAfterMs) return false;
  at->second = now_ms;
  return true;
}

}  // namespace millrace::kafka
