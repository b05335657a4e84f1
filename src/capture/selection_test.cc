// SPDX-License-Identifier: Apache-2.0
#include "capture/selection.h"

#include <gtest/gtest.h>

namespace millrace::capture {
namespace {

TEST(ObjectName, ReadsDatabasesTablesAndQuotedNames) {
  EXPECT_EQ(*parse_object("shop"), (ObjectName{"shop", ""}));
  EXPECT_EQ(*parse_object("shop.orders"), (ObjectName{"shop", "orders"}));
  EXPECT_EQ(*parse_object("`a.b`.`c``d`"), (ObjectName{"a.b", "c`d"}));
}

TEST(ObjectName, PrintsWhatItReadsBack) {
  for (const ObjectName& name : {ObjectName{"shop", ""}, ObjectName{"shop", "orders"},
                                 ObjectName{"a.b", "c`d"}, ObjectName{"x y", "-"}})
    EXPECT_EQ(*parse_object(object_text(name)), name);
}

TEST(ObjectName, SaysWhatIsWrong) {
  for (const char* text : {"", ".", "a.", ".b", "a.b.c", "`a", "a`b", "`a`b", "``"})
    EXPECT_EQ(parse_object(text).error().code, Errc::kInvalid) << text;
}

TEST(Selection, ADatabaseIncludesItsTablesATableOnlyItself) {
  Selection selection;
  selection.objects = {{"shop", ""}, {"crm", "users"}};
  EXPECT_TRUE(selection.wants_rows("shop", "anything"));
  EXPECT_TRUE(selection.wants_rows("crm", "users"));
  EXPECT_FALSE(selection.wants_rows("crm", "Users"));
  EXPECT_FALSE(selection.wants_rows("crm", "logs"));
  EXPECT_FALSE(selection.wants_rows("other", "users"));
  selection.fold_case = true;
  EXPECT_TRUE(selection.wants_rows("CRM", "Users"));
}

TEST(Selection, DdlIsOfTheInstanceOrOfTheObjects) {
  Selection selection;
  selection.objects = {{"shop", "orders"}};
  EXPECT_TRUE(selection.wants_ddl("elsewhere", "t"));
  selection.schema_of_instance = false;
  EXPECT_FALSE(selection.wants_ddl("elsewhere", "t"));
  EXPECT_TRUE(selection.wants_ddl("shop", "orders"));
  EXPECT_FALSE(selection.wants_ddl("shop", "other"));
  selection.schema = false;
  EXPECT_FALSE(selection.wants_ddl("shop", "orders"));
}

TEST(Selection, NeverCoversTheServersOwnDatabases) {
  Selection selection;
  EXPECT_TRUE(selection.wants_rows("shop", "t"));
  EXPECT_FALSE(selection.wants_rows("mysql", "user"));
  EXPECT_FALSE(selection.wants_ddl("mysql", "user"));
}

}  // namespace
}  // namespace millrace::capture
