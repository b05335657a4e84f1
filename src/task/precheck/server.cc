// SPDX-License-Identifier: Apache-2.0
// What the source is: its kind, version and ids, whether it is one server, and how its clock goes.
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>

#include "task/precheck/checks.h"
#include "task/precheck/versions.h"

namespace millrace::task::precheck {
namespace {

// Whether somebody else reads with this id. Not every account may ask; then nothing is known. A
// reader of ours stays listed for a moment after its end: it is known by its uuid where there is
// one, else a task that has read is given the benefit of the doubt.
bool reads_already(Context& context, uint32_t id) {
  const Facts& facts = context.facts;
  const PrecheckInput& input = context.input;
  const bool renamed = !facts.mariadb && facts.at_least(8, 0, 22);
  const auto rows = context.source.session.query(renamed ? "SHOW REPLICAS" : "SHOW SLAVE HOSTS");
  if (!rows) return false;
  const auto uuid = std::find_if(rows->columns.begin(), rows->columns.end(),
                                 [](const std::string& name) { return name.ends_with("_UUID"); });
  const auto uuid_at = static_cast<size_t>(uuid - rows->columns.begin());
  return std::any_of(rows->rows.begin(), rows->rows.end(), [&](const mysql::Row& row) {
    if (row.empty() || row.front() != std::to_string(id)) return false;
    return uuid_at < row.size() ? row[uuid_at] != input.our_uuid
                                : !input.is_reading && !input.place;
  });
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.substr(0, 4) == "127.";
}

}  // namespace

Finding check_encryption(Context& context) {
  const bool is_local = is_loopback(context.input.source.host);
  if (context.source.uses_tls) {
    const auto status = context.source.session.query("SHOW SESSION STATUS LIKE 'Ssl_version'");
    std::string version = "TLS";
    if (status && !status->rows.empty()) version = status->rows[0].at(1).value_or("TLS");
    if (version == "TLSv1" || version == "TLSv1.1") {
      return warn(version, "This version of TLS is broken; the changes can be read on the way.",
                  "Upgrade the source, or allow it TLSv1.2 (tls_version).");
    }
    const mysql::TlsMode mode = context.input.source.tls;
    const bool is_checked =
        mode == mysql::TlsMode::kVerifyCa || mode == mysql::TlsMode::kVerifyIdentity;
    if (is_checked || is_local) return pass(version);
    Finding finding =
        info(version + ", the server's certificate is not looked at",
             "Nobody on the way can read along, but somebody could pose as the server.");
    finding.fix = "Give the source's URL ?tls=verify-identity and the CA of the server.";
    return finding;
  }
  if (is_local) return pass("none, to this machine itself");
  return warn(
      "none",
      "Passwords are protected by the log-in, the changes themselves are not: whoever is on "
      "the way can read them.",
      "Give the source's URL ?tls=verify-identity and the CA of the server.");
}

Finding check_source_kind(Context& context) {
  const Facts& facts = context.facts;
  if (!facts.binlog_source) {
    return fail(facts.flavour + " " + facts.version,
                facts.flavour + " speaks MySQL's protocol and writes no binary log to follow.",
                "Choose a MySQL or MariaDB server.");
  }
  if (facts.host == Host::kAurora && facts.is_on("innodb_read_only")) {
    return fail(facts.flavour + ", a reader", "Readers of Aurora keep no binary log.",
                "Use the cluster's writer endpoint.");
  }
  return pass(facts.flavour);
}

Finding check_version(Context& context) {
  const Facts& facts = context.facts;
  const std::string seen = facts.flavour + " " + facts.version;
  if (facts.mariadb ? !facts.at_least(10, 0) : !facts.at_least(5, 5)) {
    return fail(seen, "Versions before MySQL 5.5 and MariaDB 10.0 are not supported.",
                "Upgrade the source.");
  }
  switch (tested(facts.mariadb, facts.number[0], facts.number[1])) {
    case Tested::kLive:
      return pass(seen + ", tested");
    case Tested::kRecorded:
      return pass(seen + ", tested with recorded logs");
    case Tested::kNo:
      break;
  }
  return warn(seen,
              "Not among the versions that were tested; what the log holds beyond what is known "
              "stops the task rather than being guessed.");
}

Finding check_single_server(Context& context) {
  constexpr int kConnections = 3;
  std::string first;
  for (int i = 0; i < kConnections; ++i) {
    const auto identity = context.source.identity_again();
    if (!identity) {
      return warn("another connection failed: " + identity.error().what,
                  "Tracking needs three connections at a time.");
    }
    if (i == 0) first = *identity;
    if (*identity != first) {
      return fail(
          "two connections reached two servers: " + first + " and " + *identity,
          "Places in a binary log belong to one server; behind a balancer or proxy the next "
          "connection may land elsewhere.",
          "Use the address of one server.");
    }
  }
  return pass(first);
}

Finding check_server_id(Context& context) {
  const Facts& facts = context.facts;
  const uint64_t id = facts.number_of("server_id");
  const uint32_t ours = context.input.our_server_id;
  const std::string seen = "server_id = " + std::to_string(id);
  if (id == 0) {
    return fail(
        seen, "A server without an id refuses everyone who would read its log.",
        setting(facts, "server_id", "1") + "\nAny number but 0 and those of other servers.");
  }
  if (ours != 0 && id == ours) {
    return fail(seen + ", which is the task's own",
                "Two readers or servers with one id cut each other off.",
                "Create the task again: it chooses another id.");
  }
  const auto& busy = context.input.busy_server_ids;
  if (ours != 0 && std::find(busy.begin(), busy.end(), ours) != busy.end()) {
    return fail(seen + "; another task uses " + std::to_string(ours) + ", as this one would",
                "Two readers with one id cut each other off.",
                "Create the task again: it chooses another id.");
  }
  if (ours != 0 && reads_already(context, ours)) {
    return fail(seen + "; another reader is there with ours, " + std::to_string(ours),
                "Two readers with one id cut each other off.",
                "Create the task again: it chooses another id.");
  }
  return pass(ours == 0 ? seen : seen + ", ours " + std::to_string(ours));
}

Finding check_clock(Context& context) {
  constexpr int64_t kSkewMax_us = 5'000'000;
  const int64_t before = context.source.now_us();
  const auto rows = context.source.session.query("SELECT UNIX_TIMESTAMP() AS t");
  const int64_t after = context.source.now_us();
  if (!rows) return unknown(PrecheckLevel::kInfo, "The source's clock", rows.error());
  const std::string text = rows->first("t").value_or("0");
  int64_t seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  // The source told whole seconds, at some moment between the two: only what lies outside is skew.
  constexpr int64_t kSecond_us = 1'000'000;
  int64_t skew = 0;
  if (seconds * kSecond_us > after) skew = seconds * kSecond_us - after;
  if ((seconds + 1) * kSecond_us < before) skew = (seconds + 1) * kSecond_us - before;
  const std::string seen = "the source is " + std::to_string(std::llabs(skew) / kSecond_us) +
                           " s " + (skew < 0 ? "behind" : "ahead");
  if (std::llabs(skew) <= kSkewMax_us) return pass("less than 5 s apart");
  return warn(seen,
              "Delays are measured by the source's clock and stay right; times of records differ "
              "from this machine's.",
              "Keep both clocks by NTP.");
}

Finding check_cluster(Context& context) {
  const Facts& facts = context.facts;
  if (facts.is_on("wsrep_on")) {
    const std::string gtid = facts.mariadb
                                 ? "wsrep_gtid_mode = " + facts.variable("wsrep_gtid_mode")
                                 : "gtid_mode = " + facts.variable("gtid_mode");
    return warn(
        "a Galera node, " + gtid,
        "Each node has a log of its own. Follow one node; another can take over only if all "
        "nodes give a transaction the same GTID.",
        facts.mariadb ? setting(facts, "wsrep_gtid_mode", "ON") +
                            "\nlog_slave_updates = ON   (in my.cnf of every node)"
                      : "Use gtid_mode = ON on every node.");
  }
  if (!facts.variable("group_replication_group_name").empty()) {
    return info("a member of group " + facts.variable("group_replication_group_name"),
                "Any member can take over: their GTIDs are the group's.");
  }
  return pass("none");
}

}  // namespace millrace::task::precheck
