// SPDX-License-Identifier: Apache-2.0
// Every check, once: its id is what --skip-check takes and what reports carry, so it never changes.
// They run in this order.
#pragma once

#include <string_view>

#include "task/precheck/context.h"

namespace millrace::task::precheck {

// connectivity.cc
inline constexpr std::string_view kConnectivityId = "connectivity";
inline constexpr std::string_view kConnectivityTitle = "Log in to the source";
Finding connectivity_failure(const mysql::ConnectOptions& options, const Error& error);

// server.cc
Finding check_encryption(Context&);
Finding check_source_kind(Context&);
Finding check_version(Context&);
Finding check_single_server(Context&);
Finding check_server_id(Context&);
Finding check_clock(Context&);
Finding check_cluster(Context&);
// privileges.cc
Finding check_privileges(Context&);
Finding check_dump(Context&);
// binlog.cc
Finding check_binlog_enabled(Context&);
Finding check_binlog_format(Context&);
Finding check_row_image(Context&);
Finding check_row_value_options(Context&);
Finding check_row_metadata(Context&);
Finding check_checksum(Context&);
Finding check_gtid(Context&);
Finding check_durability(Context&);
Finding check_xa(Context&);
// retention.cc
Finding check_binlog_files(Context&);
Finding check_retention(Context&);
// replica.cc
Finding check_replica(Context&);
Finding check_binlog_filters(Context&);
// objects.cc
Finding check_objects(Context&);
Finding check_engines(Context&);
Finding check_keys(Context&);
Finding check_cascades(Context&);
Finding check_columns(Context&);
Finding check_online_ddl(Context&);

struct Check {
  std::string_view id;
  std::string_view title;
  Finding (*run)(Context&);
  bool can_waive = false;
};
inline constexpr Check kChecks[] = {
    {"encryption", "Encryption of the connection", check_encryption},
    {"source_kind", "Kind of source", check_source_kind},
    {"version", "Version of the source", check_version, true},
    {"single_server", "One server behind the address", check_single_server, true},
    {"privileges", "Privileges of the account", check_privileges},
    {"binlog_enabled", "Binary log on", check_binlog_enabled},
    {"binlog_format", "Binary log format", check_binlog_format},
    {"row_image", "Row image", check_row_image, true},
    {"row_value_options", "Partial JSON", check_row_value_options},
    {"row_metadata", "Row metadata", check_row_metadata},
    {"checksum", "Checksums in the binary log", check_checksum},
    {"binlog_files", "Binary log files", check_binlog_files, true},
    {"retention", "Retention of the binary log", check_retention, true},
    {"server_id", "Server id", check_server_id},
    {"replica", "Source is a primary, or logs what it replicates", check_replica},
    {"binlog_filters", "Filters of the binary log", check_binlog_filters},
    {"dump", "Reading the binary log", check_dump},
    {"gtid", "GTIDs", check_gtid},
    {"durability", "Durability of the binary log", check_durability},
    {"cluster", "Cluster", check_cluster},
    {"clock", "Clocks", check_clock},
    {"xa", "Prepared XA transactions", check_xa},
    {"objects", "Objects exist", check_objects, true},
    {"engines", "Storage engines", check_engines, true},
    {"keys", "Primary or unique keys", check_keys},
    {"cascades", "Foreign keys that cascade", check_cascades},
    {"columns", "Types of columns", check_columns, true},
    {"online_ddl", "Online schema changes", check_online_ddl},
};

// The report where there is no connection: the one item that says why.
PrecheckReport unreachable(const PrecheckInput& input, const Error& error,
                           const std::function<void(const PrecheckItem&)>& progress);
// All of them on this source, in order.
PrecheckReport run_checks(const PrecheckInput& input, Source& source,
                          const std::function<void(const PrecheckItem&)>& progress);

}  // namespace millrace::task::precheck
