// SPDX-License-Identifier: Apache-2.0
// A request and its answer as the routes see them. The server behind is http_server.cc's own
// matter.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::control {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;  // "GET"
  std::string target;  // as it came: "/api/v1/tasks?x=y"
  std::string authorization;
  std::string cookie;
  std::string csrf;         // the X-Millrace-CSRF header
  bool takes_gzip = false;  // Accept-Encoding names it
  std::string body;
  std::string peer;  // host:port
};

// A body that is made piece by piece, for as long as the client listens.
class BodyStream {
 public:
  enum class Next {
    kData,
    kWait,    // nothing (more) is there now
    kEnd,     // that was all
    kBroken,  // there should be more and cannot be had: the client is cut off, not told that it
              // ended
  };
  virtual ~BodyStream() = default;
  // Set before the first next(). To be called, from any thread, when something may be there after
  // next() said kWait; calling it once too often is fine. It never waits.
  virtual void on_ready(std::function<void()> wake) = 0;
  // Appends the next piece, about kStreamPieceBytes at most. One thread at a time; may read files.
  virtual Next next(std::string& out) = 0;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  Pairs headers;
  std::shared_ptr<BodyStream> stream;  // in place of `body`
};

// Runs on a worker thread: it may take its time.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

// A target taken apart; percent escapes decoded, '+' is a blank in the query only.
struct Target {
  std::vector<std::string> segments;  // of the path, without the empty first one
  Pairs query;
  bool valid = true;  // false: a broken escape or a NUL
};
Target parse_target(std::string_view target);
// The value of one cookie of a Cookie header; empty when it is not there.
std::string_view cookie_value(std::string_view header, std::string_view name);

}  // namespace millrace::control
