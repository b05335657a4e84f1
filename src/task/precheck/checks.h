// SPDX-License-Identifier: Apache-2.0
// Every check, once: its id is what --skip-check takes and what reports carry, so it never changes.
// They run in this order. The numbers are those of the list of prechecks (mysql-source spec 6).
#pragma once

#include <array>
#include <string_view>

#include "task/precheck/addresses.h"
#include "task/precheck/context.h"

namespace millrace::task::precheck {

// connectivity.cc
inline constexpr std::string_view kConnectivityId = "connectivity";
inline constexpr std::string_view kConnectivityTitle = "Log in to the source";
inline constexpr int kConnectivityNumbers[] = {1, 2, 3};
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
Finding check_statements(Context&);  // after check_dump
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
Finding check_log_depth(Context&);
Finding check_our_room(Context&);  // after check_log_depth
// place.cc
Finding check_place(Context&);
Finding check_identity(Context&);
// replica.cc
Finding check_replica(Context&);
Finding check_binlog_filters(Context&);
// settings.cc
Finding check_compression(Context&);
Finding check_log_encryption(Context&);
Finding check_mariadb_log(Context&);
Finding check_read_only(Context&);
Finding check_time_zone(Context&);
Finding check_sql_mode(Context&);
Finding check_row_size(Context&);
Finding check_timeouts(Context&);
// hosted.cc
Finding check_hosted(Context&);
// activity.cc
Finding check_log_bypass(Context&);
Finding check_long_transactions(Context&);
Finding check_triggers(Context&);
// objects.cc
Finding check_objects(Context&);
Finding check_engines(Context&);
Finding check_keys(Context&);
Finding check_cascades(Context&);
Finding check_columns(Context&);
Finding check_online_ddl(Context&);
// tables.cc
Finding check_names(Context&);
Finding check_key_columns(Context&);
Finding check_charsets(Context&);
Finding check_special(Context&);
Finding check_helper_names(Context&);

struct Check {
  std::string_view id;
  std::string_view title;
  std::array<int, 6> numbers;  // in the list of prechecks; 0: none
  Finding (*run)(Context&);
  bool can_waive = false;
};
inline constexpr Check kChecks[] = {
    {"encryption", "Encryption of the connection", {4}, check_encryption},
    {"source_kind", "Kind of source", {5, 53, 55}, check_source_kind},
    {"version", "Version of the source", {5}, check_version, true},
    {"hosted", "Hosted service", {53, 54, 55, 56, 57}, check_hosted},
    {"single_server", "One server behind the address", {6}, check_single_server, true},
    {"privileges", "Privileges of the account", {17, 19}, check_privileges},
    {"binlog_enabled", "Binary log on", {7, 54}, check_binlog_enabled},
    {"binlog_format", "Binary log format", {8}, check_binlog_format},
    {"row_image", "Row image", {10}, check_row_image, true},
    {"row_value_options", "Partial JSON", {12}, check_row_value_options},
    {"row_metadata", "Row metadata", {11}, check_row_metadata},
    {"checksum", "Checksums in the binary log", {14}, check_checksum},
    {"compression", "Compression of the binary log", {13, 52}, check_compression},
    {"log_encryption", "Encryption of the binary log", {51}, check_log_encryption},
    {"mariadb_log", "MariaDB's own ways of logging", {52}, check_mariadb_log},
    {"binlog_files", "Binary log files", {22}, check_binlog_files, true},
    {"retention", "Retention of the binary log", {20, 21, 57}, check_retention, true},
    {"log_depth", "How far back the binary log goes", {22, 44}, check_log_depth},
    {"our_room", "Room for the records", {45}, check_our_room},
    {"place", "What comes next is still there", {23}, check_place, true},
    {"identity", "The server that was read", {24}, check_identity, true},
    {"server_id", "Server id", {16}, check_server_id},
    {"replica", "Source is a primary, or logs what it replicates", {25, 26, 27, 28}, check_replica},
    {"read_only", "Read-only source", {31}, check_read_only},
    {"binlog_filters", "Filters of the binary log", {29}, check_binlog_filters},
    {"log_bypass", "Accounts that can write past the log", {30}, check_log_bypass},
    {"dump", "Reading the binary log", {17, 62}, check_dump},
    {"statements", "Changes as statements", {9}, check_statements},
    {"gtid", "GTIDs", {15, 52}, check_gtid},
    {"durability", "Durability of the binary log", {43}, check_durability},
    {"cluster", "Cluster", {58}, check_cluster},
    {"clock", "Clocks", {40}, check_clock},
    {"time_zone", "Time zone", {39}, check_time_zone},
    {"sql_mode", "SQL mode", {50}, check_sql_mode},
    {"row_size", "Size of rows", {41}, check_row_size},
    {"timeouts", "Timeouts of our connections", {41, 42}, check_timeouts},
    {"xa", "Prepared XA transactions", {46}, check_xa},
    {"long_transactions", "Long transactions", {47}, check_long_transactions},
    {"objects", "Objects exist", {59, 60}, check_objects, true},
    {"names", "Capitals in names", {38, 60}, check_names},
    {"engines", "Storage engines", {34}, check_engines, true},
    {"keys", "Primary or unique keys", {32}, check_keys},
    {"key_columns", "Columns of primary keys", {33}, check_key_columns},
    {"cascades", "Foreign keys that cascade", {35}, check_cascades},
    {"columns", "Types of columns", {37}, check_columns, true},
    {"special", "Columns and tables of special kinds", {37}, check_special},
    {"charsets", "Character sets", {36}, check_charsets, true},
    {"triggers", "Triggers and events", {49}, check_triggers},
    {"online_ddl", "Online schema changes", {48}, check_online_ddl},
    {"helper_names", "Tables named like helpers", {61}, check_helper_names},
};

// Numbers of the list that no check has. docs/sources.md says the same; a test compares.
struct LeftOut {
  int number;
  std::string_view why;
};
inline constexpr LeftOut kLeftOut[] = {
    {18, "privileges to lock tables: no existing row is copied, so nothing is ever locked"},
};

// The report where there is no connection: the one item that says why.
AddressReport unreachable(const PrecheckInput& input, const Error& error,
                          const std::function<void(const PrecheckItem&)>& progress);
// All of them on this source, in order.
AddressReport run_checks(const PrecheckInput& input, Source& source,
                         const std::function<void(const PrecheckItem&)>& progress);

}  // namespace millrace::task::precheck
