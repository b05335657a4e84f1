// SPDX-License-Identifier: Apache-2.0
#include "control/router.h"

#include <gtest/gtest.h>

#include "control/problem.h"

namespace millrace::control {
namespace {

class RouterTest : public testing::Test {
 protected:
  RouterTest()
      : router_([](std::string_view token) {
          return token == "right" ? std::string("admin") : std::string();
        }) {
    add("GET", "/healthz", Access::kOpen, "health");
    add("GET", "/api/v1/tasks", Access::kToken, "list");
    add("GET", "/api/v1/tasks/{task}", Access::kToken, "show");
    add("DELETE", "/api/v1/tasks/{task}", Access::kToken, "delete");
    add("GET", "/api/v1/formats/{format}", Access::kOpen, "format");
  }
  void add(const char* method, const char* path, Access access, const std::string& name) {
    router_.add({.method = method,
                 .path = path,
                 .access = access,
                 .summary = name,
                 .handler = [name](const Call& call) -> Result<HttpResponse> {
                   HttpResponse response;
                   response.body = name + " " + call.who();
                   if (name == "show") response.body += " " + call.parameter("task");
                   if (name == "delete") return Error{Errc::kRefused, "no"};
                   return response;
                 }});
  }
  HttpResponse call(const std::string& method, const std::string& target,
                    const std::string& authorization = "Bearer right") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.authorization = authorization;
    return router_.handle(request);
  }
  Router router_;
};

TEST_F(RouterTest, FindsARouteAndItsParameters) {
  EXPECT_EQ(call("GET", "/api/v1/tasks?x=1").body, "list admin");
  EXPECT_EQ(call("GET", "/api/v1/tasks/a%2Fb%20c").body, "show admin a/b c");
  EXPECT_EQ(call("GET", "/healthz", "").body, "health ");
}

TEST_F(RouterTest, AsksForATokenBeforeItSaysWhatExists) {
  for (const char* target : {"/api/v1/tasks", "/api/v1/tasks/x", "/api/v1/nothing", "/api", "/api/",
                             "/api/v1/tasks/%zz"}) {
    for (const char* authorization :
         {"", "Bearer wrong", "Bearer", "Basic right", "right", "Bearer right "}) {
      const HttpResponse response = call("GET", target, authorization);
      EXPECT_EQ(response.status, 401) << target << " " << authorization;
      EXPECT_EQ(response.headers, (Pairs{{"WWW-Authenticate", "Bearer"}}));
    }
  }
  EXPECT_EQ(call("POST", "/healthz", "").status, 405);
  EXPECT_EQ(call("GET", "/api/v1/formats/x", "").status, 200);
  EXPECT_EQ(call("GET", "/api/v1/tasks", "bearer right").status, 200);
}

TEST_F(RouterTest, SaysWhichMethodsThereAre) {
  const HttpResponse response = call("PUT", "/api/v1/tasks/x");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers, (Pairs{{"Allow", "GET, DELETE"}}));
}

TEST_F(RouterTest, AnErrorBecomesAProblemDocument) {
  const HttpResponse response = call("DELETE", "/api/v1/tasks/x");
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(response.content_type, "application/problem+json");
  const json::Value body = *json::parse(response.body);
  EXPECT_EQ(*body.find("detail")->text(), "no");
  EXPECT_EQ(*body.find("code")->text(), "refused");
  EXPECT_EQ(body.find("status")->integer(), 409);
  EXPECT_EQ(*body.find("title")->text(), "Conflict");
}

TEST_F(RouterTest, WhatIsNowhereIsNotFound) {
  EXPECT_EQ(call("GET", "/nothing", "").status, 404);
  EXPECT_EQ(call("GET", "/api/v1/tasks/").status, 200);
  EXPECT_EQ(call("GET", "/api/v1/tasks/a/b").status, 404);
  EXPECT_EQ(call("GET", "/%00").status, 400);
}

TEST(Problem, EveryErrorHasAStatusAndAWord) {
  for (int code = 0; code <= static_cast<int>(Errc::kCancelled); ++code) {
    EXPECT_GE(http_status(static_cast<Errc>(code)), 400);
    EXPECT_FALSE(code_word(static_cast<Errc>(code)).empty());
  }
}

TEST(Target, IsTakenApartOnce) {
  const Target target = parse_target("/a%2Fb/c+d?x=1%262&y=a+b&z#fragment");
  EXPECT_TRUE(target.valid);
  EXPECT_EQ(target.segments, (std::vector<std::string>{"a/b", "c+d"}));
  EXPECT_EQ(target.query, (Pairs{{"x", "1&2"}, {"y", "a b"}, {"z", ""}}));
}

TEST(Target, RefusesBrokenEscapes) {
  for (const char* text : {"/%", "/%1", "/%zz", "/a?b=%", "", "x", "/a%00b"}) {
    EXPECT_FALSE(parse_target(text).valid) << text;
  }
}

}  // namespace
}  // namespace millrace::control
