// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "cmd/millrace/task_create.h"
#include "task/spec.h"

namespace millrace::cmd {
namespace {

TaskCreateWords words() {
  TaskCreateWords words;
  words.name = "shop";
  words.sources = {"mysql://tracker@db1:3307?tls=required", "mysql://other:own@db2"};
  words.objects = {"shop", "crm.users"};
  return words;
}

// What the service makes of the request, without what is not of the spec.
Result<task::TaskSpec> spec_of(const json::Value& request) {
  json::Value spec = json::object();
  for (const json::Member& member : *request.object()) {
    if (member.name != "name" && member.name != "start") spec.set(member.name, member.value);
  }
  return task::spec_from_request(spec);
}

TEST(TaskRequest, IsWhatTheServiceTakes) {
  TaskCreateWords all = words();
  all.retention = "48h";
  all.retention_bytes = "10GiB";
  all.data_types = {"data"};
  all.online_ddl = "raw";
  all.labels = {"team=a=b"};
  all.tls_ca = "/ca.pem";
  all.no_start = true;
  const Result<json::Value> request = task_request(all, "secret");
  ASSERT_TRUE(request) << request.error().what;
  EXPECT_EQ(*request->find("start")->boolean(), false);
  const Result<task::TaskSpec> spec = spec_of(*request);
  ASSERT_TRUE(spec) << spec.error().what;
  EXPECT_EQ(spec->sources[0].password, "secret");
  EXPECT_EQ(spec->sources[0].tls, mysql::TlsMode::kRequired);
  EXPECT_EQ(spec->sources[0].tls_ca, "/ca.pem");
  EXPECT_EQ(spec->sources[1].password, "own");
  EXPECT_EQ(spec->retention_ms, 172'800'000);
  EXPECT_EQ(spec->retention_bytes, int64_t{10} << 30);
  EXPECT_TRUE(spec->selection.data);
  EXPECT_FALSE(spec->selection.schema);
  EXPECT_EQ(spec->online_ddl, task::OnlineDdl::kRaw);
  EXPECT_EQ(spec->labels[0].second, "a=b");
}

TEST(TaskRequest, KnowsWhetherAPasswordIsMissing) {
  EXPECT_TRUE(*needs_password(words()));
  TaskCreateWords whole = words();
  whole.sources = {"mysql://u:p@h"};
  EXPECT_FALSE(*needs_password(whole));
  whole.sources = {"http://x"};
  EXPECT_EQ(needs_password(whole).error().code, Errc::kInvalid);
}

TEST(TaskRequest, WrongWordsAreToldBeforeAnythingIsSent) {
  TaskCreateWords wrong = words();
  wrong.retention = "a day";
  EXPECT_EQ(task_request(wrong, "").error().code, Errc::kInvalid);
  wrong = words();
  wrong.labels = {"team"};
  EXPECT_EQ(task_request(wrong, "").error().code, Errc::kInvalid);
  wrong = words();
  wrong.retention_bytes = "much";
  EXPECT_EQ(task_request(wrong, "").error().code, Errc::kInvalid);
}

}  // namespace
}  // namespace millrace::cmd
