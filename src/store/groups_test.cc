// SPDX-License-Identifier: Apache-2.0
#include "store/groups.h"

#include <gtest/gtest.h>

#include "store/rules.h"
#include "store/test_folder.h"

namespace millrace::store {
namespace {

class GroupsTest : public testing::Test {
 protected:
  void SetUp() override {
    store_ = std::move(*Store::open(folder_.file("control.db")));
    for (const char* id : {"t1", "t2"}) {
      TaskRow row;
      row.id = row.topic = id;
      row.topic_id[0] = static_cast<std::byte>(id[1]);
      ASSERT_TRUE(store_->add_task(row));
    }
    reopen();
  }
  void reopen() { groups_ = std::move(*Groups::open(*store_, 3)); }
  Result<GroupRow> add(const std::string& task, const std::string& account,
                       const std::string& id = "") {
    return groups_->add(
        {.task_id = task, .account = account, .name = "", .id = id, .password = "Secret-123"}, 5);
  }
  TestFolder folder_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Groups> groups_;
};

TEST_F(GroupsTest, MakesAnIdAsDtsDoes) {
  const GroupRow group = *add("t1", "cache");
  EXPECT_EQ(group.id.size(), 15U);
  EXPECT_TRUE(group.id.starts_with("dts"));
  EXPECT_EQ(group.name, "cache");
  EXPECT_EQ(sasl_user(group), "cache-" + group.id);
  EXPECT_NE(add("t1", "cache")->id, group.id);
}

TEST_F(GroupsTest, LogsInByTheWholeUserAndByAnAccountThatIsUnique) {
  const GroupRow group = *add("t1", "cache", "g-1");
  reopen();
  ASSERT_TRUE(groups_->authenticate("cache-g-1", "Secret-123"));
  EXPECT_EQ(groups_->authenticate("cache-g-1", "Secret-123")->id, group.id);
  EXPECT_TRUE(groups_->authenticate("cache", "Secret-123"));
  EXPECT_FALSE(groups_->authenticate("cache-g-1", "Secret-124"));
  EXPECT_FALSE(groups_->authenticate("cache-g", "Secret-123"));
  EXPECT_FALSE(groups_->authenticate("", ""));
  ASSERT_TRUE(add("t2", "cache", "g-2"));
  EXPECT_FALSE(groups_->authenticate("cache", "Secret-123"));
  EXPECT_EQ(groups_->authenticate("cache-g-2", "Secret-123")->task_id, "t2");
}

TEST_F(GroupsTest, ANewPasswordEndsTheOldOne) {
  ASSERT_TRUE(add("t1", "cache", "g"));
  ASSERT_TRUE(groups_->set_password("g", "Another-1"));
  EXPECT_FALSE(groups_->authenticate("cache-g", "Secret-123"));
  EXPECT_TRUE(groups_->authenticate("cache-g", "Another-1"));
  EXPECT_EQ(groups_->set_password("h", "Another-1").error().code, Errc::kNotFound);
  EXPECT_EQ(groups_->set_password("g", "weak").error().code, Errc::kInvalid);
}

TEST_F(GroupsTest, ARemovedGroupCannotLogIn) {
  ASSERT_TRUE(add("t1", "cache", "g"));
  ASSERT_TRUE(groups_->remove("g"));
  EXPECT_FALSE(groups_->authenticate("cache-g", "Secret-123"));
  EXPECT_EQ(groups_->remove("g").error().code, Errc::kNotFound);
}

TEST_F(GroupsTest, ATaskHasAMostNumberOfGroups) {
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(add("t1", "a" + std::to_string(i)));
  EXPECT_EQ(add("t1", "b").error().code, Errc::kTooLarge);
  EXPECT_TRUE(add("t2", "b"));
}

TEST_F(GroupsTest, NoPasswordIsInTheDatabase) {
  ASSERT_TRUE(add("t1", "cache", "g"));
  for (const char* name : {"control.db", "control.db-wal"}) {
    FILE* file = std::fopen(folder_.file(name).c_str(), "rb");
    ASSERT_NE(file, nullptr) << name;
    std::string content(1 << 20, '\0');
    content.resize(std::fread(content.data(), 1, content.size(), file));
    std::fclose(file);
    EXPECT_EQ(content.find("Secret-123"), std::string::npos);
  }
}

TEST(Rules, AccountsAreAsDtsTakesThem) {
  EXPECT_TRUE(check_account("a"));
  EXPECT_TRUE(check_account("Cache_user_01234"));
  for (const char* bad : {"", "a-b", "a b", "Cache_user_012345", "caf\xC3\xA9"}) {
    EXPECT_FALSE(check_account(bad)) << bad;
  }
}

TEST(Rules, PasswordsNeedTwoKindsOfCharacters) {
  EXPECT_TRUE(check_group_password("abcdefg1"));
  EXPECT_TRUE(check_group_password("ABCDEFG!"));
  EXPECT_TRUE(check_group_password(std::string(31, 'a') + "1"));
  for (const std::string& bad :
       {std::string("abcdef1"), std::string("abcdefgh"), std::string("12345678"),
        std::string(32, 'a') + "1", std::string("abc def1"), std::string("caf\xC3\xA9 4567")}) {
    const Status status = check_group_password(bad);
    ASSERT_FALSE(status) << bad;
    EXPECT_EQ(status.error().what.find(bad), std::string::npos);
  }
}

TEST(Rules, GroupIdsAreThoseOfKafkaAndShort) {
  EXPECT_TRUE(check_group_id("dtsa1b2c3d4e5f6"));
  EXPECT_TRUE(check_group_id(std::string(64, 'a')));
  EXPECT_FALSE(check_group_id(std::string(65, 'a')));
  EXPECT_FALSE(check_group_id("a b"));
  EXPECT_FALSE(check_group_id(""));
}

TEST_F(GroupsTest, NetworksSurviveAReopening) {
  const std::string id = add("t1", "cache")->id;
  EXPECT_TRUE(groups_->find(id)->networks.empty());
  const std::vector<std::string> networks = {"10.0.0.0/8", "::1"};
  ASSERT_TRUE(groups_->set_networks(id, networks));
  reopen();
  EXPECT_EQ(groups_->find(id)->networks, networks);
  EXPECT_EQ(groups_->set_networks(id, {"10.0.0.0/99"}).error().code, Errc::kInvalid);
  EXPECT_EQ(groups_->set_networks("none", networks).error().code, Errc::kNotFound);
  EXPECT_TRUE(groups_->set_networks(id, {}));
  EXPECT_TRUE(groups_->find(id)->networks.empty());
}

TEST_F(GroupsTest, WhoIsRememberedStillNeedsThePassword) {
  const std::string id = add("t1", "cache")->id;
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(groups_->authenticate("cache-" + id, "Secret-123"));
  EXPECT_FALSE(groups_->authenticate("cache-" + id, "Secret-124"));
  EXPECT_TRUE(groups_->set_password(id, "Other-4567"));
  EXPECT_FALSE(groups_->authenticate("cache-" + id, "Secret-123"));
  EXPECT_TRUE(groups_->authenticate("cache-" + id, "Other-4567"));
  EXPECT_TRUE(groups_->remove(id));
  EXPECT_FALSE(groups_->authenticate("cache-" + id, "Other-4567"));
}

}  // namespace
}  // namespace millrace::store
