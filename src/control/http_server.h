// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 on one listener: one thread for the connections, a few workers for the answers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "control/http.h"

namespace millrace::control {

struct HttpOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 8080;  // 0: any free one
  // Told the port before anybody is answered; an error ends the start.
  std::function<Status(uint16_t port)> bound = {};
};

class HttpServer {
 public:
  // kRefused: not a loopback address, for which there is no TLS; kIo: the address cannot be bound.
  static Result<std::unique_ptr<HttpServer>> start(const HttpOptions& options, HttpHandler handler);
  ~HttpServer();
  // Ends streams, lets answers that are being made finish, closes. Also done by the destructor.
  void stop();
  uint16_t port() const;

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::control
