// SPDX-License-Identifier: Apache-2.0
// What is particular to each hosted service.
#include <array>
#include <string>

#include "task/precheck/checks.h"

namespace millrace::task::precheck {
namespace {

struct Service {
  Host host;
  PrecheckLevel level;
  std::string_view shown;  // a variable that tells more; may be none
  std::string_view why;
};
constexpr Service kServices[] = {
    {Host::kAurora, PrecheckLevel::kInfo, "aurora_enhanced_binlog",
     "Only the writer keeps a binary log, Serverless v1 none. The writer's address follows a "
     "failover; with the enhanced binary log the log does not follow to a global database."},
    {Host::kRds, PrecheckLevel::kInfo, "",
     "A read replica keeps a log only with automated backups of its own. The service's own table "
     "mysql.rds_heartbeat2 is not tracked."},
    {Host::kPolarDb, PrecheckLevel::kInfo, "polardb_version",
     "Use the primary endpoint: the cluster's address and read-only nodes may refuse the log."},
    {Host::kPolarDbX, PrecheckLevel::kWarn, "",
     "Its log is made up by the CDC component, which must be on: files and offsets only, no GTIDs, "
     "no TLS, no compression. It was never tried."},
    {Host::kAlibabaRds, PrecheckLevel::kInfo, "",
     "A table without a key may have a hidden column __#alibaba_rds_row_id#__ in the log. The log "
     "stays as long as the instance's console says, whatever the server's variables say."},
    {Host::kGoogle, PrecheckLevel::kInfo, "",
     "The log is there with point-in-time recovery only, and stays for the days of logs that the "
     "instance keeps."},
    {Host::kAzure, PrecheckLevel::kInfo, "",
     "The log stays for binlog_expire_logs_seconds, a parameter of the server."},
};

// "8.0.1.1.5" before "8.0.1.1.12": read-only nodes refuse dumps before 5.7.1.0.12 and 8.0.1.1.12.
std::array<int, 5> five_numbers(const std::string& text) {
  std::array<int, 5> out{};
  size_t part = 0;
  for (const char c : text) {
    if (c == '.' && ++part == out.size()) break;
    constexpr int kMax = 100'000;
    if (c >= '0' && c <= '9' && out[part] < kMax) out[part] = out[part] * 10 + (c - '0');
  }
  return out;
}

bool is_deaf_node(const Facts& facts) {
  if (!facts.is_on("innodb_read_only") && !facts.is_on("super_read_only")) return false;
  const auto version = five_numbers(facts.variable("polardb_version"));
  constexpr std::array<int, 5> kFirst57 = {5, 7, 1, 0, 12};
  constexpr std::array<int, 5> kFirst80 = {8, 0, 1, 1, 12};
  return version < (version[0] >= 8 ? kFirst80 : kFirst57);
}

}  // namespace

Finding check_hosted(Context& context) {
  const Facts& facts = context.facts;
  if (facts.host == Host::kPolarDb && is_deaf_node(facts)) {
    return fail(facts.flavour + ", a read-only node, " + shown(facts, "polardb_version"),
                "Read-only nodes of this version refuse to give their log.",
                "Use the primary endpoint.");
  }
  for (const Service& service : kServices) {
    if (service.host != facts.host) continue;
    std::string seen = facts.flavour;
    if (facts.has(service.shown)) seen += ", " + shown(facts, service.shown);
    return {service.level, seen, std::string(service.why), {}};
  }
  return pass("none");
}

}  // namespace millrace::task::precheck
