// SPDX-License-Identifier: Apache-2.0
#include "kafka/server/store_persistence.h"

#include <gtest/gtest.h>

#include <memory>

#include "kafka/testing.h"
#include "store/test_folder.h"

namespace millrace::kafka {
namespace {

GroupRecord group_record() {
  return {"dtsgroup",
          "consumer",
          "range",
          "m1",
          7,
          1'700'000'000'000,
          {{"m1", "", "app", "/127.0.0.1", 10'000, 60'000, std::string("\0\1\2", 3), "a"},
           {"m2", "instance", "app", "/127.0.0.1", 10'000, 60'000, "", ""}}};
}

TEST(GroupRecordBytes, ComeBackAsTheyWent) {
  const std::string bytes = encode_group_record(group_record());
  const auto again = decode_group_record(as_bytes(bytes));
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(*again, group_record());
}

TEST(GroupRecordBytes, EveryTruncationIsAnErrorAndNeverAnOverread) {
  const std::string bytes = encode_group_record(group_record());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const std::unique_ptr<std::byte[]> cut(new std::byte[size]);
    std::copy_n(as_bytes(bytes).begin(), size, cut.get());
    EXPECT_FALSE(decode_group_record({cut.get(), size})) << size;
  }
}

TEST(GroupRecordBytes, ANewerVersionIsNotGuessedAt) {
  std::string bytes = encode_group_record(group_record());
  bytes[1] = 9;
  EXPECT_EQ(decode_group_record(as_bytes(bytes)).error().code, Errc::kUnsupported);
}

class StorePersistenceTest : public ::testing::Test {
 protected:
  void SetUp() override { reopen(); }
  void reopen() {
    store.reset();
    auto opened = store::Store::open(folder.file("control.db"));
    ASSERT_TRUE(opened) << opened.error().what;
    store = std::move(*opened);
    groups = std::make_unique<StorePersistence>(*store, backend);
  }
  store::TestFolder folder;
  testing::FakeBackend backend;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<StorePersistence> groups;
};

TEST_F(StorePersistenceTest, GroupsAndOffsetsSurviveReopening) {
  const CommittedOffset offset{"shop", 0, 42, 3, std::string("16|\0\xFF", 5), 77};
  ASSERT_TRUE(groups->save_group(group_record()));
  ASSERT_TRUE(groups->commit_offsets({{"dtsgroup", offset}, {"simple", offset}}));
  reopen();
  const auto loaded = groups->load();
  ASSERT_TRUE(loaded) << loaded.error().what;
  ASSERT_EQ(loaded->groups.size(), 1U);
  EXPECT_EQ(loaded->groups[0], group_record());
  ASSERT_EQ(loaded->offsets.size(), 2U);
  EXPECT_EQ(loaded->offsets[0].offset, offset);
}

TEST_F(StorePersistenceTest, ATopicMadeAnewInheritsNoOffsets) {
  ASSERT_TRUE(groups->commit_offsets({{"dtsgroup", {"shop", 0, 42, -1, "", 77}}}));
  backend.change("shop", [](Topic& topic) { topic.id.fill(std::byte{0x99}); });
  reopen();
  EXPECT_TRUE(groups->load()->offsets.empty());
}

TEST_F(StorePersistenceTest, ADeletedGroupTakesItsOffsetsAlong) {
  ASSERT_TRUE(groups->save_group(group_record()));
  ASSERT_TRUE(groups->commit_offsets({{"dtsgroup", {"shop", 0, 42, -1, "", 77}}}));
  ASSERT_TRUE(groups->delete_group("dtsgroup"));
  const auto loaded = groups->load();
  EXPECT_TRUE(loaded->groups.empty());
  EXPECT_TRUE(loaded->offsets.empty());
}

TEST_F(StorePersistenceTest, OneOffsetIsTakenAway) {
  ASSERT_TRUE(groups->commit_offsets({{"dtsgroup", {"shop", 0, 42, -1, "", 77}}}));
  ASSERT_TRUE(groups->delete_offset("dtsgroup", "shop", 0));
  EXPECT_TRUE(groups->load()->offsets.empty());
}

}  // namespace
}  // namespace millrace::kafka
