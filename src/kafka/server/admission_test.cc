// SPDX-License-Identifier: Apache-2.0
#include "kafka/server/admission.h"

#include <gtest/gtest.h>

namespace millrace::kafka {
namespace {

Limits small() {
  Limits limits;
  limits.max_connections = 10;
  limits.connections_for_admins = 2;
  limits.max_connections_per_ip = 3;
  limits.max_unauthenticated_per_ip = 2;
  limits.max_connections_per_principal = 2;
  limits.max_connections_per_ip_per_s = 100;
  return limits;
}

TEST(Admission, CountsByAddressAndGivesBack) {
  Admission admission(small());
  EXPECT_TRUE(admission.arrive("10.0.0.1", 0));
  EXPECT_TRUE(admission.arrive("10.0.0.1", 0));
  EXPECT_FALSE(admission.arrive("10.0.0.1", 0)) << "two have not logged in yet";
  EXPECT_TRUE(admission.log_in("10.0.0.1", "a", false));
  EXPECT_TRUE(admission.arrive("10.0.0.1", 0));
  EXPECT_TRUE(admission.log_in("10.0.0.1", "a", false));
  EXPECT_FALSE(admission.arrive("10.0.0.1", 0)) << "three of one address";
  EXPECT_FALSE(admission.log_in("10.0.0.1", "a", false)) << "three of one user";
  EXPECT_TRUE(admission.arrive("10.0.0.2", 0)) << "another address has its own count";
  admission.leave("10.0.0.1", "a");
  EXPECT_TRUE(admission.arrive("10.0.0.1", 0));
}

TEST(Admission, CountsArrivalsOfASecond) {
  Limits limits = small();
  limits.max_connections_per_ip_per_s = 2;
  Admission admission(limits);
  for (const bool may : {true, true, false}) {
    EXPECT_EQ(admission.arrive("10.0.0.1", 1'500), may);
    if (may) admission.leave("10.0.0.1", "");
  }
  EXPECT_TRUE(admission.arrive("10.0.0.1", 2'000));
}

TEST(Admission, SparesLoopbackWhatIsByAddress) {
  Admission admission(small());
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(admission.arrive("127.0.0.1", 0)) << i;
  EXPECT_FALSE(admission.arrive("127.0.0.1", 0)) << "the limit of all connections is for all";
  for (int i = 0; i < 10; ++i) EXPECT_EQ(admission.login_failed("127.0.0.1", "a", 0), 100);
}

TEST(Admission, KeepsAFewConnectionsForAdmins) {
  Admission admission(small());
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(admission.arrive("127.0.0.1", 0));
  EXPECT_FALSE(admission.log_in("127.0.0.1", "a", false));
  EXPECT_TRUE(admission.log_in("127.0.0.1", "boss", true));
}

TEST(Admission, AFailedLoginWaitsLongerEachTime) {
  Admission admission(small());
  int64_t now = 0;
  for (const int64_t delay : {100, 200, 400, 800, 1600, 3000, 3000})
    EXPECT_EQ(admission.login_failed("10.0.0.1", "a", ++now), delay);
  EXPECT_EQ(admission.login_failed("10.0.0.1", "b", now), 100);
  EXPECT_EQ(admission.login_failed("10.0.0.2", "a", now), 100);
  EXPECT_EQ(admission.login_failed("10.0.0.1", "a", now + 60'001), 100);
}

TEST(Admission, ManyNamesOfAnAttackerCostABoundedMemory) {
  Admission admission(small());
  for (int i = 0; i < 20'000; ++i)
    EXPECT_EQ(admission.login_failed("10.0.0.1", std::to_string(i), 0), 100);
  EXPECT_EQ(admission.login_failed("10.0.0.1", "0", 0), 200) << "the first are remembered";
}

}  // namespace
}  // namespace millrace::kafka
