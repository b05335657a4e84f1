// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "store/database.h"
#include "store/schema.h"
#include "store/test_folder.h"

namespace millrace::store {
namespace {

TaskRow task_row(const std::string& id, const std::string& topic) {
  TaskRow row;
  row.id = id;
  row.name = "shop";
  row.spec = R"({"sources":[]})";
  row.run = true;
  row.state = "running";
  row.reason = "";
  row.since_ms = 1000;
  row.created_ms = 900;
  row.server_id = 4'000'000'000;
  row.topic = topic;
  std::copy_n(as_bytes(id + std::string(16, '.')).begin(), 16, row.topic_id.begin());
  return row;
}

GroupRow group_row(const std::string& id, const std::string& task_id) {
  GroupRow row;
  row.id = id;
  row.task_id = task_id;
  row.account = "cache";
  row.name = "Cache";
  row.sha256 = make_verifier(ScramHash::kSha256, "Secret-123");
  row.sha512 = make_verifier(ScramHash::kSha512, "Secret-123");
  return row;
}

OffsetRow offset_row(const std::string& group, const TopicId& topic, int64_t offset) {
  return {.group_id = group,
          .topic_id = topic,
          .partition = 0,
          .offset = offset,
          .leader_epoch = 3,
          .metadata = std::string("16\0\xFF", 4),
          .commit_time_ms = 77};
}

class StoreTest : public testing::Test {
 protected:
  void SetUp() override { reopen(); }
  void reopen() {
    store_.reset();
    Result<std::unique_ptr<Store>> opened = Store::open(path());
    ASSERT_TRUE(opened) << opened.error().what;
    store_ = std::move(*opened);
  }
  std::string path() const { return folder_.file("control.db"); }
  Store& store() { return *store_; }
  TestFolder folder_;
  std::unique_ptr<Store> store_;
};

TEST_F(StoreTest, TasksSurviveReopening) {
  const TaskRow row = task_row("abc", "shop");
  ASSERT_TRUE(store().add_task(row));
  reopen();
  const std::vector<TaskRow> tasks = *store().tasks();
  ASSERT_EQ(tasks.size(), 1U);
  EXPECT_EQ(tasks[0].id, "abc");
  EXPECT_EQ(tasks[0].spec, row.spec);
  EXPECT_EQ(tasks[0].server_id, 4'000'000'000U);
  EXPECT_EQ(tasks[0].topic_id, row.topic_id);
  EXPECT_TRUE(tasks[0].run);
}

TEST_F(StoreTest, ATopicBelongsToOneTask) {
  ASSERT_TRUE(store().add_task(task_row("abc", "shop")));
  EXPECT_EQ(store().add_task(task_row("xyz", "shop")).error().code, Errc::kExists);
  EXPECT_EQ(store().tasks()->size(), 1U);
}

TEST_F(StoreTest, UpdatesOneTaskAndMissesOneThatIsNotThere) {
  TaskRow row = task_row("abc", "shop");
  ASSERT_TRUE(store().add_task(row));
  row.state = "failed";
  row.reason = "gone";
  row.run = false;
  ASSERT_TRUE(store().update_task(row));
  reopen();
  EXPECT_EQ((*store().tasks())[0].reason, "gone");
  EXPECT_EQ(store().update_task(task_row("no", "no")).error().code, Errc::kNotFound);
}

TEST_F(StoreTest, ARemovedTaskTakesItsGroupsAndLeavesItsTopicsEnd) {
  const TaskRow row = task_row("abc", "shop");
  ASSERT_TRUE(store().add_task(row));
  ASSERT_TRUE(store().add_task(task_row("other", "other")));
  ASSERT_TRUE(store().add_group(group_row("g1", "abc")));
  ASSERT_TRUE(store().add_group(group_row("g2", "other")));
  ASSERT_TRUE(store().put_offsets({offset_row("g1", row.topic_id, 5)}));
  ASSERT_TRUE(store().put_coordinator({.group_id = "g1", .state = "x"}));
  ASSERT_TRUE(store().remove_task("abc", {.offset = 42, .leader_epoch = 2}));
  reopen();
  EXPECT_EQ(store().tasks()->size(), 1U);
  EXPECT_EQ(store().groups()->at(0).id, "g2");
  EXPECT_TRUE(store().offsets()->empty());
  EXPECT_TRUE(store().coordinators()->empty());
  const std::optional<TopicEnd> end = *store().topic_end("shop");
  ASSERT_TRUE(end);
  EXPECT_EQ(end->offset, 42);
  EXPECT_EQ(end->leader_epoch, 2);
  EXPECT_FALSE(*store().topic_end("other"));
}

TEST_F(StoreTest, ATopicsEndNeverGoesBack) {
  ASSERT_TRUE(store().add_task(task_row("a", "shop")));
  ASSERT_TRUE(store().remove_task("a", {.offset = 42, .leader_epoch = 2}));
  ASSERT_TRUE(store().add_task(task_row("b", "shop")));
  ASSERT_TRUE(store().remove_task("b", {.offset = 0, .leader_epoch = 0}));
  EXPECT_EQ((*store().topic_end("shop"))->offset, 42);
}

TEST_F(StoreTest, AGroupNeedsItsTask) {
  EXPECT_FALSE(store().add_group(group_row("g1", "nobody")));
}

TEST_F(StoreTest, GroupsKeepBothVerifiers) {
  ASSERT_TRUE(store().add_task(task_row("abc", "shop")));
  const GroupRow row = group_row("g1", "abc");
  ASSERT_TRUE(store().add_group(row));
  EXPECT_EQ(store().add_group(row).error().code, Errc::kExists);
  reopen();
  EXPECT_EQ(store().groups()->at(0).sha256, row.sha256);
  EXPECT_EQ(store().groups()->at(0).sha512, row.sha512);
  const ScramVerifier fresh = make_verifier(ScramHash::kSha256, "Other-4567");
  ASSERT_TRUE(store().set_group_password("g1", fresh, row.sha512));
  EXPECT_EQ(store().groups()->at(0).sha256, fresh);
  EXPECT_EQ(store().set_group_password("g9", fresh, fresh).error().code, Errc::kNotFound);
}

TEST_F(StoreTest, OffsetsComeBackByteForByte) {
  const TopicId topic{std::byte{1}};
  ASSERT_TRUE(store().put_offsets({offset_row("g1", topic, 5), offset_row("g2", topic, 6)}));
  ASSERT_TRUE(store().put_offsets({offset_row("g1", topic, 7)}));
  reopen();
  const std::vector<OffsetRow> offsets = *store().offsets();
  ASSERT_EQ(offsets.size(), 2U);
  EXPECT_EQ(offsets[0].offset, 7);
  EXPECT_EQ(offsets[0].metadata, std::string("16\0\xFF", 4));
  EXPECT_EQ(offsets[0].leader_epoch, 3);
  ASSERT_TRUE(store().remove_offset("g1", topic, 0));
  ASSERT_TRUE(store().remove_coordinator("g2"));
  EXPECT_TRUE(store().offsets()->empty());
}

// Runs `work` in a process of its own that is killed right after it.
template <class Work>
void in_killed_process(Work work) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    std::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
}

TEST_F(StoreTest, WhatWasAnsweredSurvivesKill9) {
  store_.reset();
  in_killed_process([&] {
    Result<std::unique_ptr<Store>> store = Store::open(path());
    if (!store) return;
    for (int i = 0; i < 20; ++i) {
      if (!(*store)->put_offsets({offset_row("g1", TopicId{}, i)})) return;
    }
    static_cast<void>((*store)->add_task(task_row("abc", "shop")));
    static_cast<void>((*store)->put_coordinator({.group_id = "g1", .state = "generation 4"}));
  });
  reopen();
  EXPECT_EQ(store().tasks()->size(), 1U);
  ASSERT_EQ(store().offsets()->size(), 1U);
  EXPECT_EQ((*store().offsets())[0].offset, 19);
  EXPECT_EQ((*store().coordinators())[0].state, "generation 4");
}

TEST_F(StoreTest, TheClusterIdNeverChanges) {
  const std::string id = store().cluster_id();
  EXPECT_EQ(id.size(), 22U);
  EXPECT_EQ(
      id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
      std::string::npos);
  reopen();
  EXPECT_EQ(store().cluster_id(), id);
}

TEST_F(StoreTest, RefusesAFileOfANewerVersion) {
  store_.reset();
  {
    const std::unique_ptr<Database> db =
        std::move(*Database::open(path(), Database::Sync::kEveryCommit));
    ASSERT_TRUE(db->execute("PRAGMA user_version=" + std::to_string(schema_version() + 1)));
  }
  const Result<std::unique_ptr<Store>> opened = Store::open(path());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::kUnsupported);
  EXPECT_NE(opened.error().what.find("newer"), std::string::npos);
}

TEST_F(StoreTest, AFileThatIsNoDatabaseIsAnErrorAndNotOverwritten) {
  store_.reset();
  const std::string other = folder_.file("other.db");
  {
    FILE* file = std::fopen(other.c_str(), "w");
    ASSERT_NE(file, nullptr);
    for (int i = 0; i < 4096; ++i) std::fputc('x', file);
    std::fclose(file);
  }
  EXPECT_FALSE(Store::open(other));
  EXPECT_EQ(std::filesystem::file_size(other), 4096U);
}

TEST_F(StoreTest, TheAuditTrailShowsTheNewestFirst) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(store().audit(
        {.time_ms = i, .who = "admin", .what = "task pause", .object = "a", .detail = ""}));
  }
  const std::vector<AuditRow> rows = *store().audit_trail(2);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].time_ms, 2);
  EXPECT_EQ(rows[1].time_ms, 1);
}

}  // namespace
}  // namespace millrace::store
