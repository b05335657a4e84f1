// SPDX-License-Identifier: Apache-2.0
#include "control/sessions.h"

#include <gtest/gtest.h>

#include "control/limits.h"
#include "io/real_files.h"
#include "store/test_folder.h"

namespace millrace::control {
namespace {

class SessionsTest : public testing::Test {
 protected:
  std::unique_ptr<Sessions> open() { return std::move(*Sessions::open(files_, path_)); }
  store::TestFolder disk_;
  io::RealFiles files_;
  const std::string path_ = disk_.file("sessions.json");
};

TEST_F(SessionsTest, ASessionOutlivesTheProcessAndItsSecretIsNotOnDisk) {
  const NewSession made = *open()->begin("admin", 1000);
  const std::string text = *io::read_file(files_, path_, 1 << 20);
  EXPECT_EQ(text.find(made.secret), std::string::npos);
  const auto sessions = open();
  const std::optional<Session> found = sessions->find(made.secret, 2000);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->who, "admin");
  EXPECT_EQ(found->csrf, made.session.csrf);
  EXPECT_FALSE(sessions->find("", 2000));
  EXPECT_FALSE(sessions->find(made.secret + "x", 2000));
}

TEST_F(SessionsTest, ASessionEndsByItsTimeAndBySigningOut) {
  const auto sessions = open();
  const NewSession made = *sessions->begin("admin", 1000);
  EXPECT_TRUE(sessions->find(made.secret, 1000 + kSessionLifeMs - 1));
  EXPECT_FALSE(sessions->find(made.secret, 1000 + kSessionLifeMs));
  EXPECT_TRUE(sessions->end(made.secret));
  EXPECT_FALSE(sessions->find(made.secret, 1001));
  EXPECT_FALSE(open()->find(made.secret, 1001));
  EXPECT_TRUE(sessions->end(made.secret));
}

TEST_F(SessionsTest, TooManySessionsEndTheOldest) {
  const auto sessions = open();
  const NewSession oldest = *sessions->begin("admin", 1000);
  for (size_t i = 0; i < kMaxSessions; ++i) EXPECT_TRUE(sessions->begin("admin", 1001));
  EXPECT_FALSE(sessions->find(oldest.secret, 1002));
}

TEST_F(SessionsTest, TheLinkSignsInOnceAndInTime) {
  const auto sessions = open();
  EXPECT_FALSE(sessions->use_link("", 1000));
  const std::string link = sessions->make_link(1000);
  EXPECT_FALSE(sessions->use_link("other", 1001));
  EXPECT_TRUE(sessions->use_link(link, 1001));
  EXPECT_FALSE(sessions->use_link(link, 1002));
  const std::string late = sessions->make_link(1000);
  EXPECT_FALSE(sessions->use_link(late, 1000 + kLinkLifeMs));
}

TEST_F(SessionsTest, AFileThatIsDamagedIsNotTakenForSessions) {
  for (const char* text : {"{}", "[{}]", "[1]", "x", R"([{"hash":"a","who":"b"}])"}) {
    ASSERT_TRUE(io::replace_file(files_, path_, as_bytes(std::string_view(text))));
    EXPECT_FALSE(Sessions::open(files_, path_)) << text;
  }
}

}  // namespace
}  // namespace millrace::control
