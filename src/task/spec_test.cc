// SPDX-License-Identifier: Apache-2.0
#include "task/spec.h"

#include <gtest/gtest.h>

#include "io/clock.h"
#include "io/sim_files.h"

namespace millrace::task {
namespace {

json::Value request() {
  return json::object()
      .set("sources", json::Array{json::object()
                                      .set("host", "db1")
                                      .set("port", 3307)
                                      .set("user", "tracker")
                                      .set("password", "hunter2")
                                      .set("tls", "verify-ca")
                                      .set("tls_ca", "/ca.pem"),
                                  "mysql://tracker@db2:3306"})
      .set("objects", json::Array{"shop", "crm.users", "`odd.db`.`t``x`"})
      .set("labels", json::object().set("team", "a"));
}

store::Secrets secrets() {
  io::SimClock clock;
  io::SimFiles files(clock);
  return std::move(*store::Secrets::open(files, "secret.key", true));
}

TEST(TaskSpec, TakesARequestWithDefaults) {
  const Result<TaskSpec> spec = spec_from_request(request());
  ASSERT_TRUE(spec) << spec.error().what;
  ASSERT_EQ(spec->sources.size(), 2U);
  EXPECT_EQ(spec->sources[0].port, 3307);
  EXPECT_EQ(spec->sources[0].password, "hunter2");
  EXPECT_EQ(spec->sources[0].tls, mysql::TlsMode::kVerifyCa);
  EXPECT_EQ(spec->sources[1].host, "db2");
  EXPECT_EQ(spec->selection.objects[2], (capture::ObjectName{"odd.db", "t`x"}));
  EXPECT_TRUE(spec->selection.data && spec->selection.schema);
  EXPECT_TRUE(spec->selection.schema_of_instance);
  EXPECT_EQ(spec->retention_ms, 86'400'000);
  EXPECT_EQ(spec->format, "dts-avro");
}

TEST(TaskSpec, TheStoredFormComesBackAndHoldsNoPassword) {
  const TaskSpec spec = *spec_from_request(request());
  const store::Secrets key = secrets();
  const std::string text = spec_for_store(spec, key);
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  const Result<TaskSpec> back = spec_from_store(text, key);
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(back->sources[0].password, "hunter2");
  EXPECT_EQ(json::write(spec_for_people(*back)), json::write(spec_for_people(spec)));
  EXPECT_EQ(spec_from_store(text, secrets()).error().code, Errc::kDenied);
}

TEST(TaskSpec, PeopleSeeThatThereIsAPasswordAndNotWhich) {
  const std::string text = json::write(spec_for_people(*spec_from_request(request())));
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  EXPECT_NE(text.find(R"("password_set":true)"), std::string::npos);
}

struct Wrong {
  const char* member;
  json::Value value;
  const char* says;
};

TEST(TaskSpec, EveryWrongMemberIsNamedWithWhatWouldDo) {
  const Wrong cases[] = {
      {"sources", json::array(), "1 to 16 sources"},
      {"sources", json::Array{json::object().set("host", "h")}, "user"},
      {"sources", json::Array{json::object().set("host", "h").set("user", "u").set("port", 0)},
       "port 0"},
      {"sources", json::Array{json::object().set("host", "h").set("user", "u").set("tls", "on")},
       "verify-identity"},
      {"objects", json::array(), "--object DB"},
      {"objects", json::Array{"mysql"}, "mysql"},
      {"objects", json::Array{"a.b.c"}, "a.b.c"},
      {"data_types", json::array(), "data_types"},
      {"data_types", json::Array{"rows"}, "rows"},
      {"schema_scope", "all", "selected"},
      {"from", "yesterday", "latest"},
      {"topic", "a/b c", "a-b-c"},
      {"format", "xml", "dts-avro"},
      {"compression", "bzip2", "zstd"},
      {"retention_ms", 5, "24h"},
      {"retention_bytes", 5, "10GiB"},
      {"online_ddl", "skip", "fold"},
      {"partial_rows", "skip", "emit"},
      {"labels", json::object().set("a", 1), "\"a\""},
      {"tpyo", 1, "tpyo"},
  };
  for (const Wrong& wrong : cases) {
    json::Value value = request();
    value.set(wrong.member, wrong.value);
    const Result<TaskSpec> spec = spec_from_request(value);
    ASSERT_FALSE(spec) << wrong.member;
    EXPECT_EQ(spec.error().code, Errc::kInvalid);
    EXPECT_NE(spec.error().what.find(wrong.says), std::string::npos) << spec.error().what;
    EXPECT_EQ(spec.error().what.find("hunter2"), std::string::npos);
  }
}

}  // namespace
}  // namespace millrace::task
