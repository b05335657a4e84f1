// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "mysql/connect_error.h"
#include "task/precheck/checks.h"
#include "task/precheck/report.h"

namespace millrace::task::precheck {
namespace {

// As the connection tells it.
Finding failure(unsigned code, const char* words) {
  mysql::ConnectOptions options;
  options.host = "db1";
  options.port = 3307;
  options.user = "c'dc";
  mysql::ConnectFailure failure;
  failure.code = code;
  failure.message = words;
  return connectivity_failure(options, mysql::connect_error(failure, options));
}

struct CauseCase {
  unsigned code;
  const char* words;  // the server's or the library's
  const char* why;    // part of it
  const char* fix;    // part of it
};
class CauseTest : public testing::TestWithParam<CauseCase> {};

TEST_P(CauseTest, IsTold) {
  const CauseCase& c = GetParam();
  const Finding finding = failure(c.code, c.words);
  EXPECT_EQ(finding.level, PrecheckLevel::kFail);
  EXPECT_NE(finding.evidence.find("db1:3307"), std::string::npos) << finding.evidence;
  EXPECT_NE(finding.why.find(c.why), std::string::npos) << finding.why << finding.evidence;
  EXPECT_NE(finding.fix.find(c.fix), std::string::npos) << finding.fix;
}

INSTANTIATE_TEST_SUITE_P(
    Causes, CauseTest,
    testing::Values(
        CauseCase{1045, "Access denied for user 'cdc'@'10.0.0.5' (using password: YES)",
                  "password is wrong", "'c''dc'@'10.0.0.5'"},
        CauseCase{1130, "Host '10.0.0.5' is not allowed to connect to this MySQL server",
                  "our address", "'c''dc'@'10.0.0.5'"},
        CauseCase{1129, "Host '10.0.0.5' is blocked because of many connection errors", "blocked",
                  "host_cache"},
        CauseCase{1040, "Too many connections", "no connection free", "max_connections"},
        CauseCase{3118, "Access to account is locked", "locked", "ACCOUNT UNLOCK"},
        CauseCase{1862, "Your password has expired", "expired", "PASSWORD EXPIRE NEVER"},
        CauseCase{2005, "Unknown MySQL server host 'db1' (-2)", "no address", "DNS"},
        CauseCase{2002, "Can't connect to server on 'db1' (111)", "Nothing listens at db1:3307",
                  "bind_address"},
        CauseCase{2002, "Can't connect to server on 'db1' (110)", "firewall", "port 3307"},
        CauseCase{2002, "Can't connect to server on 'db1' (113)", "no route to db1", "network"},
        CauseCase{2059, "Authentication plugin 'x' cannot be loaded", "plugin",
                  "caching_sha2_password"},
        CauseCase{2026, "TLS/SSL error: certificate verify failed", "encrypted", "CA"}));

TEST(Connectivity, AnotherFailureIsShownAsItIs) {
  const Finding finding = failure(9999, "something else");
  EXPECT_NE(finding.evidence.find("something else"), std::string::npos);
  EXPECT_FALSE(finding.fix.empty());
}

TEST(Report, LevelsAndRemediesCanBeRead) {
  PrecheckReport report;
  report.server_version = "8.0.36";
  report.items.push_back({"row_image", "Row image", PrecheckLevel::kFail,
                          "binlog_row_image = MINIMAL", "Rows lack columns.", "SET \"x\";\nx = 1",
                          true});
  EXPECT_EQ(report_text(report),
            "fail  Row image: binlog_row_image = MINIMAL\n"
            "      Rows lack columns.\n"
            "        SET \"x\";\n"
            "        x = 1\n"
            "      (or accept it: --skip-check row_image --reason ...)\n");
  EXPECT_EQ(report_json(report),
            R"({"server_version":"8.0.36","flavour":"","account":"","seen_as":"","passed":false,)"
            R"("items":[{"id":"row_image","title":"Row image","level":"fail",)"
            R"("evidence":"binlog_row_image = MINIMAL","why":"Rows lack columns.",)"
            R"("fix":"SET \"x\";\nx = 1","can_waive":true,"source":""}]})");
}

}  // namespace
}  // namespace millrace::task::precheck
