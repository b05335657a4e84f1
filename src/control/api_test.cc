// SPDX-License-Identifier: Apache-2.0
// The API as a client sees it, on real tasks with fake trackers.
#include "control/api.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <set>
#include <thread>

#include "control/alarms.h"
#include "control/openapi.h"
#include "io/real_files.h"
#include "store/test_folder.h"
#include "task/fake_tracker.h"

namespace millrace::control {
namespace {

class FakeKafka final : public kafka::GroupViewer, public kafka::GroupCommands {
 public:
  std::vector<kafka::GroupView> groups() const override { return groups_; }
  std::optional<kafka::GroupView> group(const std::string& id) const override {
    for (const kafka::GroupView& group : groups_) {
      if (group.id == id) return group;
    }
    return std::nullopt;
  }
  std::vector<kafka::ConnectionView> connections() const override { return connections_; }
  kafka::EndpointCounts counts() const override { return {.connections = 3}; }
  Status delete_group(const std::string& group, bool) override {
    deleted_ = group;
    return Done{};
  }
  Status reset_offset(const std::string&, const std::string&, int64_t offset,
                      const std::string&) override {
    reset_to_ = offset;
    return Done{};
  }
  Status clear_offset(const std::string&, const std::string&) override { return Done{}; }
  Status forget_topic(const std::string&) override { return Done{}; }
  void disconnect(const std::string& principal) override { disconnected_.push_back(principal); }
  void disconnect_group(const std::string& group) override { cut_ = group; }

  std::vector<kafka::GroupView> groups_;
  std::vector<kafka::ConnectionView> connections_;
  std::vector<std::string> disconnected_;
  std::string deleted_, cut_;
  int64_t reset_to_ = -1;
};

class ApiTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::make_unique<store::DataFolder>(
        std::move(*store::DataFolder::open(files_, disk_.file("data"))));
    secrets_ = std::make_unique<store::Secrets>(
        std::move(*store::Secrets::open(files_, folder_->file("secret.key"), true)));
    store_ = std::move(*store::Store::open(folder_->file("control.db")));
    groups_ = std::move(*store::Groups::open(*store_, 20));
    users_ = std::move(*store::Users::open(*store_));
    task::TasksOptions options;
    options.make_tracker =
        [this](const task::TaskRecord& record, const std::string& folder,
               task::TrackerChanged changed) -> Result<std::unique_ptr<task::Tracker>> {
      TRY(io::make_folders(files_, folder));
      auto tracker = std::make_unique<task::FakeTracker>(std::move(changed), starts_);
      trackers_[record.id] = tracker.get();
      return std::unique_ptr<task::Tracker>(std::move(tracker));
    };
    options.run_precheck = [](const task::PrecheckInput&, const auto&) {
      task::PrecheckReport report;
      report.items.push_back({.id = "connectivity",
                              .title = "Connection",
                              .level = {},
                              .evidence = "",
                              .why = "",
                              .fix = "",
                              .can_waive = false});
      return report;
    };
    options.now_ms = [this] { return now_ms_; };
    tasks_ = std::move(*task::Tasks::open(*store_, *secrets_, *folder_, std::move(options)));
    sessions_ = std::move(*Sessions::open(files_, folder_->file("sessions.json")));
    const Authenticate authenticate = [](std::string_view token) {
      return token == "right" ? std::string("admin") : std::string();
    };
    context_ = std::make_unique<ApiContext>(
        ApiContext{.tasks = *tasks_,
                   .store = *store_,
                   .groups = *groups_,
                   .users = *users_,
                   .viewer = kafka_,
                   .commands = kafka_,
                   .sessions = *sessions_,
                   .ticker = ticker_,
                   .authenticate = authenticate,
                   .now_ms = [this] { return now_ms_; },
                   .version = "1.2.3",
                   .listeners = {{"default", "127.0.0.1:9092", "SASL_PLAINTEXT"}}});
    router_ = std::make_unique<Router>(authenticate);
    add_routes(*router_, *context_);
  }

  HttpResponse call(const std::string& method, const std::string& target,
                    const std::string& body = "") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.authorization = "Bearer right";
    request.body = body;
    return router_->handle(request);
  }
  json::Value get(const std::string& target) { return *json::parse(call("GET", target).body); }
  std::string create(const std::string& name, const std::string& more = "") {
    const HttpResponse made = call(
        "POST", "/api/v1/tasks",
        R"({"name":")" + name +
            R"(","sources":[{"host":"db1","user":"tracker","password":"hunter2"}],"objects":["shop"])" +
            more + "}");
    EXPECT_EQ(made.status, 202) << made.body;
    EXPECT_EQ(made.body.find("hunter2"), std::string::npos);
    const std::string id = *json::parse(made.body)->find("id")->text();
    // The check ends on a thread of its own.
    for (std::string now = state(id); now == "checking" || now == "ready"; now = state(id))
      std::this_thread::yield();
    return id;
  }
  std::string state(const std::string& id) {
    return *get("/api/v1/tasks/" + id).find("state")->text();
  }
  std::string create_group(const std::string& task) {
    const HttpResponse made =
        call("POST", "/api/v1/groups",
             R"({"task":")" + task + R"(","account":"cache","password":"Secret-123"})");
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.body.find("Secret-123"), std::string::npos);
    return *json::parse(made.body)->find("id")->text();
  }

  store::TestFolder disk_;
  io::RealFiles files_;
  int64_t now_ms_ = 1'700'000'000'000;
  std::atomic<int> starts_ = 0;
  std::map<std::string, task::FakeTracker*> trackers_;
  FakeKafka kafka_;
  Ticker ticker_;
  std::unique_ptr<Sessions> sessions_;
  std::unique_ptr<store::DataFolder> folder_;
  std::unique_ptr<store::Secrets> secrets_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Groups> groups_;
  std::unique_ptr<store::Users> users_;
  std::unique_ptr<task::Tasks> tasks_;
  std::unique_ptr<ApiContext> context_;
  std::unique_ptr<Router> router_;
};

TEST_F(ApiTest, ATaskLivesThroughTheApi) {
  const std::string id = create("shop");
  EXPECT_EQ(state(id), "starting");
  trackers_.at(id)->say(task::Phase::kRunning);
  EXPECT_EQ(*get("/api/v1/tasks/shop").find("state")->text(), "running");
  EXPECT_EQ(get("/api/v1/tasks").find("tasks")->array()->size(), 1U);
  EXPECT_EQ(call("POST", "/api/v1/tasks/shop/pause").status, 200);
  EXPECT_EQ(state(id), "paused");
  EXPECT_EQ(call("POST", "/api/v1/tasks/shop/start", R"({"skip_checks":["row_image"]})").status,
            202);
  EXPECT_EQ(call("DELETE", "/api/v1/tasks/shop").status, 200);
  EXPECT_EQ(call("GET", "/api/v1/tasks/shop").status, 404);
  const std::vector<store::AuditRow> trail = *store_->audit_trail(10);
  ASSERT_EQ(trail.size(), 4U);
  EXPECT_EQ(trail[0].what, "task delete");
  EXPECT_EQ(trail[0].who, "admin");
  for (const store::AuditRow& row : trail) {
    EXPECT_EQ(row.detail.find("hunter2"), std::string::npos);
  }
}

TEST_F(ApiTest, AStartElsewhereIsAcceptedOrRefusedWithTheReason) {
  const std::string id = create("shop");
  EXPECT_EQ(call("POST", "/api/v1/tasks/shop/pause").status, 200);
  const auto start = [&](const std::string& body) {
    return call("POST", "/api/v1/tasks/shop/start", body);
  };
  for (const char* body :
       {R"({"from":"latest","binlog_dir":"/b"})", R"({"from":"yesterday"})", R"({"accept_gap":1})",
        R"({"binlog_dir":"b"})", R"({"schema":"CREATE TABLE d.t (a"})", R"({"accept":true})"})
    EXPECT_EQ(start(body).status, 400) << body;
  for (const char* body :
       {R"({"accept_gap":true})", R"({"accept_server":true})", R"({"binlog_dir":"/b"})"})
    EXPECT_EQ(start(body).status, 409) << body << ": nothing was read";
  trackers_.at(id)->stand_at({"bin.000001", 4711, ""});
  const HttpResponse refused = start(R"({"from":"latest"})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.body.find("bin.000001:4711"), std::string::npos);
  EXPECT_EQ(start(R"({"from":"latest","accept_gap":true,"reason":"lost"})").status, 202);
  EXPECT_TRUE(trackers_.at(id)->order().accept_gap);
  EXPECT_EQ(trackers_.at(id)->order().reason, "lost");
  const store::AuditRow last = store_->audit_trail(1)->front();
  EXPECT_EQ(last.detail, "from latest; a gap is accepted; reason: lost");
}

TEST_F(ApiTest, AWrongRequestSaysWhatIsWrong) {
  const auto detail = [&](const std::string& body) {
    const HttpResponse response = call("POST", "/api/v1/tasks", body);
    EXPECT_EQ(response.status, 400) << body;
    return *json::parse(response.body)->find("detail")->text();
  };
  EXPECT_NE(detail("{").find("JSON"), std::string::npos);
  EXPECT_NE(detail("[]").find("object"), std::string::npos);
  EXPECT_NE(detail(R"({"name":"x"})").find("source"), std::string::npos);
  EXPECT_NE(detail(R"({"name":"x","tpyo":1})").find("tpyo"), std::string::npos);
  EXPECT_NE(detail(R"({"sources":["mysql://u@h"],"objects":["a"]})").find("name"),
            std::string::npos);
  create("shop");
  EXPECT_EQ(call("POST", "/api/v1/tasks",
                 R"({"name":"y","topic":"shop","sources":["mysql://u@h"],"objects":["a"]})")
                .status,
            409);
}

TEST_F(ApiTest, AGroupLivesThroughTheApi) {
  const std::string task = create("shop");
  const std::string id = create_group("shop");
  EXPECT_TRUE(groups_->authenticate("cache-" + id, "Secret-123"));
  EXPECT_EQ(get("/api/v1/groups?task=shop").find("groups")->array()->size(), 1U);
  const json::Value shown = get("/api/v1/groups/" + id);
  EXPECT_EQ(*shown.find("user")->text(), "cache-" + id);
  EXPECT_TRUE(shown.find("position")->is_null());
  EXPECT_TRUE(shown.find("lag")->is_null());
  EXPECT_EQ(call("PUT", "/api/v1/groups/" + id + "/password", R"({"password":"Another-1"})").status,
            200);
  EXPECT_EQ(kafka_.cut_, id);
  EXPECT_FALSE(groups_->authenticate("cache-" + id, "Secret-123"));
  kafka_.cut_.clear();
  EXPECT_EQ(call("DELETE", "/api/v1/groups/" + id).status, 200);
  EXPECT_EQ(kafka_.cut_, id);
  EXPECT_EQ(kafka_.deleted_, id);
  EXPECT_EQ(call("GET", "/api/v1/groups/" + id).status, 404);
  EXPECT_EQ(call("POST", "/api/v1/groups", R"({"task":"nobody","account":"a"})").status, 404);
}

TEST_F(ApiTest, AResetSaysWhatItDoesAndWaitsForClientsToGo) {
  create("shop");
  const std::string id = create_group("shop");
  kafka::GroupView group;
  group.id = id;
  group.offsets.push_back({.topic = "shop",
                           .partition = 0,
                           .offset = 1000,
                           .leader_epoch = 0,
                           .metadata = "",
                           .commit_time_ms = now_ms_});
  kafka_.groups_.push_back(group);
  const auto reset = [&](const std::string& body) {
    return call("POST", "/api/v1/groups/" + id + "/reset", body);
  };
  const json::Value back = *json::parse(reset(R"({"to":"400","preview":true})").body);
  EXPECT_EQ(*back.find("now")->integer(), 1000);
  EXPECT_EQ(*back.find("read_again")->integer(), 600);
  EXPECT_EQ(*back.find("skipped")->integer(), 0);
  const json::Value on =
      *json::parse(reset(R"({"to":"2100-01-01T00:00:00Z","preview":true})").body);
  EXPECT_EQ(*on.find("offset")->integer(), 1234);
  EXPECT_EQ(*on.find("skipped")->integer(), 234);
  EXPECT_TRUE(*on.find("past_end")->boolean());
  EXPECT_EQ(kafka_.reset_to_, -1);  // these were previews
  EXPECT_EQ(reset(R"({"to":"5000"})").status, 404);
  EXPECT_EQ(reset("{}").status, 400);
  kafka::ConnectionView client;
  client.group_id = id;
  client.peer = "10.0.0.12:5";
  kafka_.connections_.push_back(client);
  const HttpResponse refused = reset(R"({"to":"earliest"})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.body.find("10.0.0.12:5"), std::string::npos);
  EXPECT_EQ(kafka_.reset_to_, -1);
  kafka_.connections_.clear();
  EXPECT_EQ(reset(R"({"to":"earliest"})").status, 200);
  EXPECT_EQ(kafka_.reset_to_, 0);
  EXPECT_EQ((*store_->audit_trail(1))[0].what, "group reset");
}

TEST_F(ApiTest, ReadinessTellsTheTruth) {
  EXPECT_EQ(call("GET", "/readyz").status, 200);
  const std::string id = create("shop");
  EXPECT_EQ(call("GET", "/readyz").status, 200);  // starting
  trackers_.at(id)->say(task::Phase::kRunning);
  trackers_.at(id)->say(task::Phase::kRetrying, "away");
  now_ms_ += 59'000;
  EXPECT_EQ(call("GET", "/readyz").status, 200);
  now_ms_ += 1'000;
  EXPECT_EQ(call("GET", "/readyz").status, 503);
  EXPECT_NE(call("GET", "/readyz").body.find(id), std::string::npos);
  trackers_.at(id)->say(task::Phase::kRunning);
  EXPECT_EQ(call("GET", "/readyz").status, 200);
  trackers_.at(id)->say(task::Phase::kFailed, "purged");
  EXPECT_EQ(call("GET", "/readyz").status, 503);
  call("POST", "/api/v1/tasks/shop/pause");
  EXPECT_EQ(call("GET", "/readyz").status, 200);
}

TEST_F(ApiTest, MetricsNameTasksAndNoAccount) {
  const std::string id = create("sh\\\"op");
  create_group(id);
  const std::string text = call("GET", "/metrics").body;
  EXPECT_NE(text.find("millrace_task_state{task=\"" + id + "\""), std::string::npos) << text;
  EXPECT_NE(text.find("state=\"starting\"} 1"), std::string::npos);
  EXPECT_NE(text.find("millrace_kafka_connections 3"), std::string::npos);
  EXPECT_EQ(text.find("cache"), std::string::npos);
  EXPECT_EQ(text.find("tracking_delay_seconds{"), std::string::npos);  // nothing was read yet
}

TEST_F(ApiTest, TheOpenApiDocumentHasEveryRouteAndAllThatItRefersTo) {
  const json::Value document = get("/api/v1/openapi.json");
  const json::Value* schemas = document.find("components")->find("schemas");
  std::set<std::string> operations;
  for (const Route& route : router_->routes()) {
    const json::Value* path = document.find("paths")->find(route.path);
    ASSERT_NE(path, nullptr) << route.path;
    std::string method = route.method;
    for (char& c : method) c = static_cast<char>(c + 32);
    const json::Value* operation = path->find(method);
    ASSERT_NE(operation, nullptr) << route.method << " " << route.path;
    EXPECT_EQ(operation->find("security") != nullptr, route.access == Access::kOpen);
    EXPECT_TRUE(operations.insert(*operation->find("operationId")->text()).second);
    for (const std::string& name : {route.request, route.response}) {
      if (name.empty()) continue;
      EXPECT_NE(schemas->find(name), nullptr) << name;
    }
  }
  const std::string text = json::write(document);
  constexpr std::string_view kRef = "#/components/schemas/";
  for (size_t at = text.find(kRef); at != std::string::npos; at = text.find(kRef, at + 1)) {
    const size_t begin = at + kRef.size();
    EXPECT_NE(schemas->find(text.substr(begin, text.find('"', begin) - begin)), nullptr);
  }
}

// The console's types are made from the copy, before there is a program to ask.
TEST_F(ApiTest, TheConsoleHasThisOpenApiDocument) {
  const std::string path = std::string(MILLRACE_CORPUS) + "/../../console/openapi.json";
  const std::string text = json::write(openapi_document(router_->routes(), "console"), 1) + "\n";
  if (std::getenv("MILLRACE_UPDATE") != nullptr) {
    ASSERT_TRUE(io::replace_file(files_, path, as_bytes(text)));
  }
  EXPECT_TRUE(*io::read_file(files_, path, 1 << 20) == text)
      << "MILLRACE_UPDATE=1 build/dev/control_test --gtest_filter=ApiTest.* writes it";
}

TEST_F(ApiTest, AWriteInASessionNeedsItsCsrfToken) {
  create("shop");
  HttpRequest request;
  request.method = "POST";
  request.target = "/api/v1/login";
  for (const char* wrong : {R"({"token":"wrong"})", R"({"link":"wrong"})"}) {
    request.body = wrong;
    EXPECT_EQ(router_->handle(request).status, 401) << wrong;
  }
  request.body = R"({"token":"right","link":"both"})";
  EXPECT_EQ(router_->handle(request).status, 400);
  request.body = R"({"link":")" + sessions_->make_link(now_ms_) + R"("})";
  const HttpResponse in = router_->handle(request);
  ASSERT_EQ(in.status, 200) << in.body;
  EXPECT_EQ(router_->handle(request).status, 401);  // once
  ASSERT_EQ(in.headers.size(), 1U);
  EXPECT_EQ(in.headers[0].first, "Set-Cookie");
  const std::string cookie = in.headers[0].second;
  EXPECT_NE(cookie.find("; HttpOnly; SameSite=Strict"), std::string::npos);

  request = {};
  request.method = "GET";
  request.target = "/api/v1/session";
  EXPECT_EQ(router_->handle(request).status, 401);
  request.cookie = "other=1; " + cookie.substr(0, cookie.find(';'));
  const HttpResponse session = router_->handle(request);
  EXPECT_EQ(session.body, in.body);
  request.method = "POST";
  request.target = "/api/v1/tasks/shop/pause";
  EXPECT_EQ(router_->handle(request).status, 403);
  request.csrf = *json::parse(session.body)->find("csrf")->text();
  EXPECT_EQ(router_->handle(request).status, 200);
  EXPECT_EQ((*store_->audit_trail(1))[0].who, "admin");
  request.method = "DELETE";
  request.target = "/api/v1/session";
  EXPECT_EQ(router_->handle(request).status, 200);
  EXPECT_EQ(router_->handle(request).status, 401);
}

TEST_F(ApiTest, TheEventStreamTellsAllTasksThenWhatChanges) {
  const std::string id = create("shop");
  const HttpResponse response = call("GET", "/api/v1/events");
  EXPECT_EQ(response.content_type, "text/event-stream");
  std::string out;
  EXPECT_EQ(response.stream->next(out), BodyStream::Next::kWait);
  EXPECT_NE(out.find("event: tasks\ndata: {\"tasks\":[{\"id\":\"" + id), std::string::npos) << out;
  const auto next = [&](const std::string& wanted) {
    std::atomic<bool> woken = false;
    response.stream->on_ready([&woken] { woken = true; });
    out.clear();
    for (int i = 0; i < 100 && out.find(wanted) == std::string::npos; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      response.stream->next(out);
    }
    EXPECT_NE(out.find(wanted), std::string::npos) << out;
  };
  out.clear();
  EXPECT_EQ(response.stream->next(out), BodyStream::Next::kWait);
  EXPECT_EQ(out, "");  // not before a second is over
  trackers_.at(id)->say(task::Phase::kRunning);
  next("event: task\ndata: {\"id\":\"" + id);
  call("DELETE", "/api/v1/tasks/shop");
  next("event: gone\ndata: {\"id\":\"" + id);
}

TEST_F(ApiTest, TheAuditTrailIsShown) {
  create("shop");
  const json::Value trail = get("/api/v1/audit?limit=5");
  const json::Array& entries = *trail.find("entries")->array();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(*entries[0].find("what")->text(), "task create");
  EXPECT_EQ(call("GET", "/api/v1/audit?limit=0").status, 400);
}

TEST_F(ApiTest, ASourceThatIsNotThereSaysWhyAndWhatToDo) {
  const HttpResponse tested =
      call("POST", "/api/v1/sources/test", R"({"source":"mysql://u:hunter2@127.0.0.1:1"})");
  EXPECT_EQ(tested.status, 200) << tested.body;
  const json::Value report = *json::parse(tested.body);
  EXPECT_FALSE(*report.find("connected")->boolean());
  EXPECT_EQ(tested.body.find("hunter2"), std::string::npos);
  EXPECT_EQ(call("POST", "/api/v1/sources/test", "{}").status, 400);
  EXPECT_EQ(call("POST", "/api/v1/sources/objects", R"({"source":"mysql://u@127.0.0.1:1"})").status,
            503);
}

TEST_F(ApiTest, OnlyWhatIsMeantToBeOpenIsOpen) {
  std::set<std::string> open;
  for (const Route& route : router_->routes()) {
    if (route.access == Access::kOpen) open.insert(route.path);
  }
  EXPECT_EQ(open, (std::set<std::string>{"/healthz", "/readyz", "/metrics", "/api/v1/login",
                                         "/api/v1/openapi.json", "/api/v1/formats/{format}"}));
}

TEST_F(ApiTest, AGroupsNetworksAreCheckedAndCutWhoIsConnected) {
  create("shop");
  const std::string id = create_group("shop");
  EXPECT_EQ(
      call("PUT", "/api/v1/groups/" + id + "/networks", R"({"networks":["10.0.0.0/8"]})").status,
      200);
  EXPECT_EQ(kafka_.cut_, id);
  EXPECT_EQ(get("/api/v1/groups/" + id).find("networks")->array()->size(), 1U);
  EXPECT_EQ(call("PUT", "/api/v1/groups/" + id + "/networks", R"({"networks":["10/8"]})").status,
            400);
}

TEST_F(ApiTest, ATaskNamesOnlyListenersThatThereAre) {
  create("shop", R"(,"listeners":["default"])");
  const HttpResponse refused = call(
      "POST", "/api/v1/tasks",
      R"({"name":"x","sources":[{"host":"db1","user":"u","password":"p"}],"objects":["x"],"listeners":["none"]})");
  EXPECT_EQ(refused.status, 400) << refused.body;
  EXPECT_NE(refused.body.find("there are default"), std::string::npos) << refused.body;
}

TEST_F(ApiTest, UsersAreMadeAndShownWithoutTheirPassword) {
  const HttpResponse made = call("POST", "/api/v1/users",
                                 R"({"name":"alex","role":"viewer","password":"Str0ng enough"})");
  EXPECT_EQ(made.status, 201) << made.body;
  const std::string all = call("GET", "/api/v1/users").body;
  EXPECT_NE(all.find("\"alex\""), std::string::npos) << all;
  EXPECT_EQ(all.find("argon2"), std::string::npos) << all;
  EXPECT_TRUE(users_->authenticate("alex", "Str0ng enough"));
  EXPECT_EQ(call("PUT", "/api/v1/users/alex/password", R"({"password":"another one"})").status,
            200);
  EXPECT_EQ(kafka_.disconnected_, std::vector<std::string>{"alex"});
  EXPECT_TRUE(users_->authenticate("alex", "another one"));
  EXPECT_EQ(call("DELETE", "/api/v1/users/alex").status, 200);
  EXPECT_EQ(kafka_.disconnected_.size(), 2U);
  EXPECT_EQ(call("DELETE", "/api/v1/users/alex").status, 404);
  EXPECT_EQ(call("POST", "/api/v1/users", R"({"name":"alex","password":"short"})").status, 400);
}

TEST_F(ApiTest, TheSchemaOfAFormatIsServed) {
  const HttpResponse schema = call("GET", "/api/v1/formats/dts-avro");
  EXPECT_EQ(schema.status, 200);
  EXPECT_TRUE(json::parse(schema.body));
  EXPECT_EQ(call("GET", "/api/v1/formats/xml").status, 404);
}

TEST_F(ApiTest, RecordsAreAskedForWithWordsThatItKnows) {
  create("shop");
  EXPECT_EQ(call("GET", "/api/v1/tasks/shop/records?from=latest").status, 200);
  for (const char* query : {"from=x", "follow=yes", "limit=0", "limit=x", "format=xml"}) {
    EXPECT_EQ(call("GET", std::string("/api/v1/tasks/shop/records?") + query).status, 400) << query;
  }
  for (const char* query : {"from=x", "to=x", "order=up", "kinds=INSERT,X", "limit=0"}) {
    EXPECT_EQ(call("GET", std::string("/api/v1/tasks/shop/records/search?") + query).status, 400)
        << query;
  }
}

TEST_F(ApiTest, AnAlarmHoldsAsLongAsItsReason) {
  const std::string id = create("shop");
  const auto alarms = [&] {
    std::string kinds;
    const json::Value task = get("/api/v1/tasks/shop");
    for (const json::Value& alarm : *task.find("alarms")->array()) {
      kinds += *alarm.find("alarm")->text() + " ";
    }
    return kinds;
  };
  EXPECT_EQ(alarms(), "");
  trackers_.at(id)->change([](task::TrackerStatus& status) {
    status.waits_for_disk = true;
    status.retention_suspended = true;
  });
  EXPECT_EQ(alarms(), "disk clock ");
  const std::string metrics = call("GET", "/metrics").body;
  EXPECT_NE(metrics.find("alarm=\"disk\"} 1"), std::string::npos);
  EXPECT_NE(metrics.find("alarm=\"clock\"} 1"), std::string::npos);
  EXPECT_NE(metrics.find("alarm=\"damage\"} 0"), std::string::npos);
  trackers_.at(id)->change([](task::TrackerStatus& status) {
    status.waits_for_disk = status.retention_suspended = false;
  });
  EXPECT_EQ(alarms(), "");
}

TEST_F(ApiTest, DamageIsToldByVerifyAndIsAnAlarm) {
  const std::string id = create("shop");
  trackers_.at(id)->damage({"/data/x.log", 42, "CRC-32C 1, the batch says 2"});
  EXPECT_TRUE(get("/api/v1/tasks/shop/verify").find("report")->is_null());
  EXPECT_EQ(call("POST", "/api/v1/tasks/shop/verify").status, 202);
  const auto verify = [&] { return get("/api/v1/tasks/shop/verify"); };
  while (*verify().find("running")->boolean()) std::this_thread::yield();
  const json::Value* report = nullptr;
  const json::Value now = verify();
  report = now.find("report");
  EXPECT_EQ(*report->find("damaged")->integer(), 1);
  EXPECT_EQ(*report->find("damage")->array()->at(0).find("position")->integer(), 42);
  const json::Value task = get("/api/v1/tasks/shop");
  EXPECT_EQ(*task.find("alarms")->array()->at(0).find("alarm")->text(), "damage");
  EXPECT_EQ(call("POST", "/api/v1/tasks/shop/repair", "{}").status, 409) << "it runs";
  EXPECT_EQ(call("POST", "/api/v1/tasks/shop/repair", R"({"what":1})").status, 400);
  EXPECT_EQ(call("POST", "/api/v1/backup", R"({"folder":"/x"})").status, 409) << "none here";
}

// The next record's segment was appended at 1000 s; what is unread of 4 KiB is 3 KiB.
class UnreadLog final : public storage::LogReader {
 public:
  storage::LogView view() const override {
    return {.start = {10}, .high_watermark = {100}, .leader_epoch = 0};
  }
  Result<storage::FileRange> read(storage::Offset, size_t, bool) const override {
    return storage::FileRange{};
  }
  Result<std::optional<storage::TimeMatch>> find_time(int64_t) const override {
    return std::optional<storage::TimeMatch>();
  }
  std::optional<std::pair<int32_t, storage::Offset>> epoch_end(int32_t) const override {
    return std::nullopt;
  }
  std::optional<storage::Unread> unread_from(storage::Offset from) const override {
    if (from.value >= 100) return std::nullopt;
    return storage::Unread{.appended_ms = 1'000'000, .bytes = 3 << 10};
  }
  uint64_t watch(std::function<void()>) override { return 1; }
  void unwatch(uint64_t) override {}
};

TEST(RetentionUse, IsOfTimeOrOfBytesWhicheverIsMore) {
  task::TaskView task;
  task.log = std::make_shared<UnreadLog>();
  task.record.spec.retention_ms = 100'000;
  const auto use = [&](int64_t committed, int64_t now_ms) {
    return retention_use(task, committed, now_ms);
  };
  EXPECT_FALSE(use(100, 9'000'000)) << "everything is read";
  EXPECT_DOUBLE_EQ(use(50, 1'050'000)->share, 0.5);
  EXPECT_EQ(use(50, 1'050'000)->removed_ms, 1'100'000);
  EXPECT_FALSE(use(50, 1'074'999)->is_near());
  EXPECT_TRUE(use(50, 1'075'000)->is_near());
  EXPECT_DOUBLE_EQ(use(50, 900'000)->share, 0) << "our clock went back";
  EXPECT_EQ(use(3, 1'000'000)->lost, 7);
  EXPECT_TRUE(use(3, 1'000'000)->is_near());
  task.record.spec.retention_bytes = 6 << 10;
  EXPECT_DOUBLE_EQ(use(50, 1'010'000)->share, 0.5);
  task.record.spec.retention_bytes = 4 << 10;
  EXPECT_TRUE(use(50, 1'010'000)->is_near());
  task.record.spec.retention_ms = -1;
  EXPECT_EQ(use(50, 1'010'000)->removed_ms, 0);
}

}  // namespace
}  // namespace millrace::control
