// SPDX-License-Identifier: Apache-2.0
#include "task/topic_name.h"

#include <gtest/gtest.h>

#include <set>

namespace millrace::task {
namespace {

class TopicName : public testing::Test {
 protected:
  Result<std::string> choose(const std::string& asked, const std::string& name) {
    return choose_topic(asked, name, "id1",
                        [this](const std::string& topic) { return taken_.contains(topic); });
  }
  std::set<std::string> taken_ = {"shop"};
};

TEST_F(TopicName, IsTheOneAskedForOrNone) {
  EXPECT_EQ(*choose("orders", "x"), "orders");
  EXPECT_EQ(choose("shop", "x").error().code, Errc::kExists);
  EXPECT_EQ(choose("a/b", "x").error().code, Errc::kInvalid);
}

TEST_F(TopicName, IsTheNameWhereThatIsFreeAndLegal) {
  EXPECT_EQ(*choose("", "crm"), "crm");
  EXPECT_EQ(*choose("", "shop"), "shop-id1");
  EXPECT_EQ(*choose("", "Meine Läden!"), "Meine-L-den-id1");
  EXPECT_EQ(*choose("", "\xE5\xBA\x97"), "task-id1");
  EXPECT_EQ(*choose("", ".."), "..-id1");
  EXPECT_EQ(*choose("", "__consumer_offsets"), "task__consumer_offsets-id1");
}

TEST_F(TopicName, IsAlwaysLegal) {
  for (const std::string& name : {std::string(300, 'a'), std::string("..."), std::string("-"),
                                  std::string("__x"), std::string("\0\n", 2)}) {
    const std::string topic = *choose("", name);
    EXPECT_TRUE(check_topic_name(topic)) << topic;
  }
}

}  // namespace
}  // namespace millrace::task
