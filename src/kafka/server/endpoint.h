// SPDX-License-Identifier: Apache-2.0
// What all connections share, and the loops that they live on. Includes Asio: for connection.cc,
// loop.cc and server.cc only.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "kafka/server/admission.h"
#include "kafka/server/call.h"
#include "kafka/server/fetch_sessions.h"
#include "kafka/server/log_watches.h"
#include "kafka/server/server.h"
#include "kafka/server/worker.h"

namespace millrace::kafka {

class Connection;

struct Counters {
  std::atomic<uint64_t> connections{0}, accepted{0}, refused{0}, malformed{0}, failed_logins{0},
      requests{0}, fetches{0}, bytes_in{0}, bytes_out{0}, parked{0};
};

struct Endpoint {
  Context context;
  const ServerOptions& options;
  Admission admission;
  Worker worker;  // reads from a cold disk
  Worker hashes;  // of passwords: a storm of logins delays logins alone
  FetchSessions sessions;
  Counters counters;
  std::atomic<uint64_t> next_connection{1};

  void log(LogLevel level, const std::string& text) const {
    if (options.log) options.log(level, text);
  }
};

// One event loop and its thread. All but post() is for that thread.
class Loop {
 public:
  explicit Loop(Endpoint& endpoint);
  ~Loop();
  void start();
  void post(std::function<void()> job);
  // Runs `ask` on the loop and waits for it. At once when the loop has ended.
  void ask(const std::function<void()>& job);
  // Must come before the destructor: what was posted uses what others own.
  void stop();

  boost::asio::io_context& io() { return io_; }
  Endpoint& endpoint() { return endpoint_; }
  LogWatches& watches() { return watches_; }
  std::unordered_map<uint64_t, std::shared_ptr<Connection>>& connections() { return connections_; }
  std::vector<std::shared_ptr<Connection>> all() const;

 private:
  void tick();

  Endpoint& endpoint_;
  boost::asio::io_context io_{1};
  boost::asio::steady_timer timer_{io_};
  LogWatches watches_;
  std::unordered_map<uint64_t, std::shared_ptr<Connection>> connections_;
  std::thread thread_;
  std::atomic<bool> running_{false};
};

}  // namespace millrace::kafka
