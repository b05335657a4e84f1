// SPDX-License-Identifier: Apache-2.0
// The command line's way to a service: its API, found through the data folder or named.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace CLI {
class App;
}

namespace millrace::cmd {

// What every command that talks to a service takes.
struct ApiWords {
  std::string data;
  std::string api;
  std::string token_file;
};
void add_api_options(CLI::App& command, ApiWords& words);

class ApiClient {
 public:
  // kNotFound when no service runs on the data folder.
  static Result<ApiClient> open(const ApiWords& words);
  ApiClient(ApiClient&&) noexcept;
  ~ApiClient();

  // An answer outside 2xx is an Error with the problem's detail; never kInvalid, which is for the
  // command's own words.
  Result<json::Value> get(const std::string& path);
  Result<json::Value> send(const std::string& method, const std::string& path,
                           const json::Value& body);
  // Gives the body as it comes until it ends, or `take` says false. kUnavailable when it was cut.
  Status stream(const std::string& path, const std::function<bool(std::string_view)>& take);

 private:
  struct State;
  explicit ApiClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// One segment of a path, or a value of a query, with percent escapes.
std::string escaped(std::string_view text);

}  // namespace millrace::cmd
