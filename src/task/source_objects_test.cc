// SPDX-License-Identifier: Apache-2.0
#include "task/source_objects.h"

#include <gtest/gtest.h>

namespace millrace::task {
namespace {

TEST(IsNamed, TakesAPartInAnyCase) {
  EXPECT_TRUE(is_named("", "shop.orders"));
  EXPECT_TRUE(is_named("ORD", "shop.orders"));
  EXPECT_TRUE(is_named("shop.o", "Shop.Orders"));
  EXPECT_FALSE(is_named("orders2", "shop.orders"));
}

TEST(IsNamed, TakesAStarForAnythingAndThenTheWholeName) {
  EXPECT_TRUE(is_named("erp.po_*", "erp.po_1"));
  EXPECT_TRUE(is_named("*_log", "shop.a_log_b_log"));
  EXPECT_TRUE(is_named("*", "shop.orders"));
  EXPECT_TRUE(is_named("s*.*s", "shop.orders"));
  EXPECT_FALSE(is_named("erp.po_*", "my_erp.po_1"));
  EXPECT_FALSE(is_named("*_log", "shop.log_1"));
  EXPECT_FALSE(is_named("shop.*rs", "shop.orders_old"));
  EXPECT_FALSE(is_named("ab*ab", "ab"));
}

}  // namespace
}  // namespace millrace::task
