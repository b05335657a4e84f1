// SPDX-License-Identifier: Apache-2.0
#include "schema/names.h"

#include <gtest/gtest.h>

namespace millrace::schema {
namespace {

TEST(Names, CaseDoesNotCountInAnyAlphabetOfTwoBytes) {
  EXPECT_TRUE(same_name("Id", "iD"));
  EXPECT_TRUE(same_name("CAFÉ", "café"));
  EXPECT_TRUE(same_name("ΩМЖЁŁŹ", "ωмжёłź"));
  EXPECT_EQ(fold_name("ÀB×Ÿ日"), "àb×ÿ日");
}

TEST(Names, AccentsAndOtherSignsCount) {
  EXPECT_FALSE(same_name("e", "é"));
  EXPECT_FALSE(same_name("é", "è"));
  EXPECT_FALSE(same_name("a[", "a{"));
  EXPECT_FALSE(same_name("a", "ab"));
  EXPECT_FALSE(same_name("@", "`"));
}

}  // namespace
}  // namespace millrace::schema
