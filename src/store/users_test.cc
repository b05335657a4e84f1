// SPDX-License-Identifier: Apache-2.0
#include "store/users.h"

#include <gtest/gtest.h>

#include "store/password_hash.h"
#include "store/test_folder.h"

namespace millrace::store {
namespace {

class UsersTest : public testing::Test {
 protected:
  void SetUp() override { reopen(); }
  void reopen() {
    users.reset();
    store.reset();
    auto opened = Store::open(folder.file("control.db"));
    ASSERT_TRUE(opened) << opened.error().what;
    store = std::move(*opened);
    auto read = Users::open(*store);
    ASSERT_TRUE(read) << read.error().what;
    users = std::move(*read);
  }
  TestFolder folder;
  std::unique_ptr<Store> store;
  std::unique_ptr<Users> users;
};

TEST_F(UsersTest, LogInWithTheirPasswordAlsoAfterAReopening) {
  ASSERT_TRUE(users->add("alex", "admin", "Str0ng enough", 7));
  reopen();
  const auto user = users->authenticate("alex", "Str0ng enough");
  ASSERT_TRUE(user);
  EXPECT_EQ(user->role, "admin");
  EXPECT_EQ(user->created_ms, 7);
  EXPECT_FALSE(users->authenticate("alex", "Str0ng enough "));
  EXPECT_FALSE(users->authenticate("alex", ""));
  EXPECT_FALSE(users->authenticate("nobody", "Str0ng enough"));
}

TEST_F(UsersTest, ANewPasswordEndsTheOldOne) {
  ASSERT_TRUE(users->add("alex", "viewer", "the old one", 1));
  ASSERT_TRUE(users->set_password("alex", "the new one"));
  EXPECT_FALSE(users->authenticate("alex", "the old one"));
  EXPECT_TRUE(users->authenticate("alex", "the new one"));
  EXPECT_EQ(users->set_password("nobody", "the new one").error().code, Errc::kNotFound);
  EXPECT_EQ(users->set_password("alex", "short").error().code, Errc::kInvalid);
}

TEST_F(UsersTest, WhoIsDeletedIsGone) {
  ASSERT_TRUE(users->add("alex", "operator", "Str0ng enough", 1));
  EXPECT_EQ(users->add("alex", "admin", "Str0ng enough", 1).error().code, Errc::kExists);
  EXPECT_TRUE(users->remove("alex"));
  EXPECT_EQ(users->remove("alex").error().code, Errc::kNotFound);
  EXPECT_FALSE(users->authenticate("alex", "Str0ng enough"));
  reopen();
  EXPECT_TRUE(users->all().empty());
}

TEST_F(UsersTest, NamesRolesAndPasswordsHaveRules) {
  EXPECT_EQ(users->add("a b", "admin", "Str0ng enough", 1).error().code, Errc::kInvalid);
  EXPECT_EQ(users->add("", "admin", "Str0ng enough", 1).error().code, Errc::kInvalid);
  EXPECT_EQ(users->add("alex", "owner", "Str0ng enough", 1).error().code, Errc::kInvalid);
  EXPECT_EQ(users->add("alex", "admin", "seven..", 1).error().code, Errc::kInvalid);
  EXPECT_EQ(users->add("alex", "admin", std::string("12345678\n"), 1).error().code, Errc::kInvalid);
}

TEST(PasswordHash, IsArgon2idWithASaltOfItsOwn) {
  const std::string hash = hash_password("secret");
  EXPECT_TRUE(hash.starts_with("$argon2id$"));
  EXPECT_NE(hash, hash_password("secret"));
  EXPECT_TRUE(password_matches(hash, "secret"));
  EXPECT_FALSE(password_matches(hash, "Secret"));
  EXPECT_FALSE(password_matches("", "secret"));
  EXPECT_FALSE(password_matches("no hash", "secret"));
  EXPECT_FALSE(password_matches(std::string(1000, 'x'), "secret"));
}

}  // namespace
}  // namespace millrace::store
