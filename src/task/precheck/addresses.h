// SPDX-License-Identifier: Apache-2.0
// The addresses of one task, which are tried in turn: what was found at each, as one report, and
// where their servers differ.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "task/precheck/context.h"

namespace millrace::task::precheck {

inline constexpr std::string_view kAddressesId = "addresses";
inline constexpr std::string_view kAddressesTitle = "Addresses of the source";

struct AddressReport {
  std::string address;  // host:port
  PrecheckReport report;
  Facts facts;  // of a server that was reached
  bool reached() const { return !report.server_version.empty(); }
};

// How the other addresses differ from the one that is read, those that were reached.
Finding compare_addresses(const AddressReport& read, const std::vector<AddressReport>& others);

// In the order in which they are tried; not empty. The first that was reached is the one that is
// read: its items stand first and as they are. Of the others there is what the first does not say
// too, and a failure is a warning: it cannot take over. One address alone is its own report.
PrecheckReport one_report(std::vector<AddressReport> addresses);

}  // namespace millrace::task::precheck
