// SPDX-License-Identifier: Apache-2.0
#include "control/console.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace millrace::control {
namespace {

// "shell\n" and "code\n".
constexpr std::array<unsigned char, 26> kShell = {0x1f, 0x8b, 8,    0,    0,    0,    0,    0, 2,
                                                  3,    0x2b, 0xce, 0x48, 0xcd, 0xc9, 0xe1, 2, 0,
                                                  0x80, 0x1a, 0x9e, 0xf1, 6,    0,    0,    0};
constexpr std::array<unsigned char, 25> kCode = {0x1f, 0x8b, 8,    0,    0,    0,    0, 0, 2,
                                                 3,    0x4b, 0xce, 0x4f, 0x49, 0xe5, 2, 0, 0xd5,
                                                 0x08, 0x74, 0xcc, 5,    0,    0,    0};
constexpr std::array<ConsoleFile, 2> kFiles = {{{"index.html", "text/html; charset=utf-8", kShell},
                                                {"assets/a-1.js", "text/javascript", kCode}}};

class ConsoleTest : public testing::Test {
 protected:
  ConsoleTest() : router_([](std::string_view) { return std::string(); }) {
    add_console(router_, kFiles);
  }
  HttpResponse get(const std::string& target, bool gzip = false,
                   const std::string& method = "GET") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.takes_gzip = gzip;
    return router_.handle(request);
  }
  static std::string header(const HttpResponse& response, std::string_view name) {
    for (const auto& [known, value] : response.headers) {
      if (known == name) return value;
    }
    return {};
  }
  Router router_;
};

TEST_F(ConsoleTest, TheShellAnswersEveryPathOutsideOfTheApi) {
  for (const char* target :
       {"/", "/welcome", "/tasks/abc/records?from=1", "/index.html", "/apis"}) {
    const HttpResponse response = get(target);
    EXPECT_EQ(response.status, 200) << target;
    EXPECT_EQ(response.body, "shell\n") << target;
    const std::string policy = header(response, "Content-Security-Policy");
    EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    EXPECT_EQ(header(response, "Cache-Control"), "");  // the server's own: no-store
  }
  EXPECT_EQ(get("/api").status, 401);
  EXPECT_EQ(get("/api/v2/x").status, 401);
  EXPECT_EQ(get("/tasks", false, "POST").status, 404);
  EXPECT_EQ(get("/%zz").status, 400);
}

TEST_F(ConsoleTest, AnAssetIsKeptForGoodAndNeverTheShell) {
  const HttpResponse response = get("/assets/a-1.js");
  EXPECT_EQ(response.body, "code\n");
  EXPECT_EQ(response.content_type, "text/javascript");
  EXPECT_NE(header(response, "Cache-Control").find("immutable"), std::string::npos);
  EXPECT_EQ(get("/assets/b-2.js").status, 404);
}

TEST_F(ConsoleTest, WhoTakesGzipGetsItAsItIsEmbedded) {
  const HttpResponse response = get("/", true);
  EXPECT_EQ(header(response, "Content-Encoding"), "gzip");
  EXPECT_TRUE(
      std::equal(response.body.begin(), response.body.end(), kShell.begin(), kShell.end(),
                 [](char a, unsigned char b) { return static_cast<unsigned char>(a) == b; }));
}

TEST(WithoutConsole, SaysHowToGetOne) {
  Router router([](std::string_view) { return std::string(); });
  add_console(router, {});
  HttpRequest request;
  request.method = "GET";
  request.target = "/";
  EXPECT_NE(router.handle(request).body.find("make build"), std::string::npos);
}

}  // namespace
}  // namespace millrace::control
