// SPDX-License-Identifier: Apache-2.0
#include "store/data_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/real_files.h"
#include "store/test_folder.h"

namespace millrace::store {
namespace {

TEST(DataFolder, ASecondServiceIsRefusedAndToldWhoIsThere) {
  const TestFolder folder;
  io::RealFiles files;
  const std::string path = folder.file("data");
  const Result<DataFolder> first = DataFolder::open(files, path);
  ASSERT_TRUE(first) << first.error().what;
  const Result<DataFolder> second = DataFolder::open(files, path);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kExists);
  EXPECT_NE(second.error().what.find("pid " + std::to_string(getpid())), std::string::npos)
      << second.error().what;
  EXPECT_NE(second.error().what.find(path), std::string::npos);
}

TEST(DataFolder, TheLockGoesWithTheService) {
  const TestFolder folder;
  io::RealFiles files;
  { ASSERT_TRUE(DataFolder::open(files, folder.file("data"))); }
  EXPECT_TRUE(DataFolder::open(files, folder.file("data")));
}

TEST(DataFolder, TheTokenStaysAndOnlyItsOwnerMayReadIt) {
  const TestFolder folder;
  io::RealFiles files;
  std::string token;
  {
    const DataFolder data = std::move(*DataFolder::open(files, folder.path()));
    token = *data.admin_token();
  }
  const DataFolder data = std::move(*DataFolder::open(files, folder.path()));
  EXPECT_EQ(*data.admin_token(), token);
  EXPECT_EQ(*read_token(files, data.file("admin.token")), token);
  struct stat info {};
  ASSERT_EQ(stat(data.file("admin.token").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST(DataFolder, TheAddressIsThereAsLongAsTheServiceIs) {
  const TestFolder folder;
  io::RealFiles files;
  {
    const DataFolder data = std::move(*DataFolder::open(files, folder.path()));
    ASSERT_TRUE(data.write_api({.url = "http://127.0.0.1:8080", .pid = 7}));
    const Result<ApiAddress> address = read_api(files, folder.path());
    ASSERT_TRUE(address);
    EXPECT_EQ(address->url, "http://127.0.0.1:8080");
    EXPECT_EQ(address->pid, 7);
  }
  const Result<ApiAddress> gone = read_api(files, folder.path());
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace millrace::store
