// SPDX-License-Identifier: Apache-2.0
#include "task/precheck/grants.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::task::precheck {
namespace {

Grants grants(std::initializer_list<std::string_view> lines) {
  Grants out;
  for (const auto line : lines) out.add(line);
  return out;
}

TEST(Grants, GlobalPrivilegesHoldEverywhere) {
  const Grants g =
      grants({"GRANT SELECT, REPLICATION SLAVE, SHOW VIEW ON *.* TO 'cdc'@'%'"
              " IDENTIFIED BY PASSWORD '*C9DB'"});
  EXPECT_TRUE(g.global("SELECT"));
  EXPECT_TRUE(g.global("REPLICATION SLAVE"));
  EXPECT_FALSE(g.global("REPLICATION CLIENT"));
  EXPECT_TRUE(g.on_table("SELECT", "shop", "orders"));
}

TEST(Grants, AllPrivilegesAreAllAndMariaDbsNameCounts) {
  EXPECT_TRUE(grants({"GRANT ALL PRIVILEGES ON *.* TO `root`@`%` WITH GRANT OPTION"})
                  .global("REPLICATION CLIENT"));
  EXPECT_TRUE(grants({"GRANT BINLOG MONITOR ON *.* TO `r`"}).global("REPLICATION CLIENT"));
}

TEST(Grants, DatabasesMayBePatterns) {
  const Grants g =
      grants({R"(GRANT SELECT ON `my\_shop`.* TO u)", "GRANT SELECT ON `crm%`.* TO u"});
  EXPECT_TRUE(g.on_database("SELECT", "my_shop"));
  EXPECT_FALSE(g.on_database("SELECT", "myxshop"));
  EXPECT_TRUE(g.on_database("SELECT", "crm2"));
  EXPECT_FALSE(g.global("SELECT"));
}

TEST(Grants, APatternOfManyPercentsEnds) {
  std::string pattern;
  for (int i = 0; i < 30; ++i) pattern += "%a";
  const Grants g = grants({"GRANT SELECT ON `" + pattern + "`.* TO u"});
  EXPECT_FALSE(g.on_database("SELECT", std::string(64, 'a') + "b"));
  EXPECT_TRUE(g.on_database("SELECT", std::string(64, 'a')));
}

TEST(Grants, APrivilegeOnColumnsIsOneOnTheTable) {
  const Grants g = grants({"GRANT SELECT (`a`, `b`), UPDATE ON `shop`.`orders` TO `u`@`h`"});
  EXPECT_TRUE(g.on_table("SELECT", "shop", "orders"));
  EXPECT_FALSE(g.on_table("SELECT", "shop", "users"));
  EXPECT_FALSE(g.on_database("SELECT", "shop"));
}

TEST(Grants, APartialRevokeHidesADatabase) {
  const Grants g =
      grants({"GRANT SELECT ON *.* TO `u`@`%`", "REVOKE SELECT ON `d1`.* FROM `u`@`%`"});
  EXPECT_TRUE(g.global("SELECT"));
  EXPECT_FALSE(g.on_database("SELECT", "d1"));
  EXPECT_TRUE(g.on_database("SELECT", "d2"));
  EXPECT_EQ(g.revoked("SELECT"), std::vector<std::string>{"d1"});
}

TEST(Grants, ARoleIsRememberedAndGrantsNothingByItself) {
  const Grants g = grants({"GRANT `r1`@`%` TO `u`@`%`"});
  EXPECT_TRUE(g.has_roles());
  EXPECT_FALSE(g.global("SELECT"));
}

TEST(Grants, WhatIsNotUnderstoodGrantsNothing) {
  const Grants g =
      grants({"", "GRANT", "GRANT ", "GRANT ALL ON", "GRANT ALL ON `a", "GRANT ALL ON `a`.",
              "GRANT PROXY ON ``@`` TO `root`@`h`", "GRANT EXECUTE ON PROCEDURE `a`.`b` TO u",
              "SET DEFAULT ROLE `r1` FOR `u`@`h`"});
  EXPECT_FALSE(g.global("ALL PRIVILEGES"));
  EXPECT_FALSE(g.on_table("EXECUTE", "a", "b"));
}

}  // namespace
}  // namespace millrace::task::precheck
