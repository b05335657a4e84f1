// SPDX-License-Identifier: Apache-2.0
#include "task/tasks.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <thread>

#include "io/real_files.h"
#include "store/test_folder.h"
#include "task/fake_tracker.h"

namespace millrace::task {
namespace {

PrecheckReport report_of(PrecheckLevel level) {
  PrecheckReport report;
  report.items.push_back({.id = "row_image",
                          .title = "Row image",
                          .level = level,
                          .evidence = "binlog_row_image is MINIMAL",
                          .why = "",
                          .fix = "SET GLOBAL\nbinlog_row_image = FULL",
                          .can_waive = true});
  return report;
}

TaskSpec spec() {
  TaskSpec spec;
  spec.sources.push_back({});
  spec.sources[0].host = "db1";
  spec.sources[0].user = "tracker";
  spec.sources[0].password = "hunter2";
  spec.selection.objects.push_back({"shop", ""});
  return spec;
}

class TasksTest : public testing::Test {
 protected:
  void SetUp() override { open(); }
  void TearDown() override { close(); }

  void open() {
    folder_ = std::make_unique<store::DataFolder>(
        std::move(*store::DataFolder::open(files_, disk_.file("data"))));
    secrets_ = std::make_unique<store::Secrets>(
        std::move(*store::Secrets::open(files_, folder_->file("secret.key"), true)));
    store_ = std::move(*store::Store::open(folder_->file("control.db")));
    TasksOptions options;
    options.make_tracker = [this](const TaskRecord& task, const std::string& folder,
                                  TrackerChanged changed) {
      return make(task, folder, std::move(changed));
    };
    options.run_precheck = [this](const PrecheckInput& input, const auto& progress) {
      {
        std::unique_lock lock(gate_mutex_);
        ++checks_;
        checked_server_ids_ = input.busy_server_ids;
        checked_addresses_ = 1 + input.others.size();
        EXPECT_TRUE(input.room);
        checked_place_ = input.place ? input.place->position.file + ":" +
                                           std::to_string(input.place->position.offset)
                                     : "";
        gate_.wait(lock, [this] { return gate_open_; });
      }
      const PrecheckReport report = report_of(level_);
      for (const PrecheckItem& item : report.items) progress(item);
      return report;
    };
    options.now_ms = [] { return int64_t{1000}; };
    Result<std::unique_ptr<Tasks>> opened =
        Tasks::open(*store_, *secrets_, *folder_, std::move(options));
    ASSERT_TRUE(opened) << opened.error().what;
    tasks_ = std::move(*opened);
    TasksHooks hooks;
    hooks.removing = [this](const std::string& id, const std::string&) {
      EXPECT_TRUE(tasks_->topics()->empty());
      cut_ = id;
    };
    tasks_->set_hooks(std::move(hooks));
  }
  void close() {
    let_checks(true);
    tasks_.reset();
    trackers_.clear();
    store_.reset();
    secrets_.reset();
    folder_.reset();
  }
  void reopen() {
    close();
    open();
    tasks_->resume();
  }
  Result<std::unique_ptr<Tracker>> make(const TaskRecord& task, const std::string& folder,
                                        TrackerChanged changed) {
    if (refuse_log_) return Error{Errc::kCorrupt, "damaged"};
    TRY(io::make_folders(files_, folder));
    auto tracker = std::make_unique<FakeTracker>(std::move(changed), starts_);
    trackers_[task.id] = tracker.get();
    made_[task.id] = task;
    return std::unique_ptr<Tracker>(std::move(tracker));
  }
  void let_checks(bool open) {
    const std::lock_guard lock(gate_mutex_);
    gate_open_ = open;
    gate_.notify_all();
  }
  // Other threads move the state; the deadline is only for a test that fails.
  TaskView wait_for(const std::string& id, State state) {
    for (int i = 0; i < 10'000; ++i) {
      TaskView view = *tasks_->find(id);
      if (view.state == state) return view;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ADD_FAILURE() << id << " never became " << to_string(state);
    return *tasks_->find(id);
  }
  std::string create(const std::string& name, bool start = true) {
    const Result<TaskView> made = tasks_->create(name, spec(), start);
    EXPECT_TRUE(made) << made.error().what;
    return made->record.id;
  }
  std::string running(const std::string& name) {
    const std::string id = create(name);
    wait_for(id, State::kStarting);
    trackers_.at(id)->say(Phase::kRunning);
    EXPECT_EQ(tasks_->find(id)->state, State::kRunning);
    return id;
  }

  store::TestFolder disk_;
  io::RealFiles files_;
  std::unique_ptr<store::DataFolder> folder_;
  std::unique_ptr<store::Secrets> secrets_;
  std::unique_ptr<store::Store> store_;
  std::atomic<int> starts_ = 0;
  std::map<std::string, FakeTracker*> trackers_;
  std::map<std::string, TaskRecord> made_;
  std::mutex gate_mutex_;
  std::condition_variable gate_;
  bool gate_open_ = true;
  int checks_ = 0;
  size_t checked_addresses_ = 0;
  std::string checked_place_;
  std::vector<uint32_t> checked_server_ids_;
  std::atomic<PrecheckLevel> level_ = PrecheckLevel::kPass;
  std::atomic<bool> refuse_log_ = false;
  std::string cut_;
  std::unique_ptr<Tasks> tasks_;
};

TEST_F(TasksTest, ANewTaskIsCheckedThenStarted) {
  let_checks(false);
  const std::string id = create("shop");
  TaskView view = *tasks_->find(id);
  EXPECT_EQ(view.state, State::kChecking);
  EXPECT_TRUE(view.precheck.running);
  EXPECT_EQ(tasks_->topics()->size(), 1U);
  let_checks(true);
  view = wait_for(id, State::kStarting);
  EXPECT_EQ(view.precheck.items.size(), 1U);
  EXPECT_EQ(made_.at(id).spec.sources[0].password, "hunter2");
  trackers_.at(id)->say(Phase::kRunning);
  EXPECT_EQ(tasks_->find("shop")->state, State::kRunning);
}

TEST_F(TasksTest, NoStartStopsWhenItIsReady) {
  const std::string id = create("shop", false);
  wait_for(id, State::kReady);
  EXPECT_EQ(starts_, 0);
  level_ = PrecheckLevel::kFail;
  ASSERT_TRUE(tasks_->start(id, {}));
  wait_for(id, State::kPrecheckFailed);
  EXPECT_EQ(starts_, 0) << "the source is not what it was when it was checked";
  level_ = PrecheckLevel::kPass;
  ASSERT_TRUE(tasks_->start(id, {}));
  wait_for(id, State::kStarting);
  while (starts_ < 1) std::this_thread::yield();
  EXPECT_EQ(starts_, 1);
}

TEST_F(TasksTest, ATaskThatGoesOnIsCheckedBesideAndNotHeldUp) {
  const std::string id = running("shop");
  ASSERT_TRUE(tasks_->pause(id));
  level_ = PrecheckLevel::kFail;
  trackers_.at(id)->stand_at({"bin.000001", 4711, ""});
  let_checks(false);
  const int before = checks_;
  ASSERT_TRUE(tasks_->start(id, {}));
  EXPECT_EQ(starts_, 2);
  trackers_.at(id)->say(Phase::kRunning);
  let_checks(true);
  while (tasks_->find(id)->precheck.items.empty() ||
         tasks_->find(id)->precheck.items[0].level != PrecheckLevel::kFail) {
    std::this_thread::yield();
  }
  EXPECT_EQ(tasks_->find(id)->state, State::kRunning);
  EXPECT_EQ(checks_, before + 1);
  EXPECT_EQ(checked_place_, "bin.000001:4711");
}

TEST_F(TasksTest, AFailedCheckStopsTheStartAndSaysWhyInOneLine) {
  level_ = PrecheckLevel::kFail;
  const std::string id = create("shop");
  const TaskView view = wait_for(id, State::kPrecheckFailed);
  EXPECT_EQ(view.reason,
            "Row image: binlog_row_image is MINIMAL. To do: SET GLOBAL binlog_row_image = FULL");
  EXPECT_EQ(starts_, 0);
  ASSERT_TRUE(tasks_->start(id, {}));
  wait_for(id, State::kPrecheckFailed);
  ASSERT_TRUE(tasks_->start(id, {"row_image"}));
  wait_for(id, State::kStarting);
  reopen();
  EXPECT_EQ(tasks_->find(id)->record.spec.skip_checks, std::vector<std::string>{"row_image"});
}

TEST_F(TasksTest, WhatTheTrackerSaysIsTheState) {
  const std::string id = running("shop");
  trackers_.at(id)->say(Phase::kRetrying, "connection refused");
  EXPECT_EQ(tasks_->find(id)->state, State::kRetrying);
  EXPECT_EQ(tasks_->find(id)->reason, "connection refused");
  trackers_.at(id)->say(Phase::kRunning);
  EXPECT_EQ(tasks_->find(id)->state, State::kRunning);
  trackers_.at(id)->say(Phase::kFailed, "purged");
  EXPECT_EQ(tasks_->find(id)->state, State::kFailed);
  EXPECT_EQ(store_->tasks()->at(0).reason, "purged");
}

TEST_F(TasksTest, PauseAndStartAreIdempotent) {
  const std::string id = running("shop");
  ASSERT_TRUE(tasks_->start(id, {}));
  EXPECT_EQ(starts_, 1);
  ASSERT_TRUE(tasks_->pause(id));
  ASSERT_TRUE(tasks_->pause(id));
  EXPECT_EQ(tasks_->find(id)->state, State::kPaused);
  trackers_.at(id)->say(Phase::kRunning);  // too late to count
  EXPECT_EQ(tasks_->find(id)->state, State::kPaused);
  ASSERT_TRUE(tasks_->start(id, {}));
  EXPECT_EQ(starts_, 2);
}

TEST_F(TasksTest, AnOrderGoesToTheTrackerOnceAndOnlyWhenItStands) {
  const std::string id = running("shop");
  StartOrder order;
  order.accept_server = true;
  const auto refused = tasks_->start(id, {}, order);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kRefused);
  EXPECT_NE(refused.error().what.find("pause"), std::string::npos);
  ASSERT_TRUE(tasks_->pause(id));
  trackers_.at(id)->stand_at({"bin.000001", 4711, ""});
  ASSERT_TRUE(tasks_->start(id, {}, order));
  EXPECT_TRUE(trackers_.at(id)->order().accept_server);
  ASSERT_TRUE(tasks_->pause(id));
  ASSERT_TRUE(tasks_->start(id, {}));
  EXPECT_TRUE(trackers_.at(id)->order().empty()) << "it holds for one start";
}

TEST_F(TasksTest, ATaskThatHasReadSomethingIsNotMovedWithoutAWord) {
  const std::string id = running("shop");
  ASSERT_TRUE(tasks_->pause(id));
  trackers_.at(id)->stand_at({"bin.000001", 4711, ""});
  StartOrder order;
  order.from = capture::StartPoint{};
  const auto refused = tasks_->start(id, {}, order);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("bin.000001:4711"), std::string::npos);
  EXPECT_NE(refused.error().what.find("--accept-gap"), std::string::npos);
  EXPECT_EQ(tasks_->find(id)->state, State::kPaused);
  order.accept_gap = true;
  EXPECT_TRUE(tasks_->start(id, {}, order));
}

TEST_F(TasksTest, ATaskThatHasNotBegunBeginsWhereItIsToldToAlsoAfterARestart) {
  const std::string id = create("shop", false);
  wait_for(id, State::kReady);
  StartOrder gap;
  gap.accept_gap = true;
  EXPECT_EQ(tasks_->start(id, {}, gap).error().code, Errc::kRefused);
  StartOrder order;
  order.from = *capture::parse_start_point("bin.000003:120");
  order.schema_sql = "CREATE TABLE d.t (id INT)";
  ASSERT_TRUE(tasks_->start(id, {}, order));
  wait_for(id, State::kStarting);
  while (starts_ < 1) std::this_thread::yield();
  EXPECT_EQ(trackers_.at(id)->order().from, order.from);
  reopen();
  EXPECT_EQ(tasks_->find(id)->record.spec.from, *order.from);
  EXPECT_EQ(tasks_->find(id)->record.spec.schema_sql, order.schema_sql);
}

TEST_F(TasksTest, APauseDuringTheCheckKeepsItFromStarting) {
  let_checks(false);
  const std::string id = create("shop");
  ASSERT_TRUE(tasks_->pause(id));
  let_checks(true);
  wait_for(id, State::kReady);
  EXPECT_EQ(starts_, 0);
}

TEST_F(TasksTest, ARestartGoesOnWithWhatRan) {
  const std::string runs = running("runs");
  const std::string retries = running("retries");
  trackers_.at(retries)->say(Phase::kRetrying, "away");
  const std::string paused = running("paused");
  ASSERT_TRUE(tasks_->pause(paused));
  const std::string failed = running("failed");
  trackers_.at(failed)->say(Phase::kFailed, "purged");
  starts_ = 0;
  reopen();
  EXPECT_EQ(wait_for(runs, State::kStarting).record.name, "runs");
  wait_for(retries, State::kStarting);
  EXPECT_EQ(tasks_->find(paused)->state, State::kPaused);
  EXPECT_EQ(tasks_->find(failed)->state, State::kFailed);
  EXPECT_EQ(tasks_->find(failed)->reason, "purged");
  while (starts_ < 2) std::this_thread::yield();
  tasks_->stop();
  EXPECT_EQ(starts_, 2);
}

TEST_F(TasksTest, ACheckThatWasCutShortRunsAgain) {
  const std::string id = create("shop", false);
  wait_for(id, State::kReady);
  std::vector<store::TaskRow> rows = *store_->tasks();
  rows[0].state = "checking";
  ASSERT_TRUE(store_->update_task(rows[0]));
  const int before = checks_;
  reopen();
  wait_for(id, State::kReady);
  EXPECT_EQ(checks_, before + 1);
}

TEST_F(TasksTest, ALogThatDoesNotOpenFailsItsOwnTaskOnly) {
  const std::string id = running("shop");
  refuse_log_ = true;
  reopen();
  EXPECT_EQ(tasks_->find(id)->state, State::kFailed);
  EXPECT_EQ(tasks_->find(id)->reason, "damaged");
  ASSERT_EQ(tasks_->topics()->size(), 1U);
  EXPECT_TRUE(tasks_->topics()->at(0).log_refused);
  EXPECT_FALSE(tasks_->start(id, {}));
  refuse_log_ = false;
  ASSERT_TRUE(tasks_->start(id, {}));
  EXPECT_FALSE(tasks_->topics()->at(0).log_refused);
  wait_for(id, State::kStarting);
}

TEST_F(TasksTest, TopicsAreUniqueAndNamesNeedNotBe) {
  const std::string first = create("shop");
  const std::string second = create("shop");
  EXPECT_EQ(tasks_->find(first)->record.topic, "shop");
  EXPECT_EQ(tasks_->find(second)->record.topic, "shop-" + second);
  const Result<TaskView> both = tasks_->find("shop");
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().code, Errc::kInvalid);
  EXPECT_NE(both.error().what.find(first), std::string::npos);
  EXPECT_NE(both.error().what.find(second), std::string::npos);
  TaskSpec taken = spec();
  taken.topic = "shop";
  EXPECT_EQ(tasks_->create("x", taken, true).error().code, Errc::kExists);
  EXPECT_EQ(tasks_->list().size(), 2U);
  EXPECT_NE(tasks_->find(first)->record.server_id, tasks_->find(second)->record.server_id);
}

TEST_F(TasksTest, ADeletedTaskLeavesNothingButItsTopicsEnd) {
  const std::string id = running("shop");
  ASSERT_TRUE(store_->add_group({.id = "g",
                                 .task_id = id,
                                 .account = "a",
                                 .name = "a",
                                 .created_ms = 0,
                                 .sha256 = {},
                                 .sha512 = {},
                                 .networks = {}}));
  ASSERT_TRUE(tasks_->remove(id));
  EXPECT_EQ(cut_, id);
  EXPECT_EQ(tasks_->find(id).error().code, Errc::kNotFound);
  EXPECT_TRUE(store_->tasks()->empty());
  EXPECT_TRUE(store_->groups()->empty());
  EXPECT_FALSE(*io::exists(files_, folder_->task_folder(id)));
  EXPECT_TRUE(files_.list(folder_->trash())->empty());
  const std::string again = create("shop");
  EXPECT_EQ(made_.at(again).first_offset, 1234);
  EXPECT_EQ(made_.at(again).first_epoch, 2);
  EXPECT_NE(made_.at(again).topic_id, made_.at(id).topic_id);
}

TEST_F(TasksTest, AStartFinishesADeletionThatWasCutShort) {
  const std::string marked = create("marked");
  const std::string renamed = create("renamed");
  tasks_->stop();
  std::vector<store::TaskRow> rows = *store_->tasks();
  for (store::TaskRow& row : rows) {
    row.state = "deleting";
    row.first_offset = 77;
    ASSERT_TRUE(store_->update_task(row));
  }
  ASSERT_TRUE(files_.rename(folder_->task_folder(renamed), folder_->trash() + "/" + renamed));
  reopen();
  EXPECT_TRUE(tasks_->list().empty());
  EXPECT_TRUE(store_->tasks()->empty());
  EXPECT_EQ((*store_->topic_end("marked"))->offset, 1234);
  EXPECT_EQ((*store_->topic_end("renamed"))->offset, 77);
  EXPECT_TRUE(files_.list(folder_->trash())->empty());
  EXPECT_TRUE(files_.list(folder_->tasks())->empty());
}

TEST_F(TasksTest, AFolderWithoutARowIsSweptAway) {
  ASSERT_TRUE(io::make_folders(files_, folder_->task_folder("halfmade") + "/dts-avro"));
  reopen();
  EXPECT_TRUE(files_.list(folder_->tasks())->empty());
}

TEST_F(TasksTest, ACreationThatFailsLeavesNothing) {
  refuse_log_ = true;
  EXPECT_FALSE(tasks_->create("shop", spec(), true));
  EXPECT_TRUE(store_->tasks()->empty());
  EXPECT_TRUE(files_.list(folder_->tasks())->empty());
  refuse_log_ = false;
  EXPECT_EQ(tasks_->find(create("shop"))->record.topic, "shop");
}

TEST_F(TasksTest, ACheckKnowsTheServerIdsOfTheOtherTasks) {
  const std::string first = create("a");
  wait_for(first, State::kStarting);
  const std::string second = create("b");
  wait_for(second, State::kStarting);
  EXPECT_EQ(checked_server_ids_, std::vector<uint32_t>{tasks_->find(first)->record.server_id});
}

TEST_F(TasksTest, ACheckIsOfEveryAddress) {
  TaskSpec two = spec();
  two.sources.push_back(two.sources[0]);
  two.sources[1].host = "db2";
  const auto made = tasks_->create("two", two, false);
  ASSERT_TRUE(made);
  wait_for(made->record.id, State::kReady);
  EXPECT_EQ(checked_addresses_, 2U);
  EXPECT_EQ(checked_place_, "") << "nothing was read yet";
}

TEST_F(TasksTest, ACheckOfARunningTaskLeavesItsStateAlone) {
  const std::string id = running("shop");
  level_ = PrecheckLevel::kFail;
  ASSERT_TRUE(tasks_->check(id));
  while (tasks_->find(id)->precheck.running) std::this_thread::yield();
  EXPECT_EQ(tasks_->find(id)->state, State::kRunning);
  EXPECT_NE(tasks_->find(id)->precheck.report.find("row_image"), std::string::npos);
}

TEST_F(TasksTest, NothingBeginsOnceTheServiceStops) {
  const std::string id = running("shop");
  tasks_->stop();
  EXPECT_EQ(tasks_->pause(id).error().code, Errc::kCancelled);
  EXPECT_EQ(tasks_->create("x", spec(), true).error().code, Errc::kCancelled);
  EXPECT_TRUE(store_->tasks()->at(0).run);
}

TEST_F(TasksTest, AllIsReadInTheBackgroundAndWhatIsDamagedIsKept) {
  const std::string id = running("shop");
  const auto verified = [&] {
    EXPECT_TRUE(tasks_->verify(id));
    for (int i = 0; i < 10'000 && tasks_->find(id)->verify.running; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return tasks_->find(id)->verify;
  };
  VerifyView verify = verified();
  ASSERT_TRUE(verify.report);
  EXPECT_TRUE(verify.report->damage.empty());
  EXPECT_EQ(verify.finished_ms, 1000);
  trackers_.at(id)->damage({"/data/x.log", 42, "CRC-32C"});
  verify = verified();
  ASSERT_EQ(verify.report->damage.size(), 1U);
  EXPECT_EQ(verify.report->damage[0].position, 42U);
  EXPECT_EQ(tasks_->find(id)->state, State::kRunning) << "new records do not depend on it";
}

TEST_F(TasksTest, ATaskIsNotRepairedWhileItRunsNorWhenNothingIsDamaged) {
  const std::string id = running("shop");
  const auto refused = tasks_->repair(id, false, "");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("pause it first"), std::string::npos);
  EXPECT_FALSE(tasks_->plan_repair(id, false));
  ASSERT_TRUE(tasks_->pause(id));
  const auto whole = tasks_->repair(id, false, "");
  ASSERT_FALSE(whole);
  EXPECT_EQ(whole.error().code, Errc::kRefused);
  EXPECT_NE(whole.error().what.find("nothing"), std::string::npos) << whole.error().what;
  EXPECT_FALSE(made_.at(id).log_order.repair);
  ASSERT_NE(tasks_->find(id)->log, nullptr) << "and it is open again";
  ASSERT_TRUE(tasks_->start(id, {}));
}

TEST_F(TasksTest, ALogIsToldHowFarGroupsHaveRead) {
  const std::string id = running("shop");
  ASSERT_TRUE(store_->put_offsets({{.group_id = "g",
                                    .topic_id = made_.at(id).topic_id,
                                    .partition = 0,
                                    .offset = 77,
                                    .leader_epoch = 0,
                                    .metadata = "",
                                    .commit_time_ms = 1}}));
  reopen();
  EXPECT_EQ(made_.at(id).log_order.known_end, 77);
  EXPECT_FALSE(made_.at(id).log_order.restored);
}

}  // namespace
}  // namespace millrace::task
