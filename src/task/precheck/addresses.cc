// SPDX-License-Identifier: Apache-2.0
#include "task/precheck/addresses.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace millrace::task::precheck {
namespace {

// What has to be alike for one server to go on where another stopped.
struct Compared {
  std::string_view variable;
  std::string_view why;
  bool can_set;  // while the server runs, one step
};
constexpr Compared kCompared[] = {
    {"gtid_mode", "the place in another server's log is found by GTID only", false},
    {"binlog_format", "what one logs as rows the other logs as statements", true},
    {"binlog_row_image", "rows of the other lack columns", true},
    {"binlog_row_value_options",
     "updates of JSON come whole from one and as a difference from the other", true},
    {"binlog_row_metadata", "definitions are checked against the log of one only", true},
    {"lower_case_table_names", "a table has another name there", false},
    {"explicit_defaults_for_timestamp",
     "the same CREATE TABLE with a TIMESTAMP makes another definition", false},
    {"sql_mode", "the same statement may mean something else", false},
    {"time_zone", "the clock on the wall of the two is another", false},
};

std::string numbers(const Facts& facts) {
  return facts.flavour + " " + std::to_string(facts.number[0]) + "." +
         std::to_string(facts.number[1]);
}

// The differences of two servers, each with its reason.
struct Differences {
  std::vector<std::string> seen;
  std::vector<std::string> why;
  std::vector<std::string> fix;

  void add(std::string what, std::string_view reason) {
    seen.push_back(std::move(what));
    if (std::find(why.begin(), why.end(), reason) == why.end()) why.emplace_back(reason);
  }
};

void compare(const AddressReport& read, const AddressReport& other, Differences& out) {
  const Facts& a = read.facts;
  const Facts& b = other.facts;
  const std::string uuid = a.variable("server_uuid");
  if (!uuid.empty() && uuid == b.variable("server_uuid")) {
    out.add(
        "server_uuid: the same at " + read.address + " and " + other.address,
        "two addresses of one server are no second source, and a copy of a server that kept its "
        "uuid cannot be told from it");
  } else if (a.number_of("server_id") == b.number_of("server_id")) {
    out.add("server_id: " + a.variable("server_id") + " at both " + read.address + " and " +
                other.address,
            "servers with one id cannot be told apart, nor replicate from each other");
  }
  if (numbers(a) != numbers(b)) {
    out.add("version: " + numbers(a) + " at " + read.address + ", " + numbers(b) + " at " +
                other.address,
            "defaults and definitions may differ");
  }
  for (const Compared& row : kCompared) {
    if (!a.has(row.variable) || !b.has(row.variable)) continue;
    const std::string ours = a.variable(row.variable);
    const std::string theirs = b.variable(row.variable);
    if (ours == theirs) continue;
    out.add(std::string(row.variable) + ": " + (ours.empty() ? "''" : ours) + " at " +
                read.address + ", " + (theirs.empty() ? "''" : theirs) + " at " + other.address,
            row.why);
    if (!row.can_set) continue;
    out.fix.push_back("-- at " + other.address + ":\n" +
                      setting(b, row.variable, ours.empty() ? "''" : ours));
  }
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : std::string(between)) + part;
  return out;
}

// A warning about tables is the same on every copy of them.
bool says_too(const PrecheckReport& report, const PrecheckItem& item) {
  if (item.level == PrecheckLevel::kFail) return false;
  return std::any_of(report.items.begin(), report.items.end(), [&](const PrecheckItem& other) {
    return other.id == item.id && other.level == item.level && other.evidence == item.evidence;
  });
}

}  // namespace

Finding compare_addresses(const AddressReport& read, const std::vector<AddressReport>& others) {
  Differences differences;
  std::vector<std::string> names = {read.address};
  for (const AddressReport& other : others) {
    names.push_back(other.address);
    if (other.reached()) compare(read, other, differences);
  }
  if (differences.seen.empty()) return pass(joined(names, ", ") + ": alike where they must be");
  return warn(joined(differences.seen, "; "),
              "When another of the addresses takes over: " + joined(differences.why, "; ") + ".",
              joined(differences.fix, "\n"));
}

PrecheckReport one_report(std::vector<AddressReport> addresses) {
  if (addresses.size() == 1) return std::move(addresses.front().report);
  const auto first = std::find_if(addresses.begin(), addresses.end(),
                                  [](const AddressReport& a) { return a.reached(); });
  const bool any = first != addresses.end();
  AddressReport read = std::move(any ? *first : addresses.front());
  addresses.erase(any ? first : addresses.begin());
  PrecheckReport out = read.report;
  for (PrecheckItem& item : out.items) item.source = read.address;
  for (const AddressReport& other : addresses) {
    for (PrecheckItem item : other.report.items) {
      // That it is another server needs no words.
      if (item.id == "identity" || item.level < PrecheckLevel::kWarn) continue;
      if (says_too(read.report, item)) continue;
      item.source = other.address;
      if (any && item.level == PrecheckLevel::kFail) {
        item.level = PrecheckLevel::kWarn;
        item.can_waive = false;
        item.why = "This address cannot take over as it is. " + item.why;
      }
      out.items.push_back(std::move(item));
    }
  }
  if (!any) return out;
  const Finding finding = compare_addresses(read, addresses);
  out.items.push_back({.id = std::string(kAddressesId),
                       .title = std::string(kAddressesTitle),
                       .level = finding.level,
                       .evidence = finding.evidence,
                       .why = finding.why,
                       .fix = finding.fix,
                       .can_waive = false,
                       .source = {}});
  return out;
}

}  // namespace millrace::task::precheck
